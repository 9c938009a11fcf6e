"""Load: what changed, as one load of the lake."""
