"""Language and time zone of the reader: the person's choice, else the cookie, else the browser, else the product."""

import zoneinfo

from django.conf import settings
from django.utils import timezone, translation

from itsm.people.directory import directory


class LanguageMiddleware:
    """Activates the language; answers in it and says so."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.known = {code for code, _name in settings.LANGUAGES}

    def __call__(self, request):
        language = self._choose(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    def _choose(self, request) -> str:
        if request.path.startswith("/api/") and request.headers.get("Accept-Language"):
            return self._known(translation.get_language_from_request(request))
        user = request.user
        if user.is_authenticated and user.language in self.known:
            return user.language
        cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        return cookie if cookie in self.known else self._known(translation.get_language_from_request(request))

    def _known(self, language: str) -> str:
        short = language[:2]
        return short if short in self.known else settings.LANGUAGE_CODE


class TimeZoneMiddleware:
    """Activates the zone, so that every instant on the page is the reader's own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        timezone.activate(self._zone(request.user))
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def _zone(self, user) -> zoneinfo.ZoneInfo:
        name = settings.TIME_ZONE
        if user.is_authenticated:
            row = directory.get().organisations.get(user.organisation_id)
            name = user.time_zone or (row.time_zone if row else name)
        try:
            return zoneinfo.ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            return zoneinfo.ZoneInfo(settings.TIME_ZONE)
