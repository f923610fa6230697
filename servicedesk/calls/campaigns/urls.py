from django.urls import path, re_path

from . import views

app_name = "call_campaigns"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.write, name="new"),
    path("peace/", views.peace, name="peace"),
    path("peace/<int:pk>/remove/", views.no_peace, name="no_peace"),
    path("gateways/", views.gateways, name="gateways"),
    path("gateways/new/", views.gateway, name="new_gateway"),
    path("gateways/<int:pk>/", views.gateway, name="gateway"),
    path("<int:pk>/", views.campaign, name="campaign"),
    path("<int:pk>/edit/", views.write, name="edit"),
    path("<int:pk>/report.csv", views.report, name="report"),
    path("<int:pk>/again/<int:target>/", views.again, name="again"),
    re_path(r"^(?P<pk>[0-9]{1,18})/(?P<act>start|pause|resume|stop|delete)/$", views.act, name="act"),
]
