"""What the interface gives and takes of what comes back: shifts with their turns, lists with their checks."""

from django.utils.translation import gettext as _
from rest_framework import serializers

from itsm.core import reachable
from itsm.gateway.fields import ItemField, PersonField, TeamField
from itsm.gateway.shapes import Shape, Whole

from ..scheduling.shapes import CalendarField
from . import rules

LONGEST_HOW, MOST_TURNS, MOST_CHECKS = 4000, 40, 200


def _day(**more):
    return serializers.DateField(allow_null=True, required=False, validators=[reachable.check_day], **more)


def _weekdays(**more):
    return serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), max_length=7, help_text="0 is Monday; none: every day.", **more
    )  # fmt: skip


class TurnShape(Shape):
    person = serializers.CharField(help_text="Login.")
    weekdays = _weekdays()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)


class TurnInput(Whole):
    person = PersonField()
    weekdays = _weekdays(required=False)
    first_day = _day()
    last_day = _day()

    def validate(self, values):
        first, last = values.get("first_day"), values.get("last_day")
        if first and last and last < first:
            raise serializers.ValidationError({"last_day": _("It ends before it begins.")})
        return values


class KeptShape(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField(help_text="In your language.")
    name_fr = serializers.CharField()
    name_en = serializers.CharField(allow_blank=True)
    organisation = serializers.CharField(help_text="Code.")
    team = serializers.CharField(allow_null=True, help_text="Code.")
    time_zone = serializers.CharField()
    weekdays = _weekdays()
    calendar = serializers.CharField(allow_null=True, help_text="Code: on its open days only.")
    active = serializers.BooleanField()
    version = serializers.IntegerField()


class PatternShape(KeptShape):
    starts = serializers.TimeField()
    ends = serializers.TimeField(help_text="Earlier than the beginning: the next day.")
    turns = TurnShape(many=True)


class CheckRowShape(Shape):
    id = serializers.IntegerField()
    name_fr = serializers.CharField()
    name_en = serializers.CharField(allow_blank=True)
    group_fr = serializers.CharField(allow_blank=True)
    group_en = serializers.CharField(allow_blank=True)
    item = serializers.CharField(allow_null=True, help_text="Key.")
    rule = serializers.CharField(allow_blank=True, help_text="Empty: a person ticks it.")
    subject = serializers.CharField(allow_blank=True)
    how = serializers.CharField(allow_blank=True)


class ListShape(KeptShape):
    due = serializers.TimeField(help_text="Until when it is to be done.")
    checks = CheckRowShape(many=True)


class KeptChanges(serializers.Serializer):
    """Every field that may be written; what is not sent stays."""

    name_fr = serializers.CharField(max_length=80, required=False)
    name_en = serializers.CharField(max_length=80, allow_blank=True, required=False)
    team = TeamField(required=False)
    time_zone = serializers.CharField(max_length=50, required=False)
    weekdays = _weekdays(required=False)
    calendar = CalendarField(allow_null=True, required=False)
    active = serializers.BooleanField(required=False)


class PatternChanges(KeptChanges):
    starts = serializers.TimeField(required=False)
    ends = serializers.TimeField(required=False, help_text="Earlier than the beginning: the next day.")
    turns = TurnInput(many=True, required=False, max_length=MOST_TURNS, help_text="In the place of those there are.")


class NewPattern(PatternChanges):
    name_fr = serializers.CharField(max_length=80)
    team = TeamField(help_text="Code; the shift belongs to its organisation.")
    starts = serializers.TimeField()
    ends = serializers.TimeField(help_text="Earlier than the beginning: the next day.")


class CheckInput(Whole):
    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, help_text="Of one that there is.")
    name_fr = serializers.CharField(max_length=160)
    name_en = serializers.CharField(max_length=160, allow_blank=True, default="")
    group_fr = serializers.CharField(max_length=80, allow_blank=True, default="")
    group_en = serializers.CharField(max_length=80, allow_blank=True, default="")
    item = ItemField(allow_null=True, default=None)
    rule = serializers.CharField(max_length=40, allow_blank=True, default="")
    subject = serializers.CharField(max_length=300, allow_blank=True, default="")
    how = serializers.CharField(max_length=LONGEST_HOW, allow_blank=True, default="")

    def validate(self, values):
        wrong = rules.lacking(values["rule"], item=values["item"], subject=values["subject"])
        if wrong:
            raise serializers.ValidationError(wrong)
        return values


class ListChanges(KeptChanges):
    due = serializers.TimeField(required=False)
    checks = CheckInput(
        many=True, required=False, max_length=MOST_CHECKS, help_text="All, in their order: those left out are retired, their past stays."
    )  # fmt: skip


class NewList(ListChanges):
    name_fr = serializers.CharField(max_length=80)
    team = TeamField(help_text="Code; the list belongs to its organisation.")
    due = serializers.TimeField()


class ShiftPersonInput(serializers.Serializer):
    person = PersonField()
