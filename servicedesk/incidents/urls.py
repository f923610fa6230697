from django.urls import path

from . import around, inline, picking, snoozeviews, views, workviews

app_name = "incidents"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("export.csv", views.export, name="export"),
    path("new/", views.new, name="new"),
    path("estimate/", views.estimate, name="estimate"),
    path("pick/<slug:what>/", picking.pick, name="pick"),
    path("<slug:number>/", views.detail, name="detail"),
    path("<slug:number>/watch/", workviews.watch, name="watch"),
    path("<slug:number>/items/", workviews.items, name="items"),
    path("<slug:number>/around/", around.around, name="around"),
    path("<slug:number>/presence/", workviews.present, name="presence"),
    path("<slug:number>/phrases/", workviews.phrases, name="phrases"),
    path("<slug:number>/macro/", workviews.macro, name="macro"),
    path("<slug:number>/field/<slug:field>/", inline.field, name="field"),
    path("<slug:number>/tasks/", workviews.tasks, name="tasks"),
    path("<slug:number>/checklist/", workviews.checklist, name="checklist"),
    path("<slug:number>/snooze/", snoozeviews.snooze, name="snooze"),
    path("<slug:number>/wake/", snoozeviews.wake, name="wake"),
    path("<slug:number>/<slug:name>/", views.move, name="move"),
]
