from django.conf import settings
from django.urls import path

from . import styleguide, views
from .service_levels import calendarviews

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("palette/", views.palette, name="palette"),
    path("shell/counts/", views.counts, name="counts"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/language/", views.switch, {"what": "language"}, name="language"),
    path("preferences/theme/", views.switch, {"what": "theme"}, name="theme"),
    path("settings/calendars/", calendarviews.calendars, name="calendars"),
    path("settings/calendars/new/", calendarviews.new, name="new-calendar"),
    path("settings/calendars/region/", calendarviews.region, name="calendar-region"),
    path("settings/calendars/<slug:code>/", calendarviews.calendar, name="calendar"),
]
if settings.DEMO or settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))
