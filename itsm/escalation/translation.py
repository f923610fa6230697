from modeltranslation.translator import TranslationOptions, register

from .models import Chain, Policy, Rota


@register([Policy, Rota, Chain])
class NameOptions(TranslationOptions):
    fields = ("name",)
