from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.people"
    label = "people"
