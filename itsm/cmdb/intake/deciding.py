"""What is to become of a candidate: add, change, nothing new, ambiguous, refused; with the reason in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import override

from itsm.core.errors import DomainError
from itsm.core.folding import fold

from ..classes import ClassSpec, classes, validate
from ..models import Claim, ConfigurationItem, DataSource, IntakeRow
from .candidates import ATTRIBUTE, COLUMNS, Candidate
from .differences import FOREIGN, flat
from .identifying import Match, identify
from .naming import Naming, known_by_code
from .precedence import EMPTY, claims_on, judge
from .reasons import Reason, Refused

D = IntakeRow.Decision
LONGEST_TEXT = 10_000
YES, NO = {"1", "true", "yes", "oui", "vrai", "x", "y", "o"}, {"0", "false", "no", "non", "faux", "n"}


@dataclass
class Decision:
    """Of one candidate. `said` is what its source says, in the terms of the item (ids instead of codes)."""

    decision: str
    reason: str = ""
    item: ConfigurationItem | None = None
    changes: dict[str, list] = field(default_factory=dict)
    kept: dict[str, list] = field(default_factory=dict)
    options: list[int] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)
    by: tuple[str, ...] = ()


def decide(
    candidates: Sequence[Candidate],
    source: DataSource,
    *,
    within: frozenset[int] | None = None,
    chosen: Sequence[int | None] | None = None,
    coming: dict[str, set[str]] | None = None,
    lock: bool = False,
    actor=None,
) -> list[Decision]:
    """One decision each. `within` are the organisations that may be written to (None: all).

    `coming` are codes of organisations and sites that the same delivery adds: in a preview they are not there yet.
    `lock`: the items that are meant are locked, in the order of their ids, and judged as they are then.
    `actor` is the person who sends it, for the people whom it may name.
    `chosen` names the item that a person said is meant (0: a new one); None leaves it to the keys.
    """
    said: list[dict | Refused] = []
    naming = Naming(candidates, source, within, actor)
    for candidate in candidates:
        try:
            said.append(_said(candidate, source, naming, coming or {}))
        except Refused as why:
            said.append(why)
    places = [_place(candidate, view, within) for candidate, view in zip(candidates, said, strict=True)]
    matches = identify(candidates, source, places)
    picked = list(chosen) if chosen else [None] * len(candidates)
    wanted = [pk for pk in picked if pk]
    items = {item.pk: item for item in ConfigurationItem.objects.filter(pk__in=wanted)} if wanted else {}
    for n, pk in enumerate(picked):
        if pk is not None:
            matches[n] = Match(items.get(pk), ("person",)) if pk else Match()
    if lock:
        _lock(matches, candidates, source)
    claims = claims_on([m.item.pk for m in matches if m.item])
    return [
        Decision(D.REJECT, view.reason, options=_meant(match, within))
        if isinstance(view, Refused)
        else _refuse_foreign(match, within, view)
        or _decide(candidate, source, view, match, claims.get(match.item.pk, {}) if match.item else {})
        for candidate, view, match in zip(candidates, said, matches, strict=True)
    ]


def _lock(matches: list[Match], candidates: Sequence[Candidate], source: DataSource) -> None:
    """Also the items from which a key of the source moves away: their claims are written, too."""
    external = [c.external_id for c in candidates if c.external_id]
    wanted = {m.item.pk for m in matches if m.item}
    wanted |= set(Claim.objects.filter(source=source, external_id__in=external).values_list("item_id", flat=True))
    rows = ConfigurationItem.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    fresh = {item.pk: item for item in rows}
    for match in matches:
        match.item = fresh.get(match.item.pk) if match.item else None


def _meant(match: Match, within: frozenset[int] | None) -> list[int]:
    """A refused row still speaks of its item: that is not missing."""
    item = match.item
    return [item.pk] if item and (within is None or item.organisation_id in within) else []


def _place(candidate: Candidate, said, within: frozenset[int] | None) -> frozenset[int | None] | None:
    """Where its name means something: in the organisation that it names, else wherever the delivery may write."""
    if isinstance(said, dict) and "organisation" in candidate.values:
        owner = said.get("organisation")
        return frozenset([owner if isinstance(owner, int) else -1])
    return within


def _refuse_foreign(match: Match, within: frozenset[int] | None, said: dict) -> Decision | None:
    """Keys may lead to what belongs to others: it is neither changed nor shown."""
    if within is None or match.item is None or match.item.organisation_id in within:
        return None
    return Decision(D.REJECT, Reason("foreign_item"), said=said)


def _decide(candidate: Candidate, source: DataSource, said: dict, match: Match, claims: dict) -> Decision:
    if match.is_unclear:
        text = Reason("several_meant")
        return Decision(D.AMBIGUOUS, text, options=match.rivals, said=said)
    if match.item is None:
        return _new(candidate, source, said, match)
    item = match.item
    if item.status == ConfigurationItem.Status.RETIRED and match.by == ("person",):
        # It comes back; what else the source says is taken with its next delivery.
        return Decision(D.UPDATE, "", item, {"status": [item.status, ConfigurationItem.Status.LIVE]}, by=match.by)
    if item.status == ConfigurationItem.Status.RETIRED and said.get("status") == ConfigurationItem.Status.RETIRED:
        return Decision(D.SAME, "", item, said={"status": item.status}, by=match.by)
    if item.status == ConfigurationItem.Status.RETIRED:
        text = Reason("retired_but_seen", name=item.name)
        return Decision(D.AMBIGUOUS, text, item=item, options=[item.pk], said=said, by=match.by)
    more_telling = candidate.ci_class != item.ci_class and item.ci_class in classes.get()[candidate.ci_class].lineage
    spec = classes.get()[candidate.ci_class if more_telling else item.ci_class]
    # Where new ones go is no word about those that are there.
    left_out = () if "organisation" in candidate.values else ("organisation",)
    said = {
        n: v
        for n, v in said.items()
        if n not in left_out and (not n.startswith(ATTRIBUTE) or n.removeprefix(ATTRIBUTE) in spec.properties)
    }
    verdict = judge(spec.code, flat(item), said, source.pk, claims, partial=candidate.is_partial)
    if more_telling:
        verdict.changes["ci_class"] = [item.ci_class, candidate.ci_class]
    if verdict.changes:
        after = attributes_after(item, verdict.changes)
        try:
            validate(spec.code, after)
        except DomainError as error:
            return Decision(D.REJECT, _why(error, spec, after), item=item, said=said, by=match.by)
    decision = D.UPDATE if verdict.changes else D.SAME
    return Decision(decision, "", item, verdict.changes, verdict.kept, said=said, by=match.by)


def _new(candidate: Candidate, source: DataSource, said: dict, match: Match) -> Decision:
    if match.namesake:
        text = Reason("namesake", name=match.namesake.name)
        return Decision(D.AMBIGUOUS, text, options=[match.namesake.pk], said=said)
    if not source.may_create:
        return Decision(D.REJECT, Reason("no_adding"), said=said)
    if not said.get("name"):
        return Decision(D.REJECT, Reason("no_name"), said=said)
    if match.is_key_taken:
        return Decision(D.REJECT, Reason("key_taken", key=candidate.key), said=said)
    changes = {name: [None, value] for name, value in said.items() if value not in EMPTY}
    changes |= {"key": [None, candidate.key]} if candidate.key else {}
    after = attributes_after(None, changes)
    try:
        validate(candidate.ci_class, after)
    except DomainError as error:
        return Decision(D.REJECT, _why(error, classes.get()[candidate.ci_class], after), said=said)
    return Decision(D.CREATE, "", changes={"ci_class": [None, candidate.ci_class]} | changes, said=said)


def _why(error: DomainError, spec: ClassSpec, attributes: dict) -> str:
    """What the class refuses, to be said in anybody's language."""
    if error.field != "attributes":
        return str(error)
    return Reason("invalid", ci_class=spec.code, attributes=attributes)


def attributes_after(item: ConfigurationItem | None, changes: dict[str, list]) -> dict:
    """The attributes of an item once the changes are made; what is emptied goes."""
    after = dict(item.attributes) if item else {}
    for name, (_old, new) in changes.items():
        if name.startswith(ATTRIBUTE):
            bare = name.removeprefix(ATTRIBUTE)
            if new in EMPTY:
                after.pop(bare, None)
            else:
                after[bare] = new
    return after


def _said(candidate: Candidate, source: DataSource, naming: Naming, coming: dict[str, set[str]]) -> dict[str, Any]:
    """The candidate's values as an item holds them. Refused names the value that cannot be understood."""
    if candidate.fault:
        raise Faulty(candidate.fault)
    spec = classes.get().get(candidate.ci_class)
    if not candidate.ci_class:
        raise Refused("class_missing")
    if spec is None or spec.abstract:
        raise Refused("no_class", code=candidate.ci_class)
    said: dict[str, Any] = {}
    for name, value in candidate.values.items():
        if name in COLUMNS and isinstance(value, dict | list):
            raise Refused("one_value", field=name)
        if name.startswith(ATTRIBUTE):
            bare = name.removeprefix(ATTRIBUTE)
            if bare in spec.references and value not in EMPTY:
                said[name] = naming.reference(spec, bare, value)
            elif bare in spec.properties:
                said[name] = cast(spec, bare, value)
        elif name in FOREIGN:
            is_coming = value in coming.get(name, ()) and not known_by_code(name, value)
            said[name] = value if is_coming else naming.find(name, value)
        elif name in COLUMNS:
            said[name] = _column(name, value)
    if said.get("organisation") is None and source.organisation_id:
        said["organisation"] = source.organisation_id
    owner = said.get("organisation")
    if naming.within is not None and owner not in naming.within and not isinstance(owner, str):
        raise Refused("foreign_organisation")
    return said


class Faulty(Refused):
    """What the reader of the file said already."""

    def __init__(self, text: str):
        Exception.__init__(self, text)
        self.reason = text


def _column(name: str, value) -> Any:
    if name == "end_of_support_on":
        return day_of(value)
    text = "" if value is None else " ".join(str(value).split())
    if name == "criticality":
        if text and text not in ("1", "2", "3", "4"):
            raise Refused("criticality")
        return int(text) if text else None
    if name == "status" and text and text not in ConfigurationItem.Status.values:
        return _status(text)
    limit = ConfigurationItem._meta.get_field(name).max_length
    if len(text) > limit:
        raise Refused("too_long", text=text[:30], limit=limit)
    return text


def _status(text: str) -> str:
    """A status by its word in either language."""
    for language, _name in settings.LANGUAGES:
        with override(language):
            for value, label in ConfigurationItem.Status.choices:
                if fold(str(label)) == fold(text):
                    return value
    raise Refused("no_status")


def day_of(value) -> str | None:
    """A day as ISO text. Refused when it is none."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value or "").strip()
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    raise Refused("no_date", text=text[:30])


def cast(spec: ClassSpec, name: str, value) -> Any:
    """The value as the attribute's type wants it: files only know texts. Refused when it cannot be."""
    if value in EMPTY:
        return None
    about = spec.properties[name]
    kinds = about.get("type", "string")
    kind = next((k for k in ([kinds] if isinstance(kinds, str) else kinds) if k != "null"), "string")
    text = value.strip() if isinstance(value, str) else value
    try:
        if kind == "boolean" and not isinstance(text, bool):
            folded = str(text).casefold()
            return True if folded in YES else False if folded in NO else _no(spec, name, value)
        if kind == "integer" and not isinstance(text, bool):
            number = float(str(text).replace(" ", "").replace("\u202f", "").replace(",", "."))
            return int(number) if number == int(number) else _no(spec, name, value)
        if kind == "number" and not isinstance(text, bool):
            number = float(str(text).replace(" ", "").replace("\u202f", "").replace(",", "."))
            return number if math.isfinite(number) else _no(spec, name, value)
    except (ValueError, OverflowError, ArithmeticError):
        return _no(spec, name, value)
    if kind == "array" and isinstance(text, str):
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind == "string":
        if about.get("format") == "date":
            return day_of(value)
        if len(str(text)) > LONGEST_TEXT:
            raise Refused("too_long", text=str(text)[:30], limit=LONGEST_TEXT)
        return _choice(spec, name, str(text))
    return value


def _choice(spec: ClassSpec, name: str, text: str) -> str:
    """A choice by its code or by its word in either language."""
    for code in spec.properties[name].get("enum", ()):
        words = {spec.properties[name].get(f"x-words-{language}", {}).get(str(code), "") for language in ("fr", "en")}
        if text.casefold() in {str(code).casefold(), *(word.casefold() for word in words if word)}:
            return code
    return text


def _no(spec: ClassSpec, name: str, value):
    raise Refused("no_value", ci_class=spec.code, attribute=name, value=str(value)[:40])
