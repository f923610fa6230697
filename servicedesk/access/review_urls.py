from django.urls import path

from . import views

app_name = "access_review"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("<str:token>/", views.answer, name="answer"),
]
