from django.conf import settings
from django.urls import path

from . import find_views, savedviews, shortcut_views, styleguide, views
from .service_levels import agreementviews, calendarviews, repairviews

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("find/", find_views.find, name="find"),
    path("palette/", views.palette, name="palette"),
    path("shell/counts/", views.counts, name="counts"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/keys/", shortcut_views.keys, name="keys"),
    path("preferences/keys/sheet/", shortcut_views.sheet, name="keys_sheet"),
    path("preferences/letters/", shortcut_views.letters, name="letters"),
    path("preferences/language/", views.switch, {"what": "language"}, name="language"),
    path("preferences/theme/", views.switch, {"what": "theme"}, name="theme"),
    path("views/", savedviews.views, name="views"),
    path("views/new/", savedviews.new, name="view_new"),
    path("views/columns/", savedviews.columns, name="columns"),
    path("views/<int:pk>/", savedviews.change, name="view"),
    path("views/<int:pk>/redefine/", savedviews.act, {"what": "redefine"}, name="view_redefine"),
    path("views/<int:pk>/delete/", savedviews.act, {"what": "delete"}, name="view_delete"),
    path("views/<int:pk>/move/", savedviews.act, {"what": "move"}, name="view_move"),
    path("views/<int:pk>/first/", savedviews.act, {"what": "first"}, name="view_first"),
    path("settings/calendars/", calendarviews.calendars, name="calendars"),
    path("settings/calendars/new/", calendarviews.new, name="new-calendar"),
    path("settings/calendars/region/", calendarviews.region, name="calendar-region"),
    path("settings/calendars/<slug:code>/", calendarviews.calendar, name="calendar"),
    path("settings/agreements/", agreementviews.agreements, name="agreements"),
    path("settings/agreements/new/", agreementviews.new, name="new-agreement"),
    path("settings/agreements/<slug:code>/", agreementviews.agreement, name="agreement"),
    path("settings/agreements/<slug:code>/duplicate/", agreementviews.duplicate, name="duplicate-agreement"),
    path("settings/agreements/<slug:code>/switch/", agreementviews.switch, name="switch-agreement"),
    path("settings/repair/", repairviews.repair, name="repair"),
    path("settings/repair/<slug:token>/", repairviews.progress, name="repair-progress"),
]
if settings.DEMO or settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))
