"""Landing: partners' bytes as they were received, and what each load was made of."""
