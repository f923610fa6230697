from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.core"
    label = "core"
