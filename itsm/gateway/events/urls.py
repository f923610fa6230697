from django.urls import path

from . import views

app_name = "events"
urlpatterns = [
    path("", views.rule_list, name="rules"),
    path("rules/new/", views.rule, name="new-rule"),
    path("rules/<int:pk>/", views.rule, name="rule"),
    path("rules/<int:pk>/remove/", views.remove_rule, name="remove-rule"),
    path("silences/", views.silence_list, name="silences"),
    path("silences/new/", views.new_silence, name="new-silence"),
    path("silences/<int:pk>/end/", views.end_silence, name="end-silence"),
    path("mappings/", views.mapping_list, name="mappings"),
    path("mappings/new/", views.mapping, name="new-mapping"),
    path("mappings/<slug:code>/", views.mapping, name="mapping"),
    path("mappings/<slug:code>/take-back/", views.take_mapping_back, name="take-mapping-back"),
    path("try/", views.attempt, name="try"),
]
