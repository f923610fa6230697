"""Consoles: what a post watches, who is at it, its orders and replies; the page of operations control."""
