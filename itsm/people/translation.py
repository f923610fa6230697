from modeltranslation.translator import TranslationOptions, register

from .models import Circle, Role, Team


@register([Team, Role, Circle])
class NameOptions(TranslationOptions):
    fields = ("name",)
