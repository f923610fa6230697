"""Which documents a person may read, write and carry out."""

from django.db import models
from django.db.models import Q

from itsm.core.folding import fold
from itsm.people.scope import scope_of


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the organisations that the person's role reaches, and those of nobody in particular."""
        scope = scope_of(user)
        if not scope.may("operations.read"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(Q(organisation_id__in=scope.organisations) | Q(organisation_id=None))

    def editable_by(self, user):
        """Those that the person may write: who keeps the registers writes all of their organisations, an expert those of their teams.

        What is of nobody in particular is read by everybody: only who keeps everything writes it.
        """
        scope = scope_of(user)
        found = self.visible_to(user)
        if scope.may("operations.manage"):
            mine = Q(organisation_id__in=scope.organisations) | Q(owner_team_id__in=scope.teams)
            return found if scope.everything else found.filter(mine)
        return found.filter(owner_team_id__in=scope.teams) if scope.may("operations.work") else self.none()

    def runbooks(self):
        """Texts that are carried out step by step."""
        return self.filter(kind="runbook")

    def in_use(self):
        """Everything but what was withdrawn."""
        return self.filter(withdrawn_at=None)

    def called(self, words: str):
        """Part of the title, without accents."""
        folded = fold(words.replace("\x00", "").strip())
        return self.filter(sort_key__contains=folded) if folded else self


class RunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Runs for things of the organisations that the person's role reaches, and for nothing in particular."""
        scope = scope_of(user)
        if not scope.may("operations.read"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(Q(organisation_id__in=scope.organisations) | Q(organisation_id=None))

    def workable_by(self, user):
        """Runs whose steps the person may tick."""
        return self.visible_to(user) if scope_of(user).may("operations.work") else self.none()

    def running(self):
        """Those that are under way."""
        return self.filter(state="running")
