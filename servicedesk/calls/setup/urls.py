from django.urls import path

from . import views

app_name = "telephony"
urlpatterns = [
    path("", views.index, name="index"),
    path("rules/", views.rules, name="rules"),
    path("erase/", views.erase, name="erase"),
    path("dialects/new/", views.mapping, name="new_mapping"),
    path("dialects/<slug:code>/", views.mapping, name="mapping"),
    path("dialects/<slug:code>/forget/", views.forget_mapping, name="forget_mapping"),
    path("<int:pk>/", views.exchange, name="exchange"),
]
