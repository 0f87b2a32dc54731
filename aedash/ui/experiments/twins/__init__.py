"""The Twins page."""
