from django.conf import settings
from django.urls import path

from . import find_views, shortcut_views, styleguide, views

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
]
if settings.DEMO or settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))
