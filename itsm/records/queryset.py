"""Who sees and who works: always querysets, always lists of ids (docs/decisions/hot-paths.md, "visibility")."""

from django.db import connection, models
from django.db.models import Q

from itsm.core import now
from itsm.people.scope import Scope, scope_of


class RecordQuerySet(models.QuerySet):
    """Rows of the spine or of a process."""

    def active(self):
        """Open or waiting."""
        return self.filter(phase__in=["open", "waiting"])

    def overdue(self, at=None):
        """Active rows whose next deadline has passed."""
        return self.active().filter(queue_at__lt=at or now())

    def visible_to(self, user):
        """Rows the person may read: own tickets, watched ones, those they are asked to approve, and the desk's for those
        who hold a role there."""
        scope = scope_of(user)
        if not scope.user_id:
            return self.none()
        return self.filter(own(scope, asked=True) | desk(scope))

    def own_of(self, user):
        """Rows the person opened, is the requester of, or watches: the portal's view, whatever else they may read."""
        scope = scope_of(user)
        if not scope.user_id:
            return self.none()
        return self.filter(own(scope))

    def in_desk_of(self, user):
        """Rows the person may read as an agent. Without the "own" branch the planner walks one index."""
        return self.filter(desk(scope_of(user)))

    def workable_by(self, user):
        """Rows the person may act on as an agent: of their teams, of teams that held them, their own, or managed."""
        return self.filter(workable(scope_of(user)))

    def locked(self):
        """Take the row, spine and child, before deciding anything. Services only.

        The spine first: whoever holds the spines of a family waits for nobody who has a child of them already.
        """
        of = ("self",) if not self.model._meta.parents else ("record_ptr", "self")
        return self.select_for_update(no_key=True, of=of)


# Watched ones; and, of a person and of those away for whom they stand in (through as many substitutes as there are), what
# is to be approved, with the newest of what they were asked or answered.
WATCHED = "SELECT record_id FROM records_watch WHERE user_id = %(me)s ORDER BY record_id DESC LIMIT 500"
NEAR = f"""WITH RECURSIVE me(id) AS (SELECT %(me)s::bigint UNION SELECT a.user_id FROM people_absence a JOIN me ON a.substitute_id = me.id
WHERE a.starts_at <= %(at)s AND a.ends_at > %(at)s)
({WATCHED}) UNION (SELECT record_id FROM records_approval WHERE approver_id IN (SELECT id FROM me) AND state = 'pending' LIMIT 500)
UNION (SELECT record_id FROM records_approval WHERE approver_id = %(me)s ORDER BY id DESC LIMIT 300)
UNION (SELECT record_id FROM records_approval WHERE decided_by_id = %(me)s ORDER BY id DESC LIMIT 300)"""  # noqa: S608 - constants


def own(scope: Scope, *, asked: bool = False) -> Q:
    """Opened by, requested by or watched by the person; with `asked`, also what they approve. Neither watching nor being
    asked opens a confidential row to somebody outside its circle."""
    with connection.cursor() as cursor:
        cursor.execute(NEAR if asked else WATCHED, {"me": scope.user_id, "at": now()})
        near = [pk for (pk,) in cursor.fetchall()]
    rows = Q(requester_id=scope.user_id) | Q(opened_by_id=scope.user_id, confidentiality=None)
    if near:
        secret = Q(confidentiality=None)
        if scope.circles:
            secret |= Q(confidentiality_id__in=scope.circles)
        rows |= Q(pk__in=near) & secret
    if scope.own_organisations:
        rows |= Q(organisation_id__in=scope.own_organisations, confidentiality=None)
    return rows


def desk(scope: Scope) -> Q:
    """What agents read: records of their organisations and teams; confidential ones only with the circle."""
    if not scope.is_agent:
        return Q(pk__in=[])
    reach = Q(organisation_id__in=scope.organisations)
    if scope.everything:
        reach = Q()
    elif scope.teams:
        reach |= Q(team_id__in=scope.teams)
    secret = Q(confidentiality=None)
    if scope.circles:
        secret |= Q(confidentiality_id__in=scope.circles)
    return reach & secret


def workable(scope: Scope) -> Q:
    """What an agent may act on: of their teams, of teams that held it before, their own, or of a managed organisation."""
    if not scope.may("records.work"):
        return Q(pk__in=[])
    mine = Q(assignee_id=scope.user_id)
    if scope.teams:
        mine |= Q(team_id__in=scope.teams) | Q(owner_team_id__in=scope.teams) | Q(past_teams__overlap=list(scope.teams))
    mine |= Q(team_id=None, organisation_id__in=scope.organisations)
    if scope.managed:
        mine |= Q(organisation_id__in=scope.managed)
    return mine & desk(scope)
