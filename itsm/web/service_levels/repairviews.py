"""Clocks counted again: what would change first, then for good."""

from datetime import timedelta

from django import forms
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from itsm.calendars.models import Calendar
from itsm.core import durations, now
from itsm.levels import agreements as engine
from itsm.levels.models import Clock
from itsm.records import clockface, processes, repairing, repairruns
from itsm.records.models import Repair
from itsm.records.wording import instant

from .guard import administrators_only

PAGE = "itsm_web/levels/"
SHOWN = 100


class RepairForm(forms.Form):
    how = forms.ChoiceField(
        label=gettext_lazy("What"), widget=forms.RadioSelect, initial=repairing.COUNT,
        choices=[
            (repairing.COUNT, gettext_lazy("Count again in the calendars as they are now, settled results included")),
            (repairing.CHOOSE, gettext_lazy("Choose the agreement again for what runs")),
        ],
    )  # fmt: skip
    numbers = forms.CharField(
        required=False, label=gettext_lazy("Numbers"), widget=forms.Textarea(attrs={"rows": 3}), max_length=60_000,
        help_text=gettext_lazy("Of records, as many as you like. Empty: by the filter below."),
    )  # fmt: skip
    agreement = forms.ChoiceField(required=False, label=gettext_lazy("Agreement"))
    calendar = forms.ChoiceField(required=False, label=gettext_lazy("Calendar"))
    kind = forms.ChoiceField(required=False, label=gettext_lazy("Kind of record"))
    days = forms.IntegerField(
        required=False, min_value=1, max_value=3650, label=gettext_lazy("Opened in the last days")
    )
    reason = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept in the history of each record."),
    )

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.fields["agreement"].choices = [
            ("", _("no matter")),
            *((rule.code, f"{rule.code} {rule.name}") for rule in engine.rules.get()),
        ]
        self.fields["calendar"].choices = [
            ("", _("no matter")),
            *((str(pk), code) for pk, code in Calendar.objects.order_by("code").values_list("pk", "code")),
        ]
        self.fields["kind"].choices = [
            ("", _("no matter")),
            *((p.kind, p.label_plural) for p in processes.all_processes()),
        ]

    def clean(self):
        data = super().clean()
        if self.data.get("act") == "apply" and not data.get("reason", "").strip():
            self.add_error("reason", _("Say why: it stays in the history of each record."))
        if data.get("numbers", "").strip() and not repairing.numbers_in(data["numbers"]):
            self.add_error("numbers", _("No number of a record is in this text."))
        return data

    def choice(self) -> repairing.Choice:
        """Which records are meant."""
        data = self.cleaned_data
        rule = next((each for each in engine.rules.get() if each.code == data["agreement"]), None)
        return repairing.Choice(
            tuple(repairing.numbers_in(data["numbers"])),
            rule,
            int(data["calendar"]) if data["calendar"] else None,
            data["kind"],
            now() - timedelta(days=data["days"]) if data["days"] else None,
        )


class ReasonForm(forms.Form):
    """Why, when what was tried is done for good."""

    reason = forms.CharField(
        max_length=200, label=gettext_lazy("Reason"), help_text=gettext_lazy("Kept in the history of each record."),
        error_messages={"required": gettext_lazy("Say why: it stays in the history of each record.")},
    )  # fmt: skip


@administrators_only
@require_http_methods(["GET", "POST"])
def repair(request):
    """The form; on POST the dry run, or the start of the repair."""
    posted = request.method == "POST"
    form = RepairForm(
        request.POST if posted else None,
        initial={"how": repairing.COUNT} | {k: v for k, v in request.GET.items() if k in RepairForm.base_fields},
    )
    context: dict = {"form": form}
    if posted and form.is_valid():
        how = form.cleaned_data["how"]
        choice, apply = form.choice(), request.POST.get("act") == "apply"
        rows = repairing.meant(request.user, choice, how).order_by("-id")[: repairruns.TRIED_AT_ONCE + 1]
        if apply or len(rows) > repairruns.TRIED_AT_ONCE:
            reason = form.cleaned_data["reason"].strip()
            run = repairruns.begin(choice, how, actor=request.user, reason=reason, dry=not apply)
            return redirect("web:repair-progress", token=run.token)
        wanted = repairing.fitting(list(rows), choice)
        context |= _shown(list(repairing.dry_run(wanted, how)), len(wanted))
    return render(request, PAGE + "repair.html", context, status=422 if posted and not form.is_valid() else 200)


def _shown(found: list, total: int) -> dict:
    touched = [(record, lines) for record, lines in found if lines]
    lines = [repairruns.kept(each) for _record, lines in touched for each in lines]
    return {"tried": True, "total": total, "touched": len(touched)} | _table(lines)


def _table(lines: list[dict]) -> dict:
    """The first lines, in words; `cut` when there are more."""
    shown = [
        {
            "number": each["number"], "old": _words(each["old"]), "new": _words(each["new"]), "flips": each["old"][2] != each["new"][2],
            "states": [Clock.State(state).label for state in each.get("states", ())], "obeys": each.get("obeys", False),
            "name": clockface.name_of(
                Clock(kind=each["kind"], metric=each["metric"], team_id=each["team"], agreement_id=each["agreement"])
            ),
        }
        for each in lines[:SHOWN]
    ]  # fmt: skip
    return {"lines": shown, "cut": len(lines) >= SHOWN and SHOWN}


def _words(state: list) -> dict:
    elapsed, target, met, due = state
    kept = {True: _("kept"), False: _("missed")}.get(met, "")
    return {
        "elapsed": durations.hours(elapsed),
        "target": durations.hours(target) if target else _("planned"),
        "met": kept,
        "due": durations.moment(instant(due)),
    }


@administrators_only
@require_http_methods(["GET", "POST"])
def progress(request, token):
    """How far it has come, a fragment for the page that asks again; on POST it is stopped, or goes on. Its own administrator's."""
    run = get_object_or_404(Repair, token=token, actor=request.user)
    over, act = run.ended_at is not None, request.POST.get("act", "")
    form = ReasonForm(request.POST if act == "apply" else None) if run.dry and over else None
    if request.method == "POST":
        choice = repairruns.choice_of(run)
        if form is None:
            (repairruns.resume if act == "resume" else repairruns.stop)(run, actor=request.user)
            return redirect("web:repair-progress", token=token)
        if form.is_valid() and choice is not None:
            run = repairruns.begin(choice, run.how, actor=request.user, reason=form.cleaned_data["reason"])
            return redirect("web:repair-progress", token=run.token)
    context = {"run": run, "over": over, "token": token, "share": run.share, "form": form} | _table(run.sample)
    template = "_progress.html" if request.htmx else "progress.html"
    return render(request, PAGE + template, context, status=422 if form and form.errors else 200)
