"""Datasets and corruptions: one file each, found by the registry."""
