from django.urls import path

from . import outage_views, service_views, status_views, views
from .intake import source_views
from .intake import views as imports
from .trust import campaign_views, correction_views
from .trust import views as trust

app_name = "cmdb"
urlpatterns = [
    path("cmdb/", views.items, name="items"),
    path("cmdb/new/", views.new, name="new"),
    path("cmdb/suggest/", views.suggest, name="suggest"),
    path("cmdb/<int:pk>/", views.item, name="item"),
    path("cmdb/<int:pk>/impact/", views.impact, name="impact"),
    path("cmdb/<int:pk>/history/", views.history, name="history"),
    path("cmdb/<int:pk>/edit/", views.edit, name="edit"),
    path("cmdb/<int:pk>/service/", service_views.change, name="service"),
    path("cmdb/<int:pk>/retire/", views.retire, name="retire"),
    path("cmdb/<int:pk>/restore/", views.restore, name="restore"),
    path("cmdb/<int:pk>/relations/", views.relate, name="relate"),
    path("cmdb/<int:pk>/relations/<int:relation>/remove/", views.unrelate, name="unrelate"),
    path("cmdb/<int:pk>/outages/new/", outage_views.new, name="outage_new"),
    path("cmdb/<int:pk>/outages/<int:outage>/", outage_views.change, name="outage"),
    path("cmdb/<int:pk>/outages/<int:outage>/close/", outage_views.close, name="outage_close"),
    path("cmdb/<int:pk>/outages/<int:outage>/cancel/", outage_views.cancel, name="outage_cancel"),
    path("cmdb/health/", trust.overview, name="health"),
    path("cmdb/<int:pk>/trust/", trust.of_item, name="trust"),
    path("cmdb/<int:pk>/opinions/", trust.take, name="opinion"),
    path("cmdb/<int:pk>/wrong/", correction_views.wrong, name="wrong"),
    path("cmdb/corrections/", correction_views.listed, name="corrections"),
    path("cmdb/corrections/<int:pk>/", correction_views.correction, name="correction"),
    path("cmdb/corrections/<int:pk>/accept/", correction_views.accept, name="correction_accept"),
    path("cmdb/corrections/<int:pk>/refuse/", correction_views.refuse, name="correction_refuse"),
    path("cmdb/certifications/", campaign_views.listed, name="certifications"),
    path("cmdb/certifications/new/", campaign_views.new, name="certification_new"),
    path("cmdb/certifications/<int:pk>/", campaign_views.campaign, name="certification"),
    path("cmdb/certifications/<int:pk>/close/", campaign_views.close, name="certification_close"),
    path("cmdb/certifications/<int:pk>/shares/<int:share>/revoke/", campaign_views.revoke, name="certification_revoke"),
    path("certify/<str:token>/", campaign_views.answer, name="certify"),
    path("cmdb/imports/", imports.listed, name="imports"),
    path("cmdb/imports/new/", imports.new, name="import_new"),
    path("cmdb/imports/<int:pk>/", imports.run, name="import"),
    path("cmdb/imports/<int:pk>/columns/", imports.columns, name="import_columns"),
    path("cmdb/imports/<int:pk>/start/", imports.start, name="import_start"),
    path("cmdb/imports/<int:pk>/stop/", imports.stop, name="import_stop"),
    path("cmdb/imports/<int:pk>/rejects/", imports.rejects, name="import_rejects"),
    path("cmdb/imports/<int:pk>/rows/<int:row>/", imports.choose, name="import_choose"),
    path("settings/data-sources/", source_views.listed, name="data_sources"),
    path("settings/data-sources/new/", source_views.new, name="data_source_new"),
    path("settings/data-sources/<slug:code>/", source_views.source, name="data_source"),
    path("settings/data-sources/<slug:code>/rules/", source_views.add_rule, name="data_source_rule"),
    path(
        "settings/data-sources/<slug:code>/rules/<int:pk>/drop/", source_views.drop_rule, name="data_source_rule_drop"
    ),
    path("status/", status_views.index, name="status"),
    path("status/<int:pk>/", status_views.service, name="service_status"),
    path("services/", service_views.listed, name="services"),
]
