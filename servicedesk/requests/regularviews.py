"""Regular orders on the portal: begin one from a request, see them, stop one."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import durations
from itsm.core.errors import DomainError
from itsm.people.directory import names_of

from ..desk.fields import style
from . import regular
from .models import RegularOrder, Request

PAGE = "servicedesk/requests/"
Rhythm = RegularOrder.Rhythm


class RhythmForm(forms.Form):
    """How often. What a rhythm does not ask for is passed over."""

    rhythm = forms.ChoiceField(label=gettext_lazy("How often"), choices=Rhythm.choices, initial=Rhythm.MONTHLY_WEEKDAY)
    place = forms.TypedChoiceField(
        label=gettext_lazy("Which one of the month"), coerce=int, required=False, initial=1, empty_value=None,
        choices=[
            (1, gettext_lazy("The first")), (2, gettext_lazy("The second")), (3, gettext_lazy("The third")),
            (4, gettext_lazy("The fourth")), (5, gettext_lazy("The last")),
        ],
    )  # fmt: skip
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Weekday"), coerce=int, required=False, initial=0, empty_value=None,
        choices=[(key, name) for key, name in WEEKDAYS.items()],
    )  # fmt: skip
    day = forms.IntegerField(label=gettext_lazy("Day of the month"), required=False, min_value=1, max_value=31)
    starts_on = forms.DateField(
        label=pgettext_lazy("date", "From"), required=False, help_text=gettext_lazy("Empty: from today on."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    ends_on = forms.DateField(
        label=pgettext_lazy("date", "Until"), required=False, help_text=gettext_lazy("Empty: until you stop it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        style(self)

    def clean(self):
        data = super().clean()
        asked = {
            Rhythm.WEEKLY: ["weekday"], Rhythm.MONTHLY_WEEKDAY: ["weekday", "place"], Rhythm.MONTHLY_DAY: ["day"],
        }.get(data.get("rhythm"), [])  # fmt: skip
        for name in asked:
            if data.get(name) is None and name not in self.errors:
                self.add_error(name, _("This rhythm needs it."))
        return data


@login_required
@require_http_methods(["GET", "POST"])
def new(request, number):
    """Order again, by a rhythm, what this request ordered."""
    own = Request.objects.filter(Q(requester=request.user) | Q(opened_by=request.user))
    like = get_object_or_404(own.select_related("item_version__item", "requester"), number=number)
    if like.item_version is None or not like.item_version.item.repeatable:
        raise Http404
    form = RhythmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = regular.begin(
                actor=request.user, item=like.item_version.item, requester=like.requester, answers=like.answers,
                quantity=like.quantity, **form.cleaned_data,
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            when = durations.day_and_time(made.next_at)
            messages.success(request, _("It is ordered regularly: the next time on %(when)s.") % {"when": when})
            return redirect("portal:regular")
    context = {"form": form, "like": like, "item": like.item_version.item}
    return render(request, PAGE + "regular_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def listed(request):
    """What is ordered by itself for me, or by me for others."""
    mine = RegularOrder.objects.filter(Q(owner=request.user) | Q(requester=request.user))
    found = list(mine.select_related("item", "requester").order_by("stopped_at", "pk")[:100])
    people = names_of({each.requester_id for each in found} - {request.user.pk})
    rows = [
        {"order": each, "words": regular.in_words(each), "other": people.get(each.requester_id, "")} for each in found
    ]
    return render(request, PAGE + "regular.html", {"rows": rows})


@login_required
@require_POST
def stop(request, pk):
    """Nothing more by this rhythm."""
    mine = RegularOrder.objects.filter(Q(owner=request.user) | Q(requester=request.user))
    regular.stop(get_object_or_404(mine, pk=pk), actor=request.user)
    messages.success(request, _("It is stopped: nothing more is ordered by itself."))
    return redirect("portal:regular")
