"""In the demo nobody telephones: this plays callers and those operators who do not sign in, so that the switchboard stays as
alive as it was when it was loaded. All of it goes through the services of calls, as an exchange's messages would.

What is played is told apart by the call's id. The accounts that people sign in with answer for themselves.
"""

import random
from datetime import datetime, timedelta

from django.db import transaction

from itsm.core import now
from servicedesk.calls import presence, services
from servicedesk.models import Call, CallQueue, Operator, WrapUpCode

from .callhistory import PLAYED
from .calls import ACCOUNTS, ENGLISH, STANDARD

# One caller in so many rounds (beat goes one each five seconds), a little less than the operators can take.
WAITING, ONE_IN, A_DAY = 5, 14, 700
PATIENCE, RINGS, LATE = 120, 5, timedelta(minutes=2)
CODES = ("solved", "solved", "solved", "ticket", "chased", "chased", "transferred", "wrong")


def play() -> int:
    """What is due at the demo's switchboard; how many things were done."""
    at = now()
    return _talks(at) + _wraps(at) + _waits(at) + _answers(at) + _calls_back(at) + _comes(at)


def _rng(call: Call) -> random.Random:
    return random.Random(call.pk)  # noqa: S311 - how long somebody talks


def _played():
    return Call.objects.filter(call_id=PLAYED, source=None).select_related("operator__person", "queue")


def _theirs(operator: Operator | None) -> bool:
    """Is it somebody whom the demo plays?"""
    return operator is not None and operator.person.username not in ACCOUNTS


def _talks(at: datetime) -> int:
    """Conversations that have lasted as long as they do are over."""
    done = 0
    for call in _played().filter(state="in_progress"):
        ends = call.answered_at + timedelta(seconds=min(900, _rng(call).lognormvariate(4.9, 0.5)))
        if _theirs(call.operator) and ends <= at:
            services.hang_up(call, cause="normalClearing", at=ends)
            done += 1
    return done


def _wraps(at: datetime) -> int:
    """What came of it is said within half a minute."""
    codes = {code.code: code for code in WrapUpCode.objects.filter(is_active=True)}
    done = 0
    for call in _played().filter(state="wrap_up"):
        code = codes.get(_rng(call).choice(CODES))
        if _theirs(call.operator) and code and call.ended_at + timedelta(seconds=12) <= at:
            services.wrap_up(call, actor=call.operator.person, code=code)
            done += 1
    return done


def _waits(at: datetime) -> int:
    """Who has no patience left hangs up, at the instant at which it ended."""
    done = 0
    for call in _played().waiting():
        ends = (call.queued_at or call.started_at) + timedelta(seconds=PATIENCE + _rng(call).randrange(240))
        if ends <= at:
            services.hang_up(call, cause="normalClearing", at=ends)
            done += 1
    return done


def _answers(at: datetime) -> int:
    """Whoever is rung and is not at a screen of their own answers, some seconds later."""
    done = 0
    for operator in (
        Operator.objects.filter(state="ringing").exclude(person__username__in=ACCOUNTS).select_related("call")
    ):
        call = operator.call
        if call is not None and call.call_id == PLAYED and (call.rung_at or at) + timedelta(seconds=RINGS) <= at:
            services.answer(call, operator=operator, at=at)
            done += 1
    free = Operator.objects.filter(state="pause", until__lt=at).exclude(person__username__in=ACCOUNTS)
    for operator in free:
        presence.set_state(operator, "available", at=at)
    return done


def _calls_back(at: datetime) -> int:
    """The oldest promise that nobody has kept is kept; what is due in time is left to whoever sits at the console."""
    operator = (
        Operator.objects.filter(state="in_call").exclude(person__username__in=ACCOUNTS).select_related("person").first()
    )
    call = (
        _played()
        .filter(state="call_back_due", call_back_by=None, call_back_at__lt=at - LATE)
        .order_by("call_back_at")
        .first()
    )
    if operator is None or call is None:
        return 0
    services.take_call_back(call, actor=operator.person)
    services.call_back_done(call, actor=operator.person, reached=True)
    return 1


@transaction.atomic
def _comes(at: datetime) -> int:
    """A new caller where fewer wait than did; so many a day, for a demo that is left alone."""
    queue = CallQueue.objects.filter(code="N1", is_active=True).first()
    if queue is None or _played().waiting().count() >= WAITING:
        return 0
    rng = random.Random(int(at.timestamp()))  # noqa: S311
    today = _played().filter(organisation=queue.organisation, started_at__gt=at - timedelta(days=1))
    if rng.randrange(ONE_IN) or len(today.values_list("pk")[:A_DAY]) == A_DAY:
        return 0
    before = Call.objects.filter(organisation=queue.organisation, direction="in", caller__isnull=False).order_by("-id")
    someone = before.values_list("from_number", "caller__language")[rng.randrange(500) : 1 + 500].first()
    number, language = someone or ("", "fr")
    english = language == "en"
    line = CallQueue.objects.filter(code="EN", is_active=True).first() if english else queue
    services.ring(
        organisation=queue.organisation, from_number=number, to_number=ENGLISH if english else STANDARD, call_id=PLAYED, queue=line or queue, at=at
    )  # fmt: skip
    return 1
