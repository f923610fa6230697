"""Task plans. A process calls `services.start`; its hook `on_tasks_done` hears of the end (docs/concepts/approvals.md)."""
