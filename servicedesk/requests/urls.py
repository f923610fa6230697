from django.urls import path

from ..desk.addresses import addresses
from . import openviews
from .models import KIND

app_name = "requests"
urlpatterns = addresses(KIND, path("new/", openviews.new, name="new"))
