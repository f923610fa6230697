"""The doors: one address a kind, the token behind it (`itsm.gateway.doors`)."""

from django.urls import path

from .door_view import door

urlpatterns = [
    path("hooks/<slug:kind>/<str:token>/", door, name="door"),
    path("inventory/<str:token>/", door, {"kind": "inventory"}, name="inventory-door"),
]
