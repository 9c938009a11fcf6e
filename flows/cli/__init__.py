"""The command line: `penataran VERB`."""
