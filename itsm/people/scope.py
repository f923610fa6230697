"""What a person may reach, as plain lists of ids: querysets filter by constants, which the planner can see.

The scope is cached for a minute under the version "people"; without the cache it is read from the database, never widened.
"""

from dataclasses import dataclass

from django.core.cache import cache

from itsm.core import versions

from .models import Membership, Organisation, RoleGrant

SECONDS = 60


@dataclass(frozen=True)
class Scope:
    """Rights of one person. `organisations` are those whose records are read, with all below them."""

    user_id: int
    permissions: frozenset[str] = frozenset()
    organisations: tuple[int, ...] = ()
    managed: tuple[int, ...] = ()
    own_organisations: tuple[int, ...] = ()
    teams: tuple[int, ...] = ()
    circles: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    everything: bool = False

    def may(self, permission: str) -> bool:
        """Does any role held allow this?"""
        return permission in self.permissions

    @property
    def is_agent(self) -> bool:
        """Works in the desk rather than only in the portal."""
        return "records.read" in self.permissions

    @property
    def shell(self) -> str:
        """The template that pages for everybody are drawn in: agents keep their shell, all others the portal's."""
        return "base.html" if self.is_agent else "portal.html"


NOBODY = Scope(user_id=0)


def scope_of(user) -> Scope:
    """The scope of a signed-in person, kept on the user object for the request; NOBODY for anyone else."""
    if not user or not user.is_authenticated or not user.is_active:
        return NOBODY
    kept = getattr(user, "_scope", None)
    if kept is None:
        kept = user._scope = _cached(user)
    return kept


def forget_scope(user) -> None:
    """Drop what this object remembers (tests, long-lived workers)."""
    user.__dict__.pop("_scope", None)


def _cached(user) -> Scope:
    key = f"scope:{user.pk}"
    version, kept = versions.look("people", key)
    if kept and kept[0] == version:
        return kept[1]
    found = load(user)
    try:
        cache.set(key, (version, found), SECONDS)
    except Exception:  # noqa: S110 - the scope is right even if it cannot be kept
        pass
    return found


def load(user) -> Scope:
    """Read the rights of a person from the database."""
    permissions: set[str] = set()
    roots: dict[str, set[str]] = {
        "records.read": set(),
        "records.manage": set(),
        "records.read_own_organisation": set(),
    }
    roles: list[str] = []
    everywhere = bool(user.is_superuser)
    grants = RoleGrant.objects.filter(user=user).values_list(
        "role__code", "role__permissions", "organisation__path", "organisation_id"
    )
    for code, allowed, path, organisation_id in grants:
        roles.append(code)
        permissions.update(allowed)
        for permission, paths in roots.items():
            if permission in allowed:
                if organisation_id is None:
                    paths.add("/")
                else:
                    paths.add(path)
    if user.is_superuser:
        from .models import Permission

        permissions.update(Permission.values)
    tree = list(Organisation.objects.values_list("pk", "path")) if any(roots.values()) else []
    below = {
        permission: tuple(pk for pk, path in tree if any(path.startswith(root) for root in paths))
        for permission, paths in roots.items()
    }
    return Scope(
        user_id=user.pk,
        permissions=frozenset(permissions),
        organisations=below["records.read"],
        managed=below["records.manage"],
        own_organisations=below["records.read_own_organisation"],
        teams=tuple(Membership.objects.filter(user=user).order_by("team_id").values_list("team_id", flat=True)),
        circles=tuple(user.circles.order_by("pk").values_list("pk", flat=True)),
        roles=tuple(sorted(set(roles))),
        everything=everywhere,
    )
