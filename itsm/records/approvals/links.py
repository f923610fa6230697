"""The link of a mail by which an approver answers without signing in: for one question, for one person, for a time."""

from django.core import signing

from itsm.people.models import User

from ..models import Approval

SALT = "approval"
DAYS = 14


def token(approval: Approval, person: User) -> str:
    """What opens the page of this question for this person. It answers once: afterwards the page only tells what was said."""
    return signing.dumps([approval.pk, person.pk], salt=SALT)


def path(approval: Approval, person: User) -> str:
    """The address below the product's own."""
    return f"/approve/{token(approval, person)}/"


def find(given: str) -> tuple[Approval, User] | None:
    """The question and the person; None when the link is none of ours, out of date, or its person has left."""
    try:
        approval_pk, person_pk = signing.loads(given, salt=SALT, max_age=DAYS * 86400)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = Approval.objects.select_related("record", "run", "approver", "decided_by", "instead_of")
    approval = rows.filter(pk=approval_pk).first()
    person = User.objects.filter(pk=person_pk, is_active=True).first()
    return (approval, person) if approval and person else None
