from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register

# Somebody spoke with the caller. What monitoring opened, what came by mail or portal, has no first contact to be solved in.
SPOKEN = ("phone", "walk_up", "chat")
AFTER_THE_CALL, WITHOUT_CALL = timedelta(minutes=15), timedelta(minutes=30)


def facts(batch):
    """Resolved incidents that began with somebody speaking: solved before that contact was over, by whoever took it?"""
    for record in batch.records.values():
        call = batch.calls.get(record["id"])
        if record["resolved_at"] is None or not (call or record["channel"] in SPOKEN) or record["channel"] == "event":
            continue
        # A child is solved with its major incident, and silence is no solution: neither was the first contact's to win.
        if record["parent_id"] or record["resolution_code_id"] in batch.silence:
            continue
        first = batch.hops.get(record["id"], [])
        yield batch.fact(
            record, record["resolved_at"], numerator=1 if _at_once(record, call) else 0,
            **({"team_id": first[0].team_id, "level": first[0].level} if first else {}),
        )  # fmt: skip


def _at_once(record, call) -> bool:
    if record["escalation_count"] or record["reassignment_count"] or record["reopen_count"]:
        return False
    if call is None:
        return record["resolved_at"] <= record["opened_at"] + WITHOUT_CALL
    return call["ended_at"] is None or record["resolved_at"] <= call["ended_at"] + AFTER_THE_CALL


register(
    Kpi(
        slug="fcr", order=39, kind="ratio", unit="%", better="higher", target=70, facts=facts, pair="csat",
        name=_("First-contact resolution"),
        definition=_("Share of the incidents that began with a call, a visit or a chat and were solved before that contact was over: within a quarter of an hour of the call that opened them, or half an hour of their opening without one; never handed on, never reopened. Incidents opened by monitoring, children of major incidents and those closed for want of an answer are left out."),
        formula=_("resolved in the first contact / resolved incidents that began with a contact × 100"),
    )
)  # fmt: skip
