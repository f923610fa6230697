from django.urls import path

from ..desk.addresses import addresses
from . import views
from .models import KIND

app_name = "access"
urlpatterns = addresses(
    KIND,
    path("new/", views.new, name="new"),
    path("movement/", views.movement, name="movement"),
    path("reviews/", views.review_list, name="reviews"),
    path("reviews/<int:pk>/", views.review, name="review"),
    path("items/", views.of_item, name="item"),
    path("people/<str:username>/", views.of_person, name="person"),
)
