from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from itsm.people.models import User

from . import rhythm
from .models import Rhythm


class RhythmForm(forms.Form):
    """When a person's mails leave."""

    digest = forms.ChoiceField(label=_("Mails leave"), choices=Rhythm.Digest.choices)
    digest_hour = forms.TypedChoiceField(
        label=_("The mail of the day comes at"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)]
    )
    group_minutes = forms.TypedChoiceField(
        label=_("What happens on one ticket within"),
        coerce=int,
        help_text=_("The first mail leaves at once, what follows in one."),
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_("Mails of these hours leave when they end."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group_minutes"].choices = [
            (n, ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n} if n else _("each by itself"))
            for n in rhythm.GROUP_CHOICES
        ]

    @classmethod
    def of(cls, user: User, data=None) -> "RhythmForm":
        """As the person chose it so far."""
        chosen = rhythm.rhythm_of(user)
        return cls(data, initial={name: getattr(chosen, name) for name in cls.base_fields})

    def clean(self):
        given = super().clean()
        if not self.errors and (given["quiet_from"] is None) != (given["quiet_until"] is None):
            self.add_error("quiet_from", _("Give both when the quiet hours begin and when they end, or neither."))
        return given
