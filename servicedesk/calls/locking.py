"""The call and the call of an operator, held for a transaction. A call is locked before any operator."""

from .models import Call, Operator


def locked(call: Call | int) -> Call:
    """The call, held for this transaction."""
    return Call.objects.locked().select_related("queue", "organisation").get(pk=getattr(call, "pk", call))


def locked_call_of(operator: Operator) -> Call | None:
    """The call that an operator is busy with, held for this transaction."""
    pk = Operator.objects.filter(pk=operator.pk).values_list("call_id", flat=True).first()
    return locked(pk) if pk else None
