"""The form of an answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .services import LONGEST


class AnswerForm(forms.Form):
    """Yes or no by the button that was pressed; a no says why."""

    reason = forms.CharField(
        label=_("Reason or remark"), max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed to refuse; the requester will read it."),
    )  # fmt: skip

    def clean(self):
        data = super().clean() or {}
        if self.data.get("answer") not in ("approve", "refuse"):
            raise forms.ValidationError(_("Approve or refuse."))
        data["approve"] = self.data["answer"] == "approve"
        if not data["approve"] and not data.get("reason", "").strip():
            self.add_error("reason", _("Say why you refuse."))
        return data
