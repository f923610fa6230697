"""Teams, organisations and sites by id, code and name, kept per process: lists never join for a name."""

from dataclasses import dataclass, field

from django.utils.translation import get_language

from itsm.core.reference import cached

from .models import Organisation, Site, Team, User


@dataclass(frozen=True)
class TeamRow:
    """What lists and rules need of a team."""

    pk: int
    code: str
    names: dict[str, str]
    function: str
    level: int | None
    leader_id: int | None
    next_team_id: int | None
    organisation_id: int
    email: str

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names["en" if (get_language() or "fr").startswith("en") else "fr"]


@dataclass(frozen=True)
class OrganisationRow:
    """What lists and rules need of an organisation; `lineage` goes from itself to the root."""

    pk: int
    code: str
    name: str
    kind: str
    lineage: tuple[int, ...]
    language: str
    time_zone: str


@dataclass(frozen=True)
class SiteRow:
    """What lists and rules need of a site; `lineage` goes from itself to the top."""

    pk: int
    code: str
    name: str
    organisation_id: int
    time_zone: str
    lineage: tuple[int, ...] = ()


@dataclass(frozen=True)
class Directory:
    teams: dict[int, TeamRow] = field(default_factory=dict)
    teams_by_code: dict[str, TeamRow] = field(default_factory=dict)
    organisations: dict[int, OrganisationRow] = field(default_factory=dict)
    organisations_by_code: dict[str, OrganisationRow] = field(default_factory=dict)
    sites: dict[int, SiteRow] = field(default_factory=dict)
    sites_by_code: dict[str, SiteRow] = field(default_factory=dict)


@cached("people")
def directory() -> Directory:
    teams = [
        TeamRow(
            t["pk"],
            t["code"],
            {"fr": t["name_fr"] or t["code"], "en": t["name_en"] or t["name_fr"] or t["code"]},
            t["function"],
            t["level"],
            t["leader_id"],
            t["next_team_id"],
            t["organisation_id"],
            t["email"],
        )
        for t in Team.objects.order_by("code").values(
            "pk",
            "code",
            "name_fr",
            "name_en",
            "function",
            "level",
            "leader_id",
            "next_team_id",
            "organisation_id",
            "email",
        )
    ]
    organisations = [
        OrganisationRow(o.pk, o.code, o.name, o.kind, tuple(o.lineage()), o.language, o.time_zone)
        for o in Organisation.objects.order_by("sort_key", "pk")
    ]
    sites = [
        SiteRow(*row, lineage=tuple(int(part) for part in reversed(path.split("/")) if part))
        for *row, path in Site.objects.order_by("sort_key", "pk").values_list(
            "pk", "code", "name", "organisation_id", "time_zone", "path"
        )
    ]
    return Directory(
        {t.pk: t for t in teams},
        {t.code: t for t in teams},
        {o.pk: o for o in organisations},
        {o.code: o for o in organisations},
        {s.pk: s for s in sites},
        {s.code: s for s in sites},
    )


@cached("people")
def vips() -> frozenset[int]:
    """The people whose calls are watched over: few, so that lists filter by their ids."""
    return frozenset(User.objects.filter(vip=True).values_list("pk", flat=True))


def names_of(user_ids) -> dict[int, str]:
    """Display names of people by id, in one query."""
    ids = {pk for pk in user_ids if pk}
    if not ids:
        return {}
    rows = User.objects.filter(pk__in=ids).values_list("pk", "first_name", "last_name", "username")
    return {pk: f"{first} {last}".strip() or login for pk, first, last, login in rows}
