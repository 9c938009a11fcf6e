"""What a sender gets: the template to fill in, and the answer to a file."""
