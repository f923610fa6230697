from django.urls import path

from . import pages

app_name = "gateway"
urlpatterns = [
    path("preferences/tokens/", pages.token_list, name="tokens"),
    path("preferences/tokens/<int:pk>/revoke/", pages.revoke, name="revoke"),
]
