"""Backups: plans, runs, the last good copy against the RPO, coverage, restore tests."""
