from modeltranslation.translator import TranslationOptions, register

from .models import Agreement


@register(Agreement)
class AgreementOptions(TranslationOptions):
    fields = ("name",)
