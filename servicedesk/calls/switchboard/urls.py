from django.urls import path

from . import menu_views, views

app_name = "switchboard"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("numbers/new/", views.number, name="new_number"),
    path("numbers/<int:pk>/", views.number, name="number"),
    path("queues/", views.queues, name="queues"),
    path("queues/new/", views.queue, name="new_queue"),
    path("queues/<slug:code>/", views.queue, name="queue"),
    path("operators/", views.operators, name="operators"),
    path("operators/new/", views.operator, name="new_operator"),
    path("operators/<int:pk>/", views.operator, name="operator"),
    path("codes/", views.codes, name="codes"),
    path("codes/<slug:kind>/new/", views.code, name="new_code"),
    path("codes/<slug:kind>/<slug:code>/", views.code, name="code"),
    path("try/", menu_views.attempt, name="try"),
    path("menus/new/", menu_views.settings, name="new_menu"),
    path("menus/<slug:code>/", menu_views.menu, name="menu"),
    path("menus/<slug:code>/settings/", menu_views.settings, name="menu_settings"),
    path("menus/<slug:code>/copy/", menu_views.copy, name="copy_menu"),
    path("menus/<slug:code>/remove/", menu_views.remove, name="remove_menu"),
    path("menus/<slug:code>/steps/new/", menu_views.step, name="new_step"),
    path("menus/<slug:code>/steps/<int:pk>/", menu_views.step, name="step"),
    path("menus/<slug:code>/steps/<int:pk>/remove/", menu_views.remove_step, name="remove_step"),
]
