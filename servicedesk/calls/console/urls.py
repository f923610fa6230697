from django.urls import path

from . import barviews, natureviews, views

app_name = "call_console"
urlpatterns = [
    path("", views.console, name="console"),
    path("live/", views.live, name="live"),
    path("presence/", barviews.state, name="presence"),
    path("dial/", barviews.dial, name="dial"),
    path("natures/", natureviews.natures, name="natures"),
    path("act/<slug:act>/", views.act, name="act"),
    path("ask/<slug:what>/", views.ask, name="ask"),
]
