from django.urls import path

from ..catalogue import basketviews
from ..catalogue import views as catalogue
from ..requests import regularviews
from . import before, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("new/before/", before.before, name="before"),
    path("known/<int:pk>/", before.me_too, name="me_too"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/people/", catalogue.people, name="catalogue_people"),
    path("catalogue/<slug:key>/", catalogue.item, name="catalogue_item"),
    path("catalogue/<slug:key>/picture/", catalogue.picture, name="catalogue_picture"),
    path("catalogue/<slug:key>/pick/<slug:question>/", catalogue.pick, name="catalogue_pick"),
    path("basket/", basketviews.shown, name="basket"),
    path("basket/<int:pk>/drop/", basketviews.drop, name="basket_drop"),
    path("orders/<slug:number>/", basketviews.order, name="order"),
    path("tickets/", views.tickets, name="tickets"),
    path("tickets/<slug:number>/", views.ticket, name="ticket"),
    path("tickets/<slug:number>/regular/", regularviews.new, name="regular_new"),
    path("regular/", regularviews.listed, name="regular"),
    path("regular/<int:pk>/stop/", regularviews.stop, name="regular_stop"),
    path("tickets/<slug:number>/reply/", views.reply, name="reply"),
    path("tickets/<slug:number>/confirm/", views.confirm, name="confirm"),
    path("tickets/<slug:number>/reopen/", views.reopen, name="reopen"),
    path("tickets/<slug:number>/cancel/", views.cancel, name="cancel"),
]
