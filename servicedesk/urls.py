from django.urls import include, path

urlpatterns = [
    path("calls/campaigns/", include("servicedesk.calls.campaigns.urls")),
    path("calls/wall/", include("servicedesk.calls.wallboard.urls")),
    path("calls/switchboard/", include("servicedesk.calls.switchboard.urls")),
    path("calls/", include("servicedesk.calls.console.urls")),
    path("calls/", include("servicedesk.calls.book.urls")),
    path("desk/", include("servicedesk.desk_urls")),
    path("access-review/", include("servicedesk.access.review_urls")),
    path("portal/", include("servicedesk.portal.urls")),
    path("settings/telephony/", include("servicedesk.calls.setup.urls")),
    path("settings/catalogue/", include("servicedesk.catalogue.editor.urls")),
    path("survey/", include("servicedesk.surveys.urls")),
]
