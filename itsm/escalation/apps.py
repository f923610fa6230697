from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.escalation"
    label = "escalation"
