from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.notify"
    label = "notify"
