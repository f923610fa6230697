from django.urls import path

from . import views

app_name = "routing"
urlpatterns = [
    path("", views.rules, name="rules"),
    path("new/", views.create, name="new"),
    path("<int:pk>/", views.rule, name="rule"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("teams/<slug:code>/", views.team, name="team"),
]
