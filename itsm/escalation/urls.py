from django.urls import include, path

app_name = "escalation"
urlpatterns = [path("", include("itsm.escalation.routing.urls"))]
