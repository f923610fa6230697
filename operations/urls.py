"""The addresses of operations control, a room a line."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("backups/", include("operations.control.backups.urls")),
    path("printing/", include("operations.control.printing.urls")),
    path("", include("operations.control.urls")),
    path("", include("operations.control.consoles.urls")),
    path("jobs/", include("operations.control.scheduling.urls")),
    path("runbooks/", include("operations.control.runbooks.urls")),
]
