from django.urls import path, register_converter

from . import views


class CallNumber:
    """CAL and its figures: everything else under /calls/ is a page of its own."""

    regex = "[Cc][Aa][Ll][0-9]{1,12}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(CallNumber, "call")
app_name = "call_book"
urlpatterns = [
    path("list/", views.calls, name="calls"),
    path("<call:number>/", views.call, name="call"),
    path("<call:number>/<slug:name>/", views.act, name="act"),
]
