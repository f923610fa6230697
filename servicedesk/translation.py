from modeltranslation.translator import TranslationOptions, register

from .access.models import AccessTemplate
from .catalogue.models import CatalogueCategory, CatalogueItem


@register(AccessTemplate)
class TemplateOptions(TranslationOptions):
    fields = ("name",)


@register(CatalogueCategory)
class CategoryOptions(TranslationOptions):
    fields = ("name", "description")


@register(CatalogueItem)
class ItemOptions(TranslationOptions):
    fields = ("name", "summary", "description")
