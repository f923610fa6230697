from django.urls import path

from . import views

app_name = "call_console"
urlpatterns = [
    path("", views.console, name="console"),
]
