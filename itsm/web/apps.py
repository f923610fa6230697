from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.web"
    label = "web"
