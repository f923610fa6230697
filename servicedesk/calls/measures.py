"""What counts as received, answered, abandoned: said once, for the live figures and for the indicators.

Only calls that come in count. One row is one call: a transfer never makes two of it.
"""

from django.db.models import Case, Expression, ExpressionWrapper, F, FloatField, Func, Q, Value, When
from django.db.models.functions import Coalesce, Greatest

from .ending import NOT_REACHED
from .models.queues import SHORT, WITHIN

COMING_IN = Q(direction="in")
ANSWERED = Q(answered_at__isnull=False)
OVER = Q(ended_at__isnull=False)
# Settled by the menu (told of a major incident, put on its list, refused), or hung up in it: nobody was to answer yet. Nor do
# we know what became of a caller whose hang-up was never told: neither answered nor abandoned.
BY_THE_MENU = Q(answered_at=None, queued_at=None) & (
    Q(handled_by="menu") | (Q(through_menu=True) & ~Q(cause__in=sorted(NOT_REACHED)))
)
UNTOLD = Q(handled_by="sweeper", answered_at=None)
# For an operator, in opening hours, and answered or over: what still waits is not judged yet.
OFFERED = COMING_IN & Q(in_hours=True) & (ANSWERED | OVER) & ~BY_THE_MENU & ~UNTOLD
# Who left a message or took the call-back that the menu offered was not answered, yet did not give up either.
GAVE_UP = OVER & Q(answered_at=None) & ~Q(state="voicemail") & ~Q(handled_by="menu")


def _seconds(later: str, earlier: Expression) -> Expression:
    span = Func(F(later), earlier, template="extract(epoch from %(expressions)s)", arg_joiner=" - ")
    return ExpressionWrapper(span, output_field=FloatField())


def waited() -> Expression:
    """Seconds until the answer, or until the caller gave up; worked out where the call does not hold them."""
    since = Coalesce("queued_at", "started_at")
    until = Case(
        When(answered_at__isnull=False, then=_seconds("answered_at", since)),
        default=_seconds("ended_at", since),
        output_field=FloatField(),
    )
    return Greatest(Coalesce(F("wait_seconds"), until, output_field=FloatField()), Value(0.0))


def short_below() -> Expression:
    """An abandon below this is short: a mistake, not a caller whom nobody served."""
    return Coalesce(F("queue__short_abandon_seconds"), Value(SHORT))


def answer_within() -> Expression:
    """The threshold of the call's queue."""
    return Coalesce(F("queue__answer_within_seconds"), Value(WITHIN))


def measured(calls):
    """Calls with `waited`, `short_below` and `answer_within`, to which the conditions below apply."""
    return calls.annotate(waited=waited(), short_below=short_below(), answer_within=answer_within())


SHORT_ABANDON = GAVE_UP & Q(waited__lt=F("short_below"))
RECEIVED = OFFERED & ~SHORT_ABANDON
ABANDONED = GAVE_UP & ~Q(waited__lt=F("short_below"))
IN_TIME = ANSWERED & Q(waited__lte=F("answer_within"))
