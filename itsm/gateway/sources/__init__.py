"""Inbound sources: who may send what where, every body that came in, and what became of it."""
