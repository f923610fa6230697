"""The doors for events: what monitoring systems send, read by mappings that are data."""
