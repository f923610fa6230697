"""The addresses of the ping door, as healthchecks has them: without a slash at the end, one is forgiven."""

from django.urls import re_path

from . import pings

CODE = r"(?P<code>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"
SLUG = r"(?P<key>[A-Za-z0-9_-]{16,40})/(?P<slug>[a-z0-9_-]{1,80})"
ACTION = r"(?P<action>start|fail|log|[0-9]{1,3})"

urlpatterns = [
    re_path(rf"^{CODE}/?$", pings.by_code, name="ping"),
    re_path(rf"^{CODE}/{ACTION}/?$", pings.by_code, name="ping-action"),
    re_path(rf"^{SLUG}/?$", pings.by_slug, name="ping-slug"),
    re_path(rf"^{SLUG}/{ACTION}/?$", pings.by_slug, name="ping-slug-action"),
]
