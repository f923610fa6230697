from django.urls import path

from . import alert_views, views

app_name = "consoles"
urlpatterns = [
    path("alerts/", alert_views.alerts, name="alerts"),
    path("alerts/act/", alert_views.act, name="act"),
    path("alerts/<slug:number>/", alert_views.alert, name="alert"),
    path("consoles/", views.consoles, name="consoles"),
    path("consoles/<int:pk>/", views.console, name="console"),
    path("consoles/<int:pk>/wall/", views.wall, name="wall"),
    path("consoles/<int:pk>/set-up/", views.set_up, name="set_up"),
    path("consoles/<int:pk>/seat/", views.seat, name="seat"),
    path("consoles/<int:pk>/log/", views.log, name="log"),
    path("consoles/<int:pk>/messages/", views.message, name="message"),
    path("consoles/<int:pk>/messages/<int:entry>/", views.reply, name="reply"),
]
