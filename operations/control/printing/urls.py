from django.urls import path, re_path

from . import output_views, views

app_name = "printing"
urlpatterns = [
    path("", views.listed, name="queues"),
    path("queues/<int:pk>/", views.queue, name="queue"),
    path("queues/<int:pk>/jobs/", views.act_on_jobs, name="act_on_jobs"),
    re_path(
        r"^queues/(?P<pk>[0-9]{1,18})/jobs/(?P<job>[0-9]{1,18})/(?P<act>hold|release|cancel|move|reprint)/$",
        views.act_on_job,
        name="act_on_job",
    ),
    re_path(r"^queues/(?P<pk>[0-9]{1,18})/(?P<act>pause|resume)/$", views.act_on_queue, name="act_on_queue"),
    path("queues/<int:pk>/patience/", views.patience, name="patience"),
    path("pages/", views.pages, name="pages"),
    path("servers/", views.servers, name="servers"),
    path("servers/new/", views.new_server, name="new_server"),
    path("servers/<int:pk>/", views.server, name="server"),
    path("servers/<int:pk>/ask/", views.ask_server, name="ask_server"),
    path("outputs/", output_views.checklist, name="outputs"),
    path("outputs/new/", output_views.new, name="new_output"),
    path("outputs/<int:pk>/", output_views.output, name="output"),
    path("outputs/<int:pk>/edit/", output_views.edit, name="edit_output"),
    path("outputs/<int:pk>/runs/<int:run>/again/", output_views.again, name="again"),
    re_path(r"^outputs/runs/(?P<pk>[0-9]{1,18})/(?P<state>spooled|printed|failed)/$", output_views.tick, name="tick"),
    path("outputs/runs/<int:pk>/take-back/", output_views.take_back, name="take_back"),
    path("outputs/runs/<int:pk>/deliver/", output_views.deliver, name="deliver"),
    path("outputs/proofs/<int:pk>/", output_views.proof, name="proof"),
]
