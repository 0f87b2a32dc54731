"""Where runs are executed: one small protocol, one file an implementation."""
