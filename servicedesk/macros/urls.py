from django.urls import path

from . import views

app_name = "macros"
urlpatterns = [
    path("", views.shelves, name="shelves"),
    path("<slug:kind>/", views.shelves, name="shelf"),
    path("<slug:kind>/new/", views.edit, name="new"),
    path("<slug:kind>/<int:pk>/", views.edit, name="edit"),
    path("<slug:kind>/<int:pk>/delete/", views.delete, name="delete"),
]
