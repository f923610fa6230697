"""One that fails holds up none of the others."""

import pytest
from django.db import connection

from itsm.core import sweeping

pytestmark = pytest.mark.django_db


def test_what_fails_is_postponed_and_the_others_are_looked_at():
    looked, later = [], []

    def look(pk):
        if pk == 2:
            raise ValueError("odd")
        looked.append(pk)
        return 1

    assert sweeping.one_by_one([1, 2, 3], look, what="Thing", postpone=later.append) == 2
    assert (looked, later) == ([1, 3], [2])


def test_what_cannot_even_be_postponed_holds_up_nobody():
    looked = []

    def look(pk):
        if pk < 3:
            raise ValueError("odd")
        looked.append(pk)
        return 1

    def postpone(pk):
        with connection.cursor() as cursor:  # what the database refuses spoils the transaction that it is in
            cursor.execute("SELECT 1 / 0")

    assert sweeping.one_by_one([1, 2, 3], look, what="Thing", postpone=postpone) == 1
    assert looked == [3]


def test_many_are_looked_at_together_until_one_fails():
    asked, later = [], []

    def look(pks):
        asked.append(list(pks))
        if 2 in pks:
            raise ValueError("odd")
        return len(pks)

    assert sweeping.together([1, 3], look, what="Thing", postpone=later.append) == 2
    assert sweeping.together([1, 2, 3], look, what="Thing", postpone=later.append) == 2
    assert (asked, later) == ([[1, 3], [1, 2, 3], [1], [2], [3]], [2])
