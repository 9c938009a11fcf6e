"""Check: the batch gate, other sources, and what is refused."""
