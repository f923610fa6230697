"""Legs of teams that counted before the approval of their record wait for it: nothing of it is overdue meanwhile."""

from datetime import UTC, datetime

from django.db import migrations
from django.db.models import Min
from django.utils import timezone

FAR = datetime(9999, 12, 31, tzinfo=UTC)


def wait(apps, _schema):
    Clock, Record = apps.get_model("levels", "Clock"), apps.get_model("records", "Record")
    asked = apps.get_model("records", "ApprovalRun").objects.filter(state="running").values("record_id")
    at, early = timezone.now().isoformat(), []
    for clock in Clock.objects.filter(kind="ola", state__in=["running", "paused"], record_id__in=asked):
        starts = clock.conditions.get("start")
        told = {"by": starts, "approval": True} if starts else {}
        clock.state, clock.since, clock.counted_from, clock.due_at, clock.next_step_at = "waiting", None, None, None, None
        clock.elapsed_seconds, clock.segments, clock.step, clock.repeats = 0, [], 0, 0
        clock.events = [*clock.events, {"at": at, "what": "awaits", **told}]
        early.append(clock)
    Clock.objects.bulk_update(early, [
        "state", "since", "counted_from", "due_at", "next_step_at", "elapsed_seconds", "segments", "step", "repeats", "events",
    ], batch_size=500)  # fmt: skip
    for pk in {clock.record_id for clock in early}:
        running = Clock.objects.filter(record_id=pk, state="running", due_at__isnull=False).exclude(metric="transfer")
        Record.objects.filter(pk=pk).update(queue_at=running.aggregate(first=Min("due_at"))["first"] or FAR)


class Migration(migrations.Migration):
    dependencies = [("records", "0018_hand_on_approvals"), ("levels", "0007_conditions_of_metrics")]
    operations = [migrations.RunPython(wait, migrations.RunPython.noop)]
