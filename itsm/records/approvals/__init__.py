"""The approval engine. A process calls `services.begin`; `approving.grant` is its end (docs/concepts/approvals.md)."""
