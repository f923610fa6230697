"""What each kind of step asks for and which ways lead on from it: the editor, the checks and the drawing all read this."""

from dataclasses import dataclass

from itsm.core.numbers import whole

from ..models import MenuStep

K = MenuStep.Kind
KEYS = "0123456789*#"
NONE = "none"


@dataclass(frozen=True)
class Shape:
    """`ways`: the answers that lead on; `needed`: those that must lead somewhere; `fields`: what the step is told."""

    ways: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


SHAPES: dict[str, Shape] = {
    K.LANGUAGE: Shape((*KEYS, NONE), (), ("say", "tries"), ("say",)),
    K.ASK: Shape((*KEYS, NONE), (), ("say", "tries"), ("say",)),
    K.HOURS: Shape(("open", "closed"), ("open", "closed"), ("calendar",)),
    K.MAJOR: Shape(("next",), ("next",), ("say", "service", "register_key")),
    K.VIP: Shape(("yes", "no"), ("yes", "no")),
    K.KNOWN: Shape(("known", "unknown"), ("known", "unknown")),
    K.SITE: Shape(("else",), ("else",)),
    K.FULL: Shape(("full", "free"), ("full", "free"), ("queue",), ("queue",)),
    K.ANNOUNCE: Shape(("next",), ("next",), ("say",), ("say",)),
    K.QUEUE: Shape((), (), ("queue", "say"), ("queue",)),
    K.CALL_BACK: Shape((), (), ("say",)),
    K.VOICEMAIL: Shape((), (), ("say",)),
    K.DIAL: Shape((), (), ("number", "say"), ("number",)),
    K.HANG_UP: Shape((), (), ("say",), ("say",)),
    K.GOTO: Shape((), (), ("goto",), ("goto",)),
}
ASKING = (K.ASK, K.LANGUAGE)


def site_of(branch: str) -> int | None:
    """The site that a way of a step "site" stands for."""
    head, _dash, pk = branch.partition("-")
    return whole(pk) if head == "site" else None


def takes(kind: str, branch: str) -> bool:
    """May this way lead on from a step of this kind?"""
    return branch in SHAPES[kind].ways or (kind == K.SITE and site_of(branch) is not None)
