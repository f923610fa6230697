from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.planning"
    label = "planning"
