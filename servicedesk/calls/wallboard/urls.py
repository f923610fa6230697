from django.urls import path

from . import views

app_name = "call_wall"
urlpatterns = [
    path("", views.wall, name="wall"),
]
