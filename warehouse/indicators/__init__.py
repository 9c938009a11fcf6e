"""Calculations of the marts on numpy arrays, one module for each family.

Each is one pure function: it reads no file, keeps no state and answers the same input with the same
bytes. What is undefined is NaN with a reason (`reasons`), never 0. Formula, variant and source of
each are in docs/indicators.md, and `penataran indicator` runs them on a table of the user's own.
"""
