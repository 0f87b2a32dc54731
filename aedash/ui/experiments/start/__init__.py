"""The start page of the experiments."""
