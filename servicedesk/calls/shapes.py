"""What the interface gives out and takes of calls."""

from rest_framework import serializers

from itsm.gateway.fields import PersonField, RecordField, Reference
from itsm.gateway.shapes import Shape

from .models import CallLink, CallQueue, Operator, WrapUpCode
from .models.calls import Direction, State


class CallShape(Shape):
    """One call."""

    number = serializers.CharField()
    call_id = serializers.CharField(allow_blank=True, help_text="The exchange's id.")
    source = serializers.IntegerField(allow_null=True, help_text="Id of the source that tells of it.")
    organisation = serializers.CharField(help_text="Code of the one whose switchboard takes it.")
    direction = serializers.ChoiceField(Direction.choices)
    state = serializers.ChoiceField(State.choices)
    to = serializers.CharField(allow_blank=True)
    caller = serializers.CharField(allow_null=True, help_text="Login of who is at the other end.")
    caller_certain = serializers.BooleanField(help_text="Exactly one person has this number, or an operator said so.")
    caller_name = serializers.CharField(allow_blank=True, help_text="What the exchange calls them.")
    site = serializers.CharField(allow_null=True, help_text="Code.")
    vip = serializers.BooleanField()
    language = serializers.CharField()
    queue = serializers.CharField(allow_null=True, help_text="Code.")
    operator = serializers.CharField(allow_null=True, help_text="Login.")
    menu_path = serializers.ListField(child=serializers.CharField(), help_text="Why it went where it went.")
    pressed = serializers.ListField(child=serializers.CharField())
    started_at = serializers.DateTimeField()
    queued_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    wait_seconds = serializers.IntegerField(allow_null=True)
    talk_seconds = serializers.IntegerField(allow_null=True, help_text="Without holds.")
    hold_seconds = serializers.IntegerField()
    wrap_up_seconds = serializers.IntegerField(allow_null=True)
    wrap_up_held = serializers.BooleanField(help_text="Its countdown stands still.")
    in_hours = serializers.BooleanField()
    cause = serializers.CharField(allow_blank=True)
    handled_by = serializers.CharField(help_text="person, menu, or sweeper when its end was never told.")
    wrap_up_code = serializers.CharField(allow_null=True, help_text="Code.")
    note = serializers.CharField(allow_blank=True)
    transfers = serializers.IntegerField()
    major = serializers.CharField(allow_null=True, help_text="Number of the major incident that concerns the caller.")
    records = serializers.ListField(child=serializers.CharField(), help_text="Numbers, where you may read them.")
    call_back_at = serializers.DateTimeField(allow_null=True)
    call_back_by = serializers.CharField(allow_null=True, help_text="Login.")
    call_back_tries = serializers.IntegerField()
    answers = serializers.CharField(allow_null=True, help_text="Number of the call that this one calls back.")
    version = serializers.IntegerField()

    def get_fields(self):
        # `from` is a word of Python.
        words = "E.164 where it is a public number."
        return super().get_fields() | {"from": serializers.CharField(allow_blank=True, required=False, help_text=words)}


class CallEventShape(Shape):
    """One step of a call."""

    at = serializers.DateTimeField()
    event = serializers.CharField()
    understood = serializers.BooleanField()
    facts = serializers.DictField()


class QueueField(Reference):
    """The code of a queue of a switchboard that one works at."""

    def find(self, text, user) -> CallQueue | None:
        return CallQueue.objects.visible_to(user).filter(code=text, is_active=True).first()


class OperatorField(Reference):
    """The login of an operator."""

    def find(self, text, user) -> Operator | None:
        rows = Operator.objects.visible_to(user).select_related("person")
        return rows.filter(person__username__iexact=text, person__is_active=True).first()


class WrapUpCodeField(Reference):
    """The code of what came of a call."""

    def find(self, text, user) -> WrapUpCode | None:
        return WrapUpCode.objects.filter(code=text, is_active=True).first()


class NewCall(serializers.Serializer):
    """In: somebody is on the line. Out: `to` is dialled by the exchange, where one takes orders."""

    direction = serializers.ChoiceField(Direction.choices, default=Direction.IN)
    number = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="Of the other end, in any spelling."
    )
    caller = PersonField(required=False, allow_null=True)
    queue = QueueField(required=False, allow_null=True)
    answers = serializers.CharField(max_length=20, required=False, help_text="Number of the call that is called back.")


class HangUp(serializers.Serializer):
    cause = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class Transfer(serializers.Serializer):
    note = serializers.CharField(max_length=2000)
    to_queue = QueueField(required=False, allow_null=True)
    to_operator = OperatorField(required=False, allow_null=True)


class WrapUp(serializers.Serializer):
    code = WrapUpCodeField()
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class Attach(serializers.Serializer):
    record = RecordField()
    how = serializers.ChoiceField(CallLink.How.choices, default=CallLink.How.ATTACHED)


class Recognise(serializers.Serializer):
    caller = PersonField()


class CallBackDone(serializers.Serializer):
    reached = serializers.BooleanField()
