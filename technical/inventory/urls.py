from django.urls import path

from . import views

app_name = "inventory"
urlpatterns = [
    path("software/", views.programs, name="programs"),
    path("software/<int:pk>/", views.program, name="program"),
    path("installed/", views.installed, name="installed"),
    path("installed/table/", views.installed_table, name="installed_table"),
    path("items/<int:pk>/software/", views.on_item, name="on_item"),
    path("agents/", views.agents, name="agents"),
]
