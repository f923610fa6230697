from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(url="/desk/incidents/"), name="desk"),
    path("bulk/", include("servicedesk.bulk.urls")),
    path("incidents/", include("servicedesk.incidents.urls")),
]
