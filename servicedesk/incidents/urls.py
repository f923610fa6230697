from django.urls import path

from ..desk.addresses import addresses
from . import caller, mergeviews, openviews, splitviews, touching
from .models import KIND

app_name = "incidents"
urlpatterns = addresses(
    KIND,
    path("new/", openviews.new, name="new"),
    path("touched/", touching.touched, name="touched"),
    path("estimate/", openviews.estimate, name="estimate"),
    path("caller/", caller.caller, name="caller"),
    path("<slug:number>/unmerge/", mergeviews.unmerge, name="unmerge"),
    path("<slug:number>/split/", splitviews.split, name="split"),
)
