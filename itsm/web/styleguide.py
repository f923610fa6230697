"""Every component in every state on one page: for those who build pages, and for the accessibility tests.

Demo and DEBUG only.
"""

from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from itsm.core import chips, durations, now, tones
from itsm.core.paging import Page


class SampleForm(forms.Form):
    """One control of each kind, with one error and one hint."""

    title = forms.CharField(
        label=gettext_lazy("Sum it up in one sentence"), max_length=120, help_text=gettext_lazy("5 to 120 characters.")
    )
    since = forms.CharField(label=gettext_lazy("Since when?"))
    team = forms.ChoiceField(
        label=gettext_lazy("Team"), choices=[("", "—"), ("N1-CDS", "N1-CDS"), ("N2-RES", "N2-RES")], required=False
    )
    urgency = forms.ChoiceField(
        label=gettext_lazy("Does it stop you from working?"), widget=forms.RadioSelect,
        choices=[("1", gettext_lazy("Yes, I am stopped")), ("2", gettext_lazy("In part")), ("3", gettext_lazy("No"))],
    )  # fmt: skip
    details = forms.CharField(label=gettext_lazy("Details"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    tell = forms.BooleanField(label=gettext_lazy("Tell me by e-mail"), required=False)

    def clean_since(self):
        raise forms.ValidationError(_("This time is still to come. Give one that has passed, such as “today 08:00”."))


@login_required
@require_GET
def styleguide(request):
    """The page of all components."""
    at = now()
    form = SampleForm(
        {"title": _("The printer on the 4th floor is silent"), "since": _("tomorrow 08:00"), "urgency": "2"}
    )
    return render(
        request,
        "itsm_web/styleguide.html",
        {
            "priorities": [chips.priority_chip(p) for p in tones.PRIORITY],
            "phases": _samples(tones.PHASE, _phase_names()),
            "ci_states": _samples(tones.CI_STATE, _ci_names()),
            "clocks": _clocks(),
            "dues": [
                chips.due_chip("running", durations.short(23220), at + timedelta(seconds=23220)),
                chips.due_chip("warning", durations.short(1500), at + timedelta(seconds=1500)),
                chips.due_chip("breached", durations.until(at - timedelta(minutes=22), at), at - timedelta(minutes=22)),
                chips.due_chip("paused", _("on hold")),
            ],
            "lines": _lines(at),
            "form": form,
            "facets": [
                {
                    "name": "phase", "label": _("Phase"),
                    "options": [
                        {"value": "open", "label": _("Open"), "count": 29, "checked": True},
                        {"value": "waiting", "label": _("Waiting"), "count": 13, "checked": False},
                    ],
                }
            ],
            "tabs": [
                {"url": "?", "label": _("Open"), "count": 42, "current": True},
                {"url": "?tab=mine", "label": _("Mine"), "count": 14, "current": False},
                {"url": "?tab=vip", "label": "VIP", "count": 3, "current": False, "symbol": "star"},
            ],
            "page": Page(rows=[], next="after", previous="before"),
        },
    )  # fmt: skip


def _samples(table: dict, names: dict) -> list:
    return [chips.chip(tone, symbol, names[value]) for value, (tone, symbol) in table.items()]


def _phase_names() -> dict:
    return {"open": _("Open"), "waiting": _("Waiting"), "resolved": _("Resolved"), "closed": _("Closed")}


def _ci_names() -> dict:
    return {
        "up": _("In service"), "degraded": _("Degraded"), "down": _("Down"),
        "maintenance": _("Maintenance"), "unknown": _("Unknown"),
    }  # fmt: skip


def _clocks() -> list[dict]:
    states = [
        ("running", durations.short(23220), _("left"), 19), ("warning", durations.short(2280), _("left"), 84),
        ("breached", f"− {durations.short(1320)}", "", 100), ("paused", _("On hold"), "", 46),
        ("met", _("Met"), "", 60), ("missed", _("Missed"), "", 100),
    ]  # fmt: skip
    return [
        {
            "tone": tones.CLOCK[state][0],
            "symbol": tones.CLOCK[state][1],
            "value": value,
            "words": words,
            "percent": percent,
        }
        for state, value, words, percent in states
    ]


def _lines(at) -> list[SimpleNamespace]:
    said = {"kind": "comment", "verb": "", "sentence": "", "icon": ""}
    return [
        SimpleNamespace(
            **said,
            at=at,
            author="Samir Benali",
            initials="SB",
            public=False,
            body=_("The tablespace waits for a recovery."),
        ),
        SimpleNamespace(
            kind="entry", at=at, sentence=_("Escalated to the third level."), icon="arrow-up-right", public=True
        ),
        SimpleNamespace(
            **said,
            at=at,
            author="Léa Morel",
            initials="LM",
            public=True,
            body=_("Your entries are saved; next news at 11:00."),
        ),
    ]
