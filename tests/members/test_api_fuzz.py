"""Schemathesis against the OpenAPI document: whatever is sent, every answer is one that the document names."""

import json
from contextlib import contextmanager

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client, override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as openapi

from tests.depth import DEPTH
from tests.make.referrals import make_referral
from tests.members.test_tokens import token_for

application = get_wsgi_application()
CHECKS = [
    not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
    openapi.unsupported_method,
]
EXAMPLES = 6 * DEPTH
SCOPES_OF_A_BUREAU = (
    "fund.view",
    "program.match",
    "area.view",
    "organization.view",
    "organization.edit",
    "organization.create",
    "organization.register",
    "referral.view",
    "referral.write",
    "referral.receive",
)
# The moves of a referral are one view; of their bodies these have the most to get wrong.
MOVES_TRIED = ("/return/", "/answer/", "/report/", "/amend/")


def without_repetition(document):
    moves = {path for path, one in document["paths"].items() if "referral-moves" in one.get("post", {}).get("tags", ())}
    for path in moves:
        if not path.endswith(MOVES_TRIED):
            del document["paths"][path]
    return document


@schemathesis.serializer("application/x-ndjson")
def as_one_line(context, value):
    return json.dumps(value).encode() + b"\n"


@contextmanager
def one_connection():
    """The application is called as a server would, but within the test's own transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.django_db
@override_settings(API_RATES={"token": "1000000/60", "staff": "1000000/60", "anonymous": "1000000/60"})
def test_every_answer_is_one_the_document_names(cast):
    secret = token_for(cast, "bureau_approver", list(SCOPES_OF_A_BUREAU))
    session = Client()
    session.force_login(cast.bureau_approver)
    referral = make_referral(cast.bureau_officer, cast.charity)
    document = without_repetition(session.get("/api/v1/schema/").json())
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    schema.config.update(base_url="http://testserver")
    tried = [operation.ok() for operation in schema.get_all_operations()]
    assert len(tried) >= 5
    for operation in tried:

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), known=st.booleans())
        def answers(case, known):
            if known and "code" in (case.path_parameters or {}):
                known_ones = {"organ": cast.charity.code, "referrals": referral.code}
                case.path_parameters["code"] = next(
                    (code for name, code in known_ones.items() if name in case.path), cast.bureau.area.code
                )
            case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)

        with one_connection():  # after Django's own client, which connects them again
            answers()
