from django.urls import path

from . import compare_views, drift_views, impact_views, outage_views, relation_views, service_views, status_views, views
from .intake import source_views
from .intake import views as imports

app_name = "cmdb"
urlpatterns = [
    path("cmdb/", views.items, name="items"),
    path("cmdb/new/", views.new, name="new"),
    path("cmdb/suggest/", views.suggest, name="suggest"),
    path("cmdb/baselines/", compare_views.baselines, name="baselines"),
    path("cmdb/baselines/new/", compare_views.new_baseline, name="baseline_new"),
    path("cmdb/baselines/<int:pk>/", compare_views.baseline, name="baseline"),
    path("cmdb/baselines/<int:pk>/remove/", compare_views.remove_baseline, name="baseline_remove"),
    path("cmdb/drift/", drift_views.listed, name="drifts"),
    path("cmdb/drift/decide/", drift_views.decide, name="drift_decide"),
    path("cmdb/<int:pk>/compare/", compare_views.item, name="compare"),
    path("cmdb/<int:pk>/", views.item, name="item"),
    path("cmdb/<int:pk>/impact/", impact_views.page, name="impact"),
    path("cmdb/<int:pk>/impact/graph/", impact_views.graph, name="impact_graph"),
    path("cmdb/<int:pk>/history/", views.history, name="history"),
    path("cmdb/<int:pk>/edit/", views.edit, name="edit"),
    path("cmdb/<int:pk>/service/", service_views.change, name="service"),
    path("cmdb/<int:pk>/retire/", views.retire, name="retire"),
    path("cmdb/<int:pk>/restore/", views.restore, name="restore"),
    path("cmdb/<int:pk>/relations/", relation_views.relate, name="relate"),
    path("cmdb/<int:pk>/relations/<int:relation>/", relation_views.change, name="relation"),
    path("cmdb/<int:pk>/relations/<int:relation>/remove/", relation_views.unrelate, name="unrelate"),
    path("cmdb/<int:pk>/outages/new/", outage_views.new, name="outage_new"),
    path("cmdb/<int:pk>/outages/<int:outage>/", outage_views.change, name="outage"),
    path("cmdb/<int:pk>/outages/<int:outage>/close/", outage_views.close, name="outage_close"),
    path("cmdb/<int:pk>/outages/<int:outage>/cancel/", outage_views.cancel, name="outage_cancel"),
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
