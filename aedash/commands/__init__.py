"""Commands: one file each, found by `aedash.__main__`."""
