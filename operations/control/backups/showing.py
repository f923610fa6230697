"""Runs as lines of a page."""

from dataclasses import dataclass

from itsm.core.durations import short

from . import wording
from .models import BackupRun


@dataclass(frozen=True)
class RunRow:
    """A run with its words."""

    run: BackupRun
    look: tuple[str, str]
    reasons: list[str]
    size: str
    added: str
    duration: str
    may_accept: bool


def run_rows(runs: list[BackupRun]) -> list[RunRow]:
    """The lines of some runs."""
    return [
        RunRow(
            run, wording.RESULT["ok" if run.accepted_at else run.result], [wording.reason_text(reason) for reason in run.reasons],
            wording.size_text(run.size), wording.size_text(run.added), short(run.seconds), run.result == "warning" and run.accepted_at is None,
        )
        for run in runs
    ]  # fmt: skip
