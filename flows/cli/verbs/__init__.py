"""What each verb does: options in, text out, an exit code back. Heavy imports stay inside."""
