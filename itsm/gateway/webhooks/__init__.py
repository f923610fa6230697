"""Outgoing webhooks: what happens here is told to other programs, signed, tried again, and kept in a log."""
