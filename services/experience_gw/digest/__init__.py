"""Rendering digests: the same figures as HTML, as text and as a picture."""
