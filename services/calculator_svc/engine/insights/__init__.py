"""What a digest says: how the runway moved and why, what is due, what is worth knowing."""
