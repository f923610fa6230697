from django.urls import include, path

urlpatterns = [
    path("desk/", include("servicedesk.desk_urls")),
    path("portal/", include("servicedesk.portal.urls")),
    path("settings/catalogue/", include("servicedesk.catalogue.editor.urls")),
    path("survey/", include("servicedesk.surveys.urls")),
]
