"""Presets: named RunConfigs, one file a source."""
