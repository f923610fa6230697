from django.urls import path

from . import mail_views, views

app_name = "mailboxes"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.create, name="new"),
    path("<int:pk>/", views.mailbox, name="mailbox"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/test/", views.test, name="test"),
    path("<int:pk>/collect/", views.collect, name="collect"),
    path("<int:pk>/switch/", views.switch, name="switch"),
    path("<int:pk>/mails/<int:mail>/", mail_views.mail, name="mail"),
    path("<int:pk>/mails/<int:mail>/html/", mail_views.html, name="html"),
    path("<int:pk>/mails/<int:mail>/raw/", mail_views.raw, name="raw"),
    path("<int:pk>/mails/<int:mail>/again/", mail_views.again, name="again"),
    path("<int:pk>/mails/<int:mail>/ticket/", mail_views.ticket, name="ticket"),
    path("<int:pk>/mails/<int:mail>/discard/", mail_views.discard, name="discard"),
]
