from django.urls import path

from . import import_views, plan_views, views

app_name = "jobs"
urlpatterns = [
    path("", views.index, name="index"),
    path("plan/", plan_views.plan, name="plan"),
    path("chains/", plan_views.chains, name="chains"),
    path("chains/<str:name>/", plan_views.chain, name="chain"),
    path("new/", views.new, name="new"),
    path("crontab/", import_views.crontab, name="crontab"),
    path("keys/", import_views.keys, name="keys"),
    path("keys/<int:pk>/revoke/", import_views.revoke, name="revoke_key"),
    path("<int:pk>/", views.job, name="job"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/hold/", views.hold, name="hold"),
    path("<int:pk>/release/", views.release, name="release"),
    path("<int:pk>/start/", views.start, name="start"),
    path("<int:pk>/learned/", views.take_learned, name="take_learned"),
    path("<int:pk>/retire/", views.retire, name="retire"),
    path("<int:pk>/what-if/", views.what_if, name="what_if"),
    path("<int:pk>/runs/<int:run_pk>/", views.run, name="run"),
    path("<int:pk>/runs/<int:run_pk>/accept/", views.accept, name="accept"),
    path("<int:pk>/runs/<int:run_pk>/cancel/", views.cancel, name="cancel"),
]
