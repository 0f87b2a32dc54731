"""Recipes: ready-made comparisons, as sweeps to be."""
