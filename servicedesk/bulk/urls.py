from django.urls import path

from . import views

app_name = "bulk"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("<uuid:pk>/", views.result, name="result"),
    path("<uuid:pk>/undo/", views.undo, name="undo"),
]
