"""The addresses of operations control, a room a line."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("backups/", include("operations.control.backups.urls")),
    path("printing/", include("operations.control.printing.urls")),
    path("", include("operations.control.urls")),
    path("jobs/", include("operations.control.scheduling.urls")),
    path("shifts/", include("operations.control.shifts.urls")),
    path("checks/", include("operations.control.shifts.check_urls")),
    path("", include("operations.control.consoles.urls")),
    path("runbooks/", include("operations.control.runbooks.urls")),
]
