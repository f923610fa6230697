from modeltranslation.translator import TranslationOptions, register

from .catalogue.models import CatalogueCategory, CatalogueItem


@register(CatalogueCategory)
class CategoryOptions(TranslationOptions):
    fields = ("name", "description")


@register(CatalogueItem)
class ItemOptions(TranslationOptions):
    fields = ("name", "summary", "description")
