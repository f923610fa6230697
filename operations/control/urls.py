"""The page of operations control and the rooms that it leads to."""

from django.urls import path

from . import overview

app_name = "operations"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("live/", overview.live, name="live"),
]
