from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.cmdb"
    label = "cmdb"
