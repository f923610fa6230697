"""The form of an agreement with its matrix of targets, and the imagined ticket of the simulator."""

from collections.abc import Collection

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.calendars.models import Calendar
from itsm.core import now
from itsm.core.reachable import MESSAGE, is_reachable
from itsm.levels import lengths
from itsm.levels.models import Agreement, Kind, Metric, OnChange, OnReopen, Starts
from itsm.levels.services import PROMISES, Terms
from itsm.people.directory import directory
from itsm.records import processes, reference, simulating

from .phrases import service_names
from .termsform import TermsRows

PRIORITIES = (0, 1, 2, 3, 4, 5)
MIXED = "mixed"
PLANNED = {"planned", "planifié", "planifie", "-", "—"}
NUMBERS = ("organisation", "service", "category", "team", "level", "supplier", "calendar")


def number(label, **more) -> forms.TypedChoiceField:
    """A choice of one row by its key."""
    return forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label=label, **more)


class AgreementForm(forms.Form):
    code = forms.RegexField(
        r"^[A-Za-z0-9_-]+$", max_length=40, label=gettext_lazy("Code"),
        error_messages={"invalid": gettext_lazy("Letters, digits, - and _ only.")},
    )  # fmt: skip
    kind = forms.ChoiceField(choices=Kind.choices, label=pgettext_lazy("agreement", "Kind"))
    name_fr = forms.CharField(max_length=120, label=gettext_lazy("Name in French"))
    name_en = forms.CharField(max_length=120, label=gettext_lazy("Name in English"))
    organisation = number(gettext_lazy("Users of"))
    service = number(gettext_lazy("Service"))
    category = number(gettext_lazy("Category"))
    record_kind = forms.ChoiceField(required=False, label=gettext_lazy("Kind of record"))
    vip = forms.ChoiceField(required=False, label=gettext_lazy("VIP"))
    team = number(gettext_lazy("Team (OLA)"))
    level = number(gettext_lazy("Every team of a level (OLA)"))
    supplier = number(gettext_lazy("Supplier (contract)"))
    calendar = number(gettext_lazy("Calendar"))
    valid_from = forms.DateField(
        required=False,
        label=gettext_lazy("In force from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    valid_until = forms.DateField(
        required=False,
        label=gettext_lazy("Until (included)"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    starts = forms.ChoiceField(
        choices=Starts.choices, label=gettext_lazy("Counts from"), required=False,
        help_text=gettext_lazy("What needs no approval counts from the opening in any case; an OLA waits for the approval in any case."),
    )  # fmt: skip
    on_change = forms.ChoiceField(choices=OnChange.choices, label=gettext_lazy("When priority or agreement change"))
    on_reopen = forms.ChoiceField(choices=OnReopen.choices, label=gettext_lazy("When reopened"))
    active = forms.BooleanField(required=False, label=gettext_lazy("In force"))

    def __init__(self, data=None, *, agreement: Agreement | None = None, terms: Terms | None = None, kind: str = ""):
        given = (
            terms.values
            if terms
            else {
                "kind": kind if kind in Kind.values else "sla",
                "on_change": "retroactive",
                "on_reopen": "continue",
                "starts": "opening",
                "active": True,
            }
        )
        initial = given | {name: given.get(f"{name}_id", given.get(name)) for name in NUMBERS}
        initial["vip"] = {True: "yes", False: "no"}.get(given.get("vip"), "")
        super().__init__(data, initial=initial)
        self.agreement, self.terms_before = agreement, terms
        self.calendars = list(Calendar.objects.order_by("code").values_list("pk", "code"))
        self._offer()
        self.kind = Kind((data or given).get("kind")) if (data or given).get("kind") in Kind.values else Kind.SLA
        self.metrics = PROMISES[self.kind]
        self.wrong: dict[str, str] = {}
        self.obeys = TermsRows(data, terms.conditions if terms else {}, self.metrics)

    def _offer(self) -> None:
        book, anyone, fields = directory.get(), [("", _("no matter"))], self.fields
        orgs = [(o.pk, o.name) for o in book.organisations.values()]
        fields["organisation"].choices = [
            *anyone,
            *((o.pk, o.name) for o in book.organisations.values() if o.kind != "supplier"),
        ]
        fields["supplier"].choices = (
            [("", "—"), *((o.pk, o.name) for o in book.organisations.values() if o.kind == "supplier")]
            if orgs
            else [("", "—")]
        )
        fields["service"].choices = [*anyone, *service_names().items()]
        fields["category"].choices = [
            *anyone,
            *((row.pk, reference.category_path(row.pk)) for row in reference.categories.get().values()),
        ]
        fields["record_kind"].choices = [*anyone, *((p.kind, p.label_plural) for p in processes.all_processes())]
        fields["vip"].choices = [*anyone, ("yes", _("only VIP")), ("no", _("all but VIP"))]
        fields["team"].choices = [("", "—"), *((t.pk, t.code) for t in book.teams.values())]
        fields["level"].choices = [("", "—"), *((n, str(n)) for n in range(4))]
        fields["calendar"].choices = [("", _("that of the organisation")), *self.calendars]

    def matrix(self) -> list[dict]:
        """Rows of the table of targets: what was typed, else what is saved."""
        saved = self.terms_before.targets if self.terms_before else {}
        rows = []
        for n in PRIORITIES:
            cells, own = [], {calendar for (p, _m), (_s, calendar) in saved.items() if (p or 0) == n}
            for metric in self.metrics:
                name = f"t-{n}-{metric.value}"
                found = saved.get((n or None, metric.value))
                text = (
                    self.data.get(name, "")
                    if self.is_bound
                    else ("" if found is None else lengths.written(found[0]) or _("planned"))
                )
                cells.append({"name": name, "text": text, "metric": metric.label, "wrong": self.wrong.get(name, "")})
            chosen = (
                self.data.get(f"c-{n}", "")
                if self.is_bound
                else MIXED
                if len(own) > 1
                else str(next(iter(own), None) or "")
            )
            rows.append({"n": n, "cells": cells, "calendar": chosen, "mixed": len(own) > 1})
        return rows

    def clean_starts(self) -> str:
        return self.cleaned_data["starts"] or self.initial.get("starts") or Starts.OPENING.value

    def clean(self):
        data = super().clean()
        saved, self.targets = self.terms_before.targets if self.terms_before else {}, {}
        known = {str(pk): pk for pk, _code in self.calendars}
        for n in PRIORITIES:
            for metric in self.metrics:
                name, key = f"t-{n}-{metric.value}", (n or None, metric.value)
                text = self.data.get(name, "").strip()
                if not text:
                    continue
                of_row = self.data.get(f"c-{n}", "")
                calendar = saved.get(key, (None, None))[1] if of_row == MIXED else known.get(of_row)
                if text.lower() in PLANNED:
                    self.targets[key] = (None, calendar)
                    continue
                try:
                    self.targets[key] = (lengths.parse(text), calendar)
                except ValueError:
                    self.wrong[name] = text
        if self.wrong:
            raise forms.ValidationError(
                _("Targets are written as 4 h, 1 h 30, 20 min or 2 days: %(wrong)s")
                % {"wrong": ", ".join(self.wrong.values())}
            )
        self.conditions = self.obeys.terms()
        if self.obeys.wrong:
            raise forms.ValidationError(
                _("Some conditions are not understood: %(wrong)s") % {"wrong": " ".join(self.obeys.wrong.values())}
            )
        return data

    def terms(self) -> Terms:
        """What was typed, checked as far as a form can."""
        data = dict(self.cleaned_data)
        for name in NUMBERS:
            if name != "level":
                data[f"{name}_id"] = data.pop(name)
        data["vip"] = {"yes": True, "no": False}.get(data["vip"])
        return Terms(data, self.targets, self.conditions)


def _check_reachable(at) -> None:
    if not is_reachable(at):
        raise forms.ValidationError(MESSAGE)


class TicketForm(forms.Form):
    """A ticket that does not exist."""

    opened = forms.DateTimeField(
        label=gettext_lazy("Opened"),
        validators=[_check_reachable],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    priority = forms.TypedChoiceField(
        coerce=int, choices=[(n, f"P{n}") for n in range(1, 6)], label=gettext_lazy("Priority")
    )
    organisation = forms.TypedChoiceField(coerce=int, label=gettext_lazy("Organisation"))
    service = number(gettext_lazy("Service"))
    category = number(gettext_lazy("Category"))
    team = number(gettext_lazy("Team"))
    vip = forms.BooleanField(required=False, label=gettext_lazy("VIP requester"))

    def __init__(self, data=None, *, user, known: Collection[int] | None = None):
        """`known`: the organisations that the reader may name, with their teams and services; all of them unless given."""
        start = {"opened": timezone.localtime(now()), "priority": 3, "organisation": user.organisation_id}
        super().__init__(data, initial=start, prefix="sim")
        book = directory.get()

        def offered(rows):
            return [row for row in rows if known is None or row.organisation_id in known]

        self.fields["organisation"].choices = [
            (o.pk, o.name)
            for o in book.organisations.values()
            if o.kind != "supplier" and (known is None or o.pk in known)
        ]
        services = service_names() if known is None else service_names(user)
        self.fields["service"].choices = [("", "—"), *services.items()]
        categories = [
            row for row in reference.categories.get().values() if row.organisation_id is None or offered([row])
        ]
        self.fields["category"].choices = [
            ("", "—"),
            *((row.pk, reference.category_path(row.pk)) for row in categories),
        ]
        self.fields["team"].choices = [("", "—"), *((t.pk, t.code) for t in offered(book.teams.values()))]

    def promised(self) -> list[dict]:
        """What would hold for it, in words (`simulating.simulate`)."""
        data = self.cleaned_data
        team = directory.get().teams.get(data["team"])
        given = simulating.facts(
            organisation_id=data["organisation"], priority=data["priority"], at=data["opened"], service_id=data["service"],
            category_id=data["category"], vip=data["vip"], team_id=data["team"], level=team.level if team else None,
        )  # fmt: skip
        return simulating.simulate(given, data["opened"])


def metric_labels(metrics) -> list[str]:
    """The heads of the table of targets."""
    return [Metric(metric).label for metric in metrics]
