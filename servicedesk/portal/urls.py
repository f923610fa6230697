from django.urls import path

from . import before, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("new/before/", before.before, name="before"),
    path("known/<int:pk>/", before.me_too, name="me_too"),
    path("tickets/", views.tickets, name="tickets"),
    path("tickets/<slug:number>/", views.ticket, name="ticket"),
    path("tickets/<slug:number>/reply/", views.reply, name="reply"),
    path("tickets/<slug:number>/confirm/", views.confirm, name="confirm"),
    path("tickets/<slug:number>/reopen/", views.reopen, name="reopen"),
    path("tickets/<slug:number>/cancel/", views.cancel, name="cancel"),
]
