from django.urls import path

from . import views

app_name = "shifts"
urlpatterns = [
    path("", views.index, name="index"),
    path("log/", views.write, name="write"),
    path("log/item/", views.of_item, name="item"),
    path("log/<int:pk>/settle/", views.settle, name="settle"),
    path("patterns/", views.patterns, name="patterns"),
    path("patterns/new/", views.pattern, name="pattern-new"),
    path("patterns/<int:pk>/", views.pattern, name="pattern"),
    path("<int:pk>/", views.detail, name="shift"),
    path("<int:pk>/sign/", views.sign, name="sign"),
    path("<int:pk>/accept/", views.accept, name="accept"),
    path("<int:pk>/people/", views.people, name="people"),
]
