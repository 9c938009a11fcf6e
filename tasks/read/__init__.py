"""Read: landed bytes to typed rows."""
