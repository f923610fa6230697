from django.urls import include, path

urlpatterns = [
    path("technical/networks/", include("technical.networks.urls")),
    path("technical/inventory/", include("technical.inventory.urls")),
]
