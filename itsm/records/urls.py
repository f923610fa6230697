from django.urls import path

from . import views

app_name = "records"
urlpatterns = [
    path("r/<slug:number>", views.by_number, name="number"),
    path("r/<slug:number>/", views.by_number),
    path("files/<int:pk>/", views.download, name="download"),
]
