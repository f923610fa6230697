"""The addresses that every process of the desk has, below its own."""

from django.urls import path

from . import around, clockview, followviews, inline, picking, snoozeviews, timeviews, views, workviews


def addresses(kind: str, *own) -> list:
    """The patterns of a process: what all have, with its `own` before what would swallow them."""
    about = {"kind": kind}
    return [
        path("", views.queue, about, name="queue"),
        path("export.csv", views.export, about, name="export"),
        path("pick/<slug:what>/", picking.pick, about, name="pick"),
        *own,
        path("<slug:number>/", views.detail, name="detail"),
        path("<slug:number>/items/", workviews.items, name="items"),
        path("<slug:number>/around/", around.around, name="around"),
        path("<slug:number>/watch/", followviews.watch, name="watch"),
        path("<slug:number>/followers/", followviews.followers, name="followers"),
        path("<slug:number>/presence/", workviews.present, name="presence"),
        path("<slug:number>/phrases/", workviews.phrases, name="phrases"),
        path("<slug:number>/macro/", workviews.macro, name="macro"),
        path("<slug:number>/field/<slug:field>/", inline.field, name="field"),
        path("<slug:number>/clocks/", clockview.clocks, name="clocks"),
        path("<slug:number>/tasks/", workviews.tasks, name="tasks"),
        path("<slug:number>/checklist/", workviews.checklist, name="checklist"),
        path("<slug:number>/snooze/", snoozeviews.snooze, name="snooze"),
        path("<slug:number>/wake/", snoozeviews.wake, name="wake"),
        path("<slug:number>/time/", timeviews.spent, name="time"),
        path("<slug:number>/time/<int:pk>/", timeviews.entry, name="time_entry"),
        path("<slug:number>/timer/", timeviews.start, name="timer_start"),
        path("<slug:number>/<slug:name>/", views.move, name="move"),
    ]
