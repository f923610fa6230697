from django.urls import path

from ..desk import around, clockview, followviews, inline, picking, snoozeviews, timeviews, views, workviews
from . import caller, mergeviews, splitviews, touching

app_name = "incidents"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("export.csv", views.export, name="export"),
    path("new/", views.new, name="new"),
    path("touched/", touching.touched, name="touched"),
    path("estimate/", views.estimate, name="estimate"),
    path("caller/", caller.caller, name="caller"),
    path("pick/<slug:what>/", picking.pick, name="pick"),
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
    path("<slug:number>/unmerge/", mergeviews.unmerge, name="unmerge"),
    path("<slug:number>/split/", splitviews.split, name="split"),
    path("<slug:number>/time/", timeviews.spent, name="time"),
    path("<slug:number>/time/<int:pk>/", timeviews.entry, name="time_entry"),
    path("<slug:number>/timer/", timeviews.start, name="timer_start"),
    path("<slug:number>/<slug:name>/", views.move, name="move"),
]
