from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.records"
    label = "records"
