from django.urls import path

from . import views

app_name = "kpis"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("<slug:slug>/", views.kpi, name="kpi"),
    path("<slug:slug>/rows/", views.rows, name="rows"),
    path("<slug:slug>/export.csv", views.export, name="export"),
]
