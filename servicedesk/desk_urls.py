from django.urls import include, path

from .incidents import workspace

urlpatterns = [
    path("", workspace.workspace, name="desk"),
    path("bulk/", include("servicedesk.bulk.urls")),
    path("macros/", include("servicedesk.macros.urls")),
    path("incidents/", include("servicedesk.incidents.urls")),
    path("<slug:number>/", workspace.workspace, name="workspace"),
]
