from modeltranslation.translator import TranslationOptions, register

from .access.models import AccessTemplate
from .calls.models import CallMenu, CallNumber, CallQueue, MenuStep, PauseReason, WrapUpCode
from .catalogue.models import CatalogueCategory, CatalogueItem
from .majors.models import MajorRule


@register(AccessTemplate)
class TemplateOptions(TranslationOptions):
    fields = ("name",)


@register(CatalogueCategory)
class CategoryOptions(TranslationOptions):
    fields = ("name", "description")


@register(CatalogueItem)
class ItemOptions(TranslationOptions):
    fields = ("name", "summary", "description")


@register(CallQueue)
class QueueOptions(TranslationOptions):
    fields = ("name", "announcement")


@register(CallMenu)
class MenuOptions(TranslationOptions):
    fields = ("name",)


@register(MenuStep)
class StepOptions(TranslationOptions):
    fields = ("label", "say")


@register(CallNumber)
class NumberOptions(TranslationOptions):
    fields = ("name", "welcome", "closed_text")


@register([WrapUpCode, PauseReason])
class CallCodeOptions(TranslationOptions):
    fields = ("name",)


@register(MajorRule)
class MajorRuleOptions(TranslationOptions):
    fields = ("name",)
