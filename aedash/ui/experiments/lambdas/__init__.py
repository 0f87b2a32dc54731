"""The Lambda page."""
