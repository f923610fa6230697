"""Clocks counted again: what would change first, then for good."""

from django import forms
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itsm.calendars.models import Calendar
from itsm.core import durations
from itsm.levels import agreements as engine
from itsm.records import clockface, processes, repairing

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
            ("", _("any")),
            *((rule.code, f"{rule.code} {rule.name}") for rule in engine.rules.get()),
        ]
        self.fields["calendar"].choices = [
            ("", _("any")),
            *((str(pk), code) for pk, code in Calendar.objects.order_by("code").values_list("pk", "code")),
        ]
        self.fields["kind"].choices = [("", _("any")), *((p.kind, p.label_plural) for p in processes.all_processes())]

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
            data["days"] or 0,
        )


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
        rows = repairing.chosen(request.user, form.choice(), how)
        if request.POST.get("act") == "apply":
            token = repairing.begin(
                [row.pk for row in rows], how, actor=request.user, reason=form.cleaned_data["reason"].strip()
            )
            return redirect("web:repair-progress", token=token)
        context |= _shown(list(repairing.dry_run(rows, how)), len(rows))
    return render(request, PAGE + "repair.html", context, status=422 if posted and not form.is_valid() else 200)


def _shown(found: list, total: int) -> dict:
    touched = [(record, lines) for record, lines in found if lines]
    lines = [
        {
            "number": record.number, "name": clockface.name_of(each.clock), "old": _words(each.old), "new": _words(each.new),
            "flips": each.old[2] != each.new[2],
        }
        for record, lines in touched for each in lines
    ][:SHOWN]  # fmt: skip
    return {"tried": True, "total": total, "touched": len(touched), "lines": lines, "capped": total >= repairing.MOST}


def _words(state: tuple) -> dict:
    elapsed, target, met, due = state
    kept = {True: _("kept"), False: _("missed")}.get(met, "")
    return {
        "elapsed": durations.hours(elapsed),
        "target": durations.hours(target) if target else _("planned"),
        "met": kept,
        "due": durations.moment(due),
    }


@administrators_only
@require_GET
def progress(request, token):
    """How far it has come; a fragment for the page that asks again."""
    found = repairing.progress(token)
    if found is None:
        raise Http404
    context = {
        "run": found,
        "over": found["done"] >= found["total"],
        "token": token,
        "share": 100 * found["done"] // (found["total"] or 1),
    }
    return render(request, PAGE + ("_progress.html" if request.htmx else "progress.html"), context)
