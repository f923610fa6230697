from django.urls import path

from . import class_views, outage_views, run_views, service_views, status_views, views

app_name = "cmdb"
urlpatterns = [
    path("cmdb/", views.items, name="items"),
    path("cmdb/new/", views.new, name="new"),
    path("cmdb/classes/<slug:code>/", class_views.sheet, name="class"),
    path("cmdb/runs/<uuid:pk>/", run_views.run, name="run"),
    path("cmdb/runs/<uuid:pk>/stop/", run_views.stop, name="run_stop"),
    path("cmdb/runs/<uuid:pk>/resume/", run_views.resume, name="run_resume"),
    path("cmdb/runs/<uuid:pk>/file/", run_views.file, name="run_file"),
    path("settings/ci-classes/", class_views.listed, name="class_list"),
    path("settings/ci-classes/new/", class_views.new, name="class_new"),
    path("settings/ci-classes/<slug:code>/", class_views.change, name="class_change"),
    path("settings/ci-classes/<slug:code>/file/", class_views.back_to_file, name="class_file"),
    path("settings/ci-classes/<slug:code>/<int:number>/", class_views.version, name="class_version"),
    path("cmdb/suggest/", views.suggest, name="suggest"),
    path("cmdb/<int:pk>/", views.item, name="item"),
    path("cmdb/<int:pk>/impact/", views.impact, name="impact"),
    path("cmdb/<int:pk>/history/", views.history, name="history"),
    path("cmdb/<int:pk>/edit/", views.edit, name="edit"),
    path("cmdb/<int:pk>/service/", service_views.change, name="service"),
    path("cmdb/<int:pk>/retire/", views.retire, name="retire"),
    path("cmdb/<int:pk>/set-aside/", views.forget_set_aside, name="set_aside"),
    path("cmdb/<int:pk>/restore/", views.restore, name="restore"),
    path("cmdb/<int:pk>/relations/", views.relate, name="relate"),
    path("cmdb/<int:pk>/relations/<int:relation>/remove/", views.unrelate, name="unrelate"),
    path("cmdb/<int:pk>/outages/new/", outage_views.new, name="outage_new"),
    path("cmdb/<int:pk>/outages/<int:outage>/", outage_views.change, name="outage"),
    path("cmdb/<int:pk>/outages/<int:outage>/close/", outage_views.close, name="outage_close"),
    path("cmdb/<int:pk>/outages/<int:outage>/cancel/", outage_views.cancel, name="outage_cancel"),
    path("status/", status_views.index, name="status"),
    path("status/<int:pk>/", status_views.service, name="service_status"),
    path("services/", service_views.listed, name="services"),
]
