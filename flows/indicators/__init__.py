"""The marts' calculations on a table of the user's own: `penataran indicator`.

`table` reads the CSV, `choices` what `--set` may say; `register` lists the calculations by name,
and `calculate` runs one of them for each group of `--by`. It needs no home and keeps nothing.
"""
