from django.urls import path, re_path

from . import views

app_name = "majors"
urlpatterns = [
    path("", views.index, name="index"),
    path("rules/", views.rule_list, name="rules"),
    path("rules/new/", views.rule, name="new_rule"),
    path("rules/<int:pk>/", views.rule, name="rule"),
    re_path(r"^surges/(?P<pk>[0-9]{1,18})/(?P<act>open|dismiss)/$", views.surge, name="surge"),
    path("<slug:incident>/", views.room, name="room"),
    path("<slug:incident>/tell/", views.tell, name="tell"),
    path("<slug:incident>/all-clear/", views.all_clear, name="all_clear"),
    path("<slug:incident>/callers/", views.callers, name="callers"),
    re_path(r"^(?P<incident>[A-Za-z0-9_-]+)/(?P<act>propose|accept|decline|withdraw)/$", views.decide, name="decide"),
]
