from django.urls import path

from . import formviews, ruleviews, views

app_name = "catalogue"
urlpatterns = [
    path("", views.listed, name="list"),
    path("new/", views.new, name="new"),
    path("shelves/new/", views.shelf, name="new_shelf"),
    path("shelves/<slug:key>/", views.shelf, name="shelf"),
    path("<slug:key>/", views.item, name="item"),
    path("<slug:key>/form/", formviews.form, name="form"),
    path("<slug:key>/form/arrange/", formviews.arrange, name="arrange"),
    path("<slug:key>/form/new/", formviews.question, name="new_question"),
    path("<slug:key>/form/questions/<slug:question>/", formviews.question, name="question"),
    path("<slug:key>/approval/", ruleviews.approval, name="approval"),
    path("<slug:key>/plan/", ruleviews.plan, name="plan"),
    path("<slug:key>/preview/", formviews.preview, name="preview"),
    path("<slug:key>/versions/", views.versions, name="versions"),
    path("<slug:key>/versions/<int:number>/", views.version, name="version"),
    path("<slug:key>/publish/", views.act, {"name": "publish"}, name="publish"),
    path("<slug:key>/discard/", views.act, {"name": "discard"}, name="discard"),
    path("<slug:key>/retire/", views.act, {"name": "retire"}, name="retire"),
    path("<slug:key>/restore/", views.act, {"name": "restore"}, name="restore"),
]
