"""Who: organisations and sites, people, teams, and what a role lets them do."""

from .organisations import Organisation, Site
from .roles import Circle, Permission, Role, RoleGrant
from .teams import Absence, Membership, Team
from .users import User

__all__ = ["Absence", "Circle", "Membership", "Organisation", "Permission", "Role", "RoleGrant", "Site", "Team", "User"]
