from django.urls import include, path

from . import absence_views, hours_views, oncall_views, rota_views, settings_views
from .routing import urls as routing

oncall = [
    path("", oncall_views.home, name="home"),
    path("pages/<int:pk>/take/", oncall_views.take, name="take"),
    path("pages/<int:pk>/pass/", oncall_views.pass_on, name="pass"),
    path("a/<str:token>/", oncall_views.by_mail, name="by-mail"),
    path("feed/", oncall_views.renew_feed, name="feed-renew"),
    path("feed/<str:token>.ics", oncall_views.feed, name="feed"),
    path("absences/", absence_views.index, name="absences"),
    path("hours/", hours_views.index, name="hours"),
    path("hours/<slug:code>/", hours_views.team, name="team-hours"),
    path("absences/new/", absence_views.create, name="absence-new"),
    path("absences/<int:pk>/", absence_views.change, name="absence"),
    path("absences/<int:pk>/delete/", absence_views.delete, name="absence-delete"),
    path("rotas/", rota_views.index, name="rotas"),
    path("rotas/new/", rota_views.create, name="rota-new"),
    path("rotas/<slug:code>/", rota_views.detail, name="rota"),
    path("rotas/<slug:code>/edit/", rota_views.edit, name="rota-edit"),
    path("rotas/<slug:code>/take/", rota_views.take, name="rota-take"),
    path("rotas/<slug:code>/override/", rota_views.override, name="rota-override"),
    path("rotas/<slug:code>/swap/", rota_views.swap, name="rota-swap"),
    path("overrides/<int:pk>/end/", rota_views.end_override, name="override-end"),
]
settings = [
    path("", settings_views.index, name="index"),
    path("policies/new/", settings_views.create_policy, name="policy-new"),
    path("policies/<slug:code>/", settings_views.policy, name="policy"),
    path("policies/<slug:code>/delete/", settings_views.delete_policy, name="policy-delete"),
    path("chains/new/", settings_views.create_chain, name="chain-new"),
    path("chains/<slug:code>/", settings_views.chain, name="chain"),
]
urlpatterns = [
    path("oncall/", include((oncall, "oncall"))),
    path("settings/escalation/", include((settings, "escalation"))),
    path("settings/routing/", include(routing)),
]
