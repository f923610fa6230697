from django.urls import path

from . import views

urlpatterns = [
    path("settings/routing/", views.rules, name="routing"),
    path("settings/routing/new/", views.rule, name="routing_new"),
    path("settings/routing/<int:pk>/", views.rule, name="routing_rule"),
    path("settings/routing/<int:pk>/delete/", views.delete, name="routing_delete"),
    path("settings/routing/teams/<slug:code>/", views.team, name="routing_team"),
]
