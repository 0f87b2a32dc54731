"""The comparison pages."""
