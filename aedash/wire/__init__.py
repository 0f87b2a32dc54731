"""The wire: what pages watch, built once an event for everybody and sent by server-sent events."""
