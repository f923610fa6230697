from django.urls import path

from . import restore_views, views

app_name = "backups"
urlpatterns = [
    path("", views.listed, name="plans"),
    path("new/", views.new, name="new"),
    path("coverage/", views.uncovered, name="coverage"),
    path("coverage/<int:pk>/exempt/", views.exempt, name="exempt"),
    path("tests/", restore_views.listed, name="tests"),
    path("tests/<int:pk>/", restore_views.test, name="test"),
    path("tests/<int:pk>/start/", restore_views.start, name="test_start"),
    path("tests/<int:pk>/verify/", restore_views.verify, name="test_verify"),
    path("tests/<int:pk>/cancel/", restore_views.cancel, name="test_cancel"),
    path("tests/<int:pk>/evidence/", restore_views.evidence, name="evidence"),
    path("<int:pk>/", views.plan, name="plan"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/ask/", restore_views.ask, name="ask"),
    path("<int:pk>/cover/", views.cover, name="cover"),
    path("<int:pk>/uncover/<int:item>/", views.uncover, name="uncover"),
    path("<int:pk>/runs/<int:run>/accept/", views.accept, name="accept"),
]
