from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.levels"
    label = "levels"
