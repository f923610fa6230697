"""What the demo tells of rights: some in every state, owners who are asked, a review under way."""

import pytest

from servicedesk.access.models import Access, AccessReview, AccessTemplate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lumen")]


def test_there_are_rights_in_every_state_with_their_proofs():
    states = set(Access.objects.values_list("state", flat=True))
    assert states == {"awaiting", "to_grant", "active", "to_revoke", "refused"}
    assert all(proof for proof in Access.objects.filter(state="active").values_list("grant_proof", flat=True))
    assert AccessTemplate.objects.count() == 2


def test_the_owners_have_a_review_to_answer():
    review = AccessReview.objects.get()
    assert review.state == "running"
    assert {line.owner.username for line in review.lines.select_related("owner")} == {"apps", "manager"}
