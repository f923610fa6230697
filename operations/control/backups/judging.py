"""Is a run green? Its exit status alone does not say so: restic answers 0 when one of its paths is not there.

A run is compared with its plan (paths, number of files) and with the good runs before it (files lost, volume and changes
that are out of the ordinary: what encrypts files makes them all new).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from .models import BackupPlan, BackupRun
from .reading import Report, same_path

R = BackupRun.Result
HISTORY, ENOUGH = 7, 3
# Of the programs: a copy was made though something could not be read.
PARTIAL = {"restic": lambda status: status == 3, "borg": lambda status: status == 1 or 100 <= status <= 127}
CHANGED_SHARE, CHANGED_FACTOR = 0.5, 3
LEAST_ADDED = 64 * 1024 * 1024
SUSPECT = ("growth", "change_rate")


@dataclass
class Judgement:
    """The result, and the reasons why it is not green."""

    result: str = R.OK
    reasons: list[dict] = field(default_factory=list)

    def add(self, result: str, code: str, **data) -> None:
        """One more reason; the worst result stays."""
        self.reasons.append({"code": code, **data})
        if result == R.FAILED or self.result == R.OK:
            self.result = result


def judge(plan: BackupPlan, report: Report, before: Sequence[BackupRun]) -> Judgement:
    """`before`: the good runs before this one, the newest first."""
    found = Judgement()
    _by_itself(found, report)
    if found.result != R.FAILED:
        _by_plan(found, plan, report)
        _by_history(found, plan, report, before[:HISTORY])
    return found


def _by_itself(found: Judgement, report: Report) -> None:
    status = report.exit_status
    if status not in (None, 0):
        partial = PARTIAL.get(report.tool, lambda _status: False)(status) and report.made
        found.add(R.WARNING if partial else R.FAILED, "partial" if partial else "exit_status", status=status)
    if report.tool != "other" and not report.made and report.snapshot == "":
        found.add(R.FAILED, "no_copy")
    if report.errors:
        found.add(R.WARNING if report.made else R.FAILED, "errors", n=report.errors)
    elif report.warnings and not report.missing:
        found.add(R.WARNING, "warnings", n=report.warnings)
    if report.files == 0 and report.made:
        found.add(R.FAILED, "empty")
    if report.missing:
        found.add(R.WARNING, "missing_paths", paths=sorted(set(report.missing))[:20])


def _by_plan(found: Judgement, plan: BackupPlan, report: Report) -> None:
    if plan.paths and report.paths is not None:
        lost = [path for path in plan.paths if not any(same_path(path, told) for told in report.paths)]
        if lost:
            found.add(R.WARNING, "paths_not_in_copy", paths=lost[:20])
    elif len(plan.paths) > 1 and report.tool == "restic" and report.made and not report.missing:
        # With one path restic fails by itself when it is not there; with several it leaves one out and says nothing of it here.
        found.add(R.WARNING, "paths_unknown")
    if plan.least_files is not None and report.files is not None and report.files < plan.least_files:
        found.add(R.WARNING, "few_files", files=report.files, least=plan.least_files)


def _by_history(found: Judgement, plan: BackupPlan, report: Report, before: Sequence[BackupRun]) -> None:
    files = _usual(run.files for run in before)
    if files and report.files is not None and report.files < files * (100 - plan.drop_percent) / 100:
        found.add(R.WARNING, "files_dropped", files=report.files, usual=round(files))
    if len(before) < ENOUGH:
        return
    added = _usual(run.added for run in before)
    if added is not None and report.added is not None and report.added > max(added * plan.growth_factor, LEAST_ADDED):
        found.add(R.WARNING, "growth", added=report.added, usual=round(added))
    share = _share(report.changed_files, report.files)
    usual = _usual(_share(run.changed_files, run.files) for run in before)
    if share is not None and usual is not None and share > max(CHANGED_SHARE, usual * CHANGED_FACTOR):
        found.add(R.WARNING, "change_rate", percent=round(share * 100), usual=round(usual * 100))


def _usual(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _share(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None


def is_suspect(reasons: Iterable[dict]) -> bool:
    """Does it look like files that something rewrites?"""
    return any(reason["code"] in SUSPECT for reason in reasons)
