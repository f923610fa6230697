"""The form of a mailbox: where it is, what it opens, and its rules."""

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.gateway.permissions import highest_organisation
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import processes, reference

from .models import Mailbox
from .services import PLAIN

MEGABYTE = 1024 * 1024


class MailboxForm(forms.Form):
    """Everything that an administrator decides about a mailbox. `mailbox`: the one that is changed; its password may stay as it is."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("For example: Support, Lyon"))
    address = forms.EmailField(
        label=_("Address"), max_length=254, help_text=_("Under which people write; answers to our mails go there.")
    )
    host = forms.CharField(
        label=_("IMAP server"),
        max_length=253,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    security = forms.ChoiceField(label=_("Encryption"), choices=Mailbox.Security.choices)
    login = forms.CharField(label=_("Login"), max_length=254, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    password = forms.CharField(
        label=_("Password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    folder = forms.CharField(label=_("Folder that is collected"), max_length=200, initial="INBOX")
    processed_folder = forms.CharField(
        label=_("Folder for what is done"), max_length=200, required=False, initial="Vigie",
        help_text=_("Made when it is not there. Empty: mails stay where they are and are marked as read."),
    )  # fmt: skip
    quarantine_folder = forms.CharField(
        label=_("Folder for the quarantine"), max_length=200, required=False, initial="Vigie-quarantine",
        help_text=_("Empty: as what is done."),
    )  # fmt: skip

    organisation = forms.TypedChoiceField(
        label=_("Organisation"), coerce=int, help_text=_("Contacts that are made belong to it.")
    )
    kind = forms.ChoiceField(label=_("A mail opens"))
    team = forms.TypedChoiceField(
        label=_("Team"), coerce=int, empty_value=None, required=False, help_text=_("Empty: as routing says.")
    )
    category = forms.TypedChoiceField(label=_("Category"), coerce=int, empty_value=None, required=False)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=Mailbox._meta.get_field("language").choices,
        help_text=_("Of new contacts and of notes about mails."),
    )
    ended = forms.ChoiceField(
        label=_("A reply to a ticket that is solved"), choices=Mailbox.Ended.choices, initial=Mailbox.Ended.DAYS
    )
    ended_days = forms.IntegerField(label=_("For how many days"), min_value=0, max_value=365, initial=7)
    keep_assignee = forms.BooleanField(
        label=_("Who had it gets it back"),
        required=False,
        initial=True,
        help_text=_("Otherwise it comes back to the team."),
    )
    unknown = forms.ChoiceField(label=_("Unknown senders"), choices=Mailbox.Unknown.choices)
    machines = forms.ChoiceField(
        label=_("Mails of machines"),
        choices=Mailbox.Machines.choices,
        help_text=_("Automatic replies are left alone in any case."),
    )
    copies_follow = forms.BooleanField(
        label=_("Who gets a copy follows the ticket"),
        required=False,
        initial=True,
        help_text=_("Only people who may read it."),
    )
    most_an_hour = forms.IntegerField(
        label=_("Mails of one sender an hour, at most"), min_value=1, max_value=10_000, initial=30,
        help_text=_("What is more is kept, and nothing is done."),
    )  # fmt: skip
    most_of_domain = forms.IntegerField(
        label=_("Tickets of one domain an hour, at most"), min_value=1, max_value=100_000, initial=300,
        help_text=_("All senders behind the same @ together. What is more waits and is taken up by itself."),
    )  # fmt: skip
    most_of_box = forms.IntegerField(
        label=_("Tickets of this mailbox an hour, at most"), min_value=1, max_value=100_000, initial=600,
        help_text=_("All senders together. What is more waits and is taken up by itself; answers on a ticket do not wait."),
    )  # fmt: skip
    most_megabytes = forms.IntegerField(
        label=_("Largest mail (MB)"),
        min_value=1,
        max_value=200,
        initial=25,
        help_text=_("A larger one opens a ticket with a note."),
    )
    authserv = forms.CharField(
        label=_("Mail server whose checks are believed"), max_length=253, required=False,
        help_text=_("As it names itself in Authentication-Results. Senders that it found to be forged are kept in quarantine."),
    )  # fmt: skip

    def __init__(self, data=None, *, user, mailbox: Mailbox | None = None, **kwargs):
        super().__init__(data, **kwargs)
        scope, book, fields = scope_of(user), directory.get(), self.fields
        near = [o for o in book.organisations.values() if scope.everything or o.pk in scope.organisations]
        fields["organisation"].choices = [(o.pk, o.name) for o in near if o.kind != "supplier"]
        fields["kind"].choices = [(process.kind, process.label) for process in processes.all_processes()]
        teams = [t for t in book.teams.values() if scope.everything or t.organisation_id in scope.organisations]
        fields["team"].choices = [("", "—"), *sorted(((t.pk, t.name) for t in teams), key=lambda row: row[1])]
        rows = [(row.pk, reference.category_path(row.pk)) for row in reference.categories.get().values()]
        fields["category"].choices = [("", "—"), *sorted(rows, key=lambda row: row[1])]
        self.initial.setdefault("organisation", highest_organisation(user))
        if mailbox:
            fields["password"].required = False
            fields["password"].help_text = _("Empty: the one that is kept.")
            self.initial |= {name: getattr(mailbox, name) for name in PLAIN}
            self.initial |= {
                "organisation": mailbox.organisation_id,
                "team": mailbox.team_id,
                "category": mailbox.category_id,
            }
            self.initial["most_megabytes"] = max(1, mailbox.most_bytes // MEGABYTE)

    def values(self) -> dict:
        """Arguments of the services."""
        data = dict(self.cleaned_data)
        data["most_bytes"] = data.pop("most_megabytes") * MEGABYTE
        for name in ("organisation", "team", "category"):
            data[f"{name}_id"] = data.pop(name)
        return data
