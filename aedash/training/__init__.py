"""Training: a generator of events, and what runs it in the background."""
