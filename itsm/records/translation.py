from modeltranslation.translator import TranslationOptions, register

from .models import Category, CauseCode, HoldReason, ResolutionCode


@register([Category, ResolutionCode, CauseCode, HoldReason])
class NameOptions(TranslationOptions):
    fields = ("name",)
