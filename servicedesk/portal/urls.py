from django.urls import path

from . import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("new/before/", views.before, name="before"),
    path("tickets/", views.tickets, name="tickets"),
    path("tickets/<slug:number>/", views.ticket, name="ticket"),
    path("tickets/<slug:number>/reply/", views.reply, name="reply"),
    path("tickets/<slug:number>/confirm/", views.confirm, name="confirm"),
    path("tickets/<slug:number>/reopen/", views.reopen, name="reopen"),
    path("tickets/<slug:number>/cancel/", views.cancel, name="cancel"),
]
