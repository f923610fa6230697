from django.urls import path

from . import views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/language/", views.switch, {"what": "language"}, name="language"),
    path("preferences/theme/", views.switch, {"what": "theme"}, name="theme"),
]
