from django.urls import path

from . import views

app_name = "tasks"
urlpatterns = [
    path("", views.listed, name="list"),
    path("<int:pk>/", views.task, name="task"),
]
