"""Objectives: weighted sums of registered terms, one file a family of terms."""
