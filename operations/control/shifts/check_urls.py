from django.urls import path

from . import check_views as views

app_name = "checks"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:pk>/tick/", views.tick, name="tick"),
    path("results/<int:pk>/incident/", views.incident, name="incident"),
    path("lists/new/", views.edit, name="list-new"),
    path("lists/<int:pk>/", views.edit, name="list"),
    path("lists/<int:pk>/run/", views.run, name="run"),
    path("lists/<int:pk>/trend/", views.trend, name="trend"),
    path("lists/<int:pk>/pdf/", views.pdf, name="pdf"),
]
