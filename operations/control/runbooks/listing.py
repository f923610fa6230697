"""The list of runbooks, and who ran them last."""

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from itsm.core.chips import chip
from itsm.core.paging import keyset_page
from itsm.documents.models import Document, DocumentRun, RunStep

SIZE = 50
STATES = {"running": ("blue", "progress"), "done": ("green", "circle-check"), "stopped": ("grey", "circle-x")}
STEPS = {
    "todo": ("grey", "circle"),
    "done": ("green", "circle-check"),
    "skipped": ("grey", "player-skip-forward"),
    "failed": ("red", "circle-x"),
}


def runbooks(user, params):
    """A page of runbooks by title: those in use, or with `withdrawn` the others."""
    rows = Document.objects.visible_to(user).runbooks().called(params.get("q", "")[:200])
    rows = rows.exclude(withdrawn_at=None) if params.get("withdrawn") else rows.in_use()
    if params.get("team"):
        rows = rows.filter(owner_team__code=params["team"][:40])
    last = DocumentRun.objects.filter(document=OuterRef("pk")).order_by("-id")
    rows = rows.select_related("owner_team").annotate(
        ran_at=Subquery(last.values("started_at")[:1]),
        runs_count=Count("runs", distinct=True),
        items_count=Count("about", distinct=True),
    )
    return keyset_page(rows, ordering=("sort_key", "id"), cursor=params.get("cursor"), size=SIZE)


def under_way(user, **about):
    """Runs that nobody has ended, newest first; `about` narrows them (alert, item, document)."""
    rows = DocumentRun.objects.visible_to(user).running().filter(**about)
    return list(with_progress(rows).order_by("-id")[:20])


def last_runs(user, **about):
    """The newest runs, whatever became of them."""
    return [
        dressed(run) for run in with_progress(DocumentRun.objects.visible_to(user).filter(**about)).order_by("-id")[:20]
    ]


def with_progress(rows):
    """Runs with how many of their steps are ticked."""
    ticked = ~Q(steps__state=RunStep.State.TODO)
    return rows.select_related("document", "alert", "item", "started_by").annotate(
        steps_count=Count("steps"),
        ticked=Count("steps", filter=ticked),
        failed=Count("steps", filter=Q(steps__state="failed")),
    )


def dressed(run: DocumentRun) -> DocumentRun:
    """With its chip."""
    run.chip = chip(*STATES[run.state], run.get_state_display())
    if run.state == "done" and run.failed:
        run.chip = chip("amber", "alert-triangle", _("Done with failures"))
    return run


def step_chip(step: RunStep):
    """How a step stands, in words and colour."""
    return chip(*STEPS[step.state], step.get_state_display())
