from django.urls import path

from . import views

app_name = "webhooks"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.create, name="new"),
    path("<slug:code>/", views.webhook, name="webhook"),
    path("<slug:code>/edit/", views.edit, name="edit"),
    path("<slug:code>/ping/", views.ping, name="ping"),
    path("<slug:code>/rotate/", views.rotate, name="rotate"),
    path("<slug:code>/switch/", views.switch, name="switch"),
    path("<slug:code>/replay/", views.replay, name="replay"),
    path("<slug:code>/delete/", views.delete, name="delete"),
    path("<slug:code>/deliveries/<int:pk>/", views.delivery, name="delivery"),
    path("<slug:code>/deliveries/<int:pk>/replay/", views.replay_one, name="replay-one"),
]
