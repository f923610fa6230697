from django.urls import path

from . import views

app_name = "sources"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.create, name="new"),
    path("<int:pk>/", views.source, name="source"),
    path("<int:pk>/rotate/", views.rotate, name="rotate"),
    path("<int:pk>/revoke/", views.revoke, name="revoke"),
    path("<int:pk>/log/<int:inbound>/", views.inbound, name="inbound"),
    path("<int:pk>/log/<int:inbound>/body/", views.body, name="body"),
    path("<int:pk>/log/<int:inbound>/replay/", views.replay, name="replay"),
]
