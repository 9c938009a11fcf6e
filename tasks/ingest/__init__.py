"""One slice in a run's session, from the partner to the lake."""
