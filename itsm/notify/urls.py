from django.urls import path

from . import views

app_name = "notify"
urlpatterns = [
    path("notices/", views.notice_list, name="notices"),
    path("notices/read/", views.notice_read, name="read"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", views.message, name="message"),
    path("mailbox/<int:pk>/html/", views.message_html, name="message-html"),
    path("mailbox/<int:pk>/retry/", views.retry, name="retry"),
    path("preferences/notifications/", views.choose, name="preferences"),
]
