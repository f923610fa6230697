"""Who administers an organisation: told when something needs them, and asked where nobody else can be."""

from .directory import directory
from .models import Permission, RoleGrant, User


def administrators_of(organisation_id: int) -> list[User]:
    """Active people who administer the organisation: by a role there, above it, or everywhere."""
    row = directory.get().organisations.get(organisation_id)
    lineage = row.lineage if row else (organisation_id,)
    grants = RoleGrant.objects.filter(role__permissions__contains=[Permission.SETTINGS_MANAGE])
    near = [*grants.filter(organisation__in=lineage).values_list("user_id", flat=True)]
    near += grants.filter(organisation=None).values_list("user_id", flat=True)
    return list(User.objects.filter(pk__in=near, is_active=True).order_by("pk"))
