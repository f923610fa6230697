from django.urls import path

from . import views

app_name = "approvals"
urlpatterns = [
    path("approvals/", views.listed, name="list"),
    path("approvals/<int:pk>/", views.question, name="question"),
    path("approve/<str:token>/", views.by_mail, name="by_mail"),
]
