"""How calls look: the tone and icon of their states, their seconds in words."""

from django.utils.translation import gettext_lazy as _

from itsm.core.chips import chip

from .models.calls import Direction, State

LOOKS = {
    State.RINGING: ("blue", "phone-ringing"), State.QUEUED: ("amber", "clock"), State.IN_PROGRESS: ("green", "phone-call"),
    State.ON_HOLD: ("violet", "phone-pause"), State.WRAP_UP: ("blue", "pencil"), State.CLOSED: ("grey", "check"),
    State.ABANDONED: ("red", "phone-x"), State.MISSED: ("red", "phone-off"), State.VOICEMAIL: ("violet", "message"),
    State.CALL_BACK: ("amber", "phone-outgoing"),
}  # fmt: skip
ARROWS = {Direction.IN: "phone-incoming", Direction.OUT: "phone-outgoing"}


CAUSES = {
    "normalClearing": _("hung up"), "cancel": _("the caller hung up"), "busy": _("busy"), "noAnswer": _("nobody answered"),
    "congestion": _("no line"), "notFound": _("no such number"), "rejected": _("refused"), "forwarded": _("forwarded"),
    "voicemail": _("answering machine"), "lost": _("its end was never told"), "notOrdered": _("the exchange did not dial"),
}  # fmt: skip


def cause(code: str) -> str:
    """Why a call ended, in words; what an exchange says otherwise as it said it."""
    return str(CAUSES.get(code, code))


def state_chip(state: str, *, shared: bool = False):
    """The state as a coloured word."""
    tone, icon = LOOKS[State(state)]
    return chip(tone, icon, str(State(state).label), shared)


def clock(seconds: int | None) -> str:
    """4:32 or 1:04:32; a dash where nothing was counted."""
    if seconds is None:
        return "—"
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
