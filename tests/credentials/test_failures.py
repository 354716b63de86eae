"""One client that cannot be asked about, and a database that answers nobody."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from realtime_notify.credentials.failures import CANNOT_ASK, one_by_one


def fails_for_two(number):
    if number == 2:
        raise OperationalError("Illegal mix of collations")
    return -number


@pytest.mark.django_db
def test_a_text_that_the_database_refuses_is_the_problem_of_whoever_sent_it(django_user_model):
    django_user_model.objects.exists()  # there is a connection

    assert one_by_one([1, 2, 3], fails_for_two) == {1: -1, 2: CANNOT_ASK, 3: -3}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_is_asked_once():
    connection.close()
    asked = []

    def fail(number):
        asked.append(number)
        raise OperationalError("the connection was refused")

    with pytest.raises(OperationalError):
        one_by_one([1, 2, 3], fail)
    assert asked == [1]
