from django.urls import include, path

urlpatterns = [
    path("technical/inventory/", include("technical.inventory.urls")),
]
