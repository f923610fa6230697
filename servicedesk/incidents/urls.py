from django.urls import path

from . import clockview, views, workspace, workviews

app_name = "incidents"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("export.csv", views.export, name="export"),
    path("new/", views.new, name="new"),
    path("estimate/", views.estimate, name="estimate"),
    path("people/", views.people, name="people"),
    path("<slug:number>/", views.detail, name="detail"),
    path("<slug:number>/watch/", views.watch, name="watch"),
    path("<slug:number>/items/", views.items, name="items"),
    path("<slug:number>/around/", workspace.around, name="around"),
    path("<slug:number>/presence/", workviews.present, name="presence"),
    path("<slug:number>/phrases/", workviews.phrases, name="phrases"),
    path("<slug:number>/macro/", workviews.macro, name="macro"),
    path("<slug:number>/clocks/", clockview.clocks, name="clocks"),
    path("<slug:number>/tasks/", workviews.tasks, name="tasks"),
    path("<slug:number>/<slug:name>/", views.move, name="move"),
]
