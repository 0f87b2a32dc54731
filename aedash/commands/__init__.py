"""Commands: one file each, found by `aedash.__main__`."""


class Interrupted(Exception):
    """A person ended the command before its answer was there; the sentence says how to go on."""
