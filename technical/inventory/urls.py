from django.urls import path

from . import discovery_views, views

app_name = "inventory"
urlpatterns = [
    path("software/", views.programs, name="programs"),
    path("software/<int:pk>/", views.program, name="program"),
    path("installed/", views.installed, name="installed"),
    path("installed/table/", views.installed_table, name="installed_table"),
    path("items/<int:pk>/software/", views.on_item, name="on_item"),
    path("discoveries/", discovery_views.listed, name="discoveries"),
    path("discoveries/new/", discovery_views.new, name="discovery_new"),
    path("discoveries/<int:pk>/", discovery_views.discovery, name="discovery"),
    path("discoveries/<int:pk>/start/", discovery_views.start, name="discovery_start"),
    path("discoveries/<int:pk>/stop/", discovery_views.stop, name="discovery_stop"),
    path("agents/", views.agents, name="agents"),
]
