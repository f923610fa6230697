"""Every address of the product. The top layer: it knows everyone and nobody knows it."""

from django.contrib import admin
from django.urls import include, path

from itsm.core.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
]
