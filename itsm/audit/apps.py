from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.audit"
    label = "audit"
