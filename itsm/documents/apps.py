from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.documents"
    label = "documents"
