from django.urls import path

from . import views

app_name = "planning"
urlpatterns = [
    path("", views.index, name="index"),
    path("month/", views.month, name="month"),
    path("new/", views.create, name="new"),
    path("feed/", views.renew_feed, name="feed"),
    path("feed/<str:token>.ics", views.feed, name="feed-file"),
    path("<int:pk>/", views.detail, name="window"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/call-off/", views.call_off, name="call-off"),
    path("<int:pk>/end/", views.end_now, name="end"),
]
