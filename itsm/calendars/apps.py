from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.calendars"
    label = "calendars"
