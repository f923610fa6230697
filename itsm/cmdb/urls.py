from django.urls import path

from . import views

app_name = "cmdb"
urlpatterns = [
    path("cmdb/", views.items, name="items"),
    path("cmdb/new/", views.new, name="new"),
    path("cmdb/suggest/", views.suggest, name="suggest"),
    path("cmdb/<int:pk>/", views.item, name="item"),
    path("cmdb/<int:pk>/impact/", views.impact, name="impact"),
    path("cmdb/<int:pk>/history/", views.history, name="history"),
    path("cmdb/<int:pk>/edit/", views.edit, name="edit"),
    path("cmdb/<int:pk>/retire/", views.retire, name="retire"),
    path("cmdb/<int:pk>/restore/", views.restore, name="restore"),
    path("cmdb/<int:pk>/relations/", views.relate, name="relate"),
    path("cmdb/<int:pk>/relations/<int:relation>/remove/", views.unrelate, name="unrelate"),
    path("services/", views.service_list, name="services"),
]
