from modeltranslation.translator import TranslationOptions, register

from .models import Calendar


@register(Calendar)
class CalendarOptions(TranslationOptions):
    fields = ("name",)
