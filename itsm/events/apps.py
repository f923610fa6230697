from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.events"
    label = "events"
