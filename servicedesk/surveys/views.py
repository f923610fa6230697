"""The survey behind a signed link: one page, no login, no score chosen for the person."""

from django import forms
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify.messages import language_of

from . import services

FACES = [(1, _("Very bad")), (2, _("Bad")), (3, _("Fair")), (4, _("Good")), (5, _("Very good"))]


class SurveyForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("How did we do?"),
        choices=FACES,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a score from 1 to 5.")},
    )
    comment = forms.CharField(
        label=_("What could we do better?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control ta"}),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request, token):
    """Show the question; take the answer. A link in the mail may carry the score: it is shown, and sent by the person."""
    survey = services.find(token)
    with override(request.LANGUAGE_CODE if request.user.is_authenticated else language_of(survey.person)):
        shown = request.GET.get("score")
        initial = {
            "score": shown if shown in {"1", "2", "3", "4", "5"} else survey.score,
            "comment": survey.comment,
        }
        form = SurveyForm(request.POST or None, initial=initial)
        status, thanked = 200, False
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    services.answer(survey.pk, **form.cleaned_data)
                    status, thanked = 200, True
                except DomainError as error:
                    form.add_error(None, str(error))
        context = {
            "survey": survey,
            "record": survey.record,
            "form": form,
            "thanked": thanked,
            "taken": services.is_taken(survey, now()) and not thanked,
            "closed": services.is_closed(survey, now()) and not thanked,
        }
        return render(request, "servicedesk/surveys/answer.html", context, status=status)
