from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.gateway"
    label = "gateway"
