"""A web process is warm before it is open to requests."""

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from portal.warm import warm_up
from programs import catalogue
from tests.make.catalogue import make_program

pytestmark = pytest.mark.django_db


def test_the_programs_in_force_are_read_before_anybody_asks():
    make_program()
    catalogue.forget()
    warm_up()
    with CaptureQueriesContext(connection) as asked:
        assert catalogue.current_units()
    assert not [query for query in asked if '"definition"' in query["sql"]]


def test_without_a_database_the_process_begins_all_the_same(caplog):
    def away(*_):
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        warm_up()
    assert "could not be read" in caplog.text
