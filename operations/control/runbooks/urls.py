from django.urls import path

from . import run_views, views

app_name = "runbooks"
urlpatterns = [
    path("", views.shelf, name="shelf"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.runbook, name="runbook"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/versions/", views.versions, name="versions"),
    path("<int:pk>/versions/<int:number>/restore/", views.restore, name="restore"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/start/", run_views.start, name="start"),
    path("runs/<int:pk>/", run_views.run, name="run"),
    path("runs/<int:pk>/steps/<int:position>/", run_views.tick, name="tick"),
    path("runs/<int:pk>/stop/", run_views.stop, name="stop"),
]
