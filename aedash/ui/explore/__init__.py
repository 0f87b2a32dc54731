"""Explore: a trained model under the hand. Map, pad and image side by side, and a tool below them."""
