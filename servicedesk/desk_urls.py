from django.urls import include, path

from .desk import timeviews, workspace

urlpatterns = [
    path("", workspace.workspace, name="desk"),
    path("access/", include("servicedesk.access.urls")),
    path("bulk/", include("servicedesk.bulk.urls")),
    path("macros/", include("servicedesk.macros.urls")),
    path("incidents/", include("servicedesk.incidents.urls")),
    path("majors/", include("servicedesk.majors.urls")),
    path("requests/", include("servicedesk.requests.urls")),
    path("timer/", timeviews.timer, name="timer"),
    path("<slug:number>/", workspace.workspace, name="workspace"),
]
