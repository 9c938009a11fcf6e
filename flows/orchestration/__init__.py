"""Prefect, and nothing but Prefect: flows, deployments, the server of a run."""
