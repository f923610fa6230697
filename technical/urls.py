from django.urls import include, path

urlpatterns = [path("technical/networks/", include("technical.networks.urls"))]
