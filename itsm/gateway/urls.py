"""Everything under /api/: one version so far, and a problem document for every unknown address."""

from django.urls import include, path, re_path

from . import problems

urlpatterns = [
    path("v1/", include("itsm.gateway.api_urls")),
    re_path(r"", problems.not_found),
]
