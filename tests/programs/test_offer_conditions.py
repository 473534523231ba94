"""Whom an offer is for, built on a page like the conditions of programs; kept only when it can be read."""

import json

import pytest
from django.core.exceptions import PermissionDenied

from members.access import Refusal, Stale
from members.models import AuditEntry
from programs import supply
from programs.actions import offers as actions
from tests.make.catalogue import make_offer
from tests.programs.posting import fields_of, send

DEAF = {"fact": "disability_kinds", "test": "contains", "value": "hearing"}
GROUPS = {"fact": "categories", "test": "contains_any", "value": ["dibao"]}


def page(offer):
    return f"/offers/{offer.code}/condition/"


def form(response):
    return fields_of(response.content.decode(), "data-condition")


def press(client, offer, pairs, do, **typed):
    return send(client, page(offer), pairs, do=do, **typed)


def test_a_condition_is_built_step_by_step_and_kept_at_the_end(cast, browse):
    offer, client = make_offer(cast.charity), browse(cast.charity_admin)
    assert "编写条件" in client.get(f"/offers/{offer.code}/").content.decode()
    pairs = form(client.get(page(offer)))
    shown = press(client, offer, pairs, "wrap:condition")
    pairs = form(shown)
    # The fact first: the tests and values that suit it come with the next page.
    shown = press(client, offer, pairs, "refresh", **{"condition.all[0].fact": "disability_kinds"})
    pairs = form(shown)
    offer.refresh_from_db()
    assert offer.condition is None, "nothing is kept before the last button"
    done = press(client, offer, pairs, "save", **{"condition.all[0].value": ["hearing"]})
    assert done.status_code == 302
    offer.refresh_from_db()
    assert offer.condition == {"all": [{**DEAF, "test": "contains_any", "value": ["hearing"]}]}
    assert supply.fits(offer, {"disability_kinds": frozenset({"vision"})}) is False
    assert AuditEntry.objects.filter(action="offer.edit").count() == 1


def test_what_is_half_written_is_not_kept_and_not_lost(cast, browse):
    offer, client = make_offer(cast.charity), browse(cast.charity_admin)
    pairs = form(press(client, offer, form(client.get(page(offer))), "wrap:condition"))
    shown = press(client, offer, pairs, "save")
    assert shown.status_code == 422
    assert "没有保存" in shown.content.decode()
    assert json.loads(dict(form(shown))["held"]) == {"all": [{"fact": "", "test": "eq"}]}
    offer.refresh_from_db()
    assert offer.condition is None


@pytest.mark.parametrize("held", ["", "{", "[]", "7", "null", json.dumps({"all": [{"fact": ["x"]}]}), "x" * 300_000])
def test_junk_that_travels_along_breaks_nothing(cast, browse, held):
    offer, client = make_offer(cast.charity), browse(cast.charity_admin)
    for do in ("save", "refresh", "wrap:condition", "remove:condition.all:0", "add:condition.all", "nonsense"):
        assert client.post(page(offer), {"held": held, "version": "x", "do": do}).status_code in {200, 302, 422}


def test_without_a_condition_the_simple_fields_count_again(cast):
    offer = make_offer(cast.charity, target_groups=["dibao"], condition=DEAF)
    offer = actions.set_condition(cast.charity_admin, offer, offer.version, None)
    assert offer.condition == GROUPS
    assert not supply.says_more(offer)


def test_a_condition_that_cannot_be_read_somebody_elses_offer_and_an_old_page_are_refused(cast):
    offer = make_offer(cast.charity)
    with pytest.raises(Refusal, match="没有“nothing”这个事实"):
        actions.set_condition(cast.charity_admin, offer, 1, {"fact": "nothing", "test": "eq", "value": 1})
    with pytest.raises(PermissionDenied):
        actions.set_condition(cast.other_charity_admin, offer, 1, DEAF)
    actions.set_condition(cast.charity_admin, offer, 1, DEAF)
    with pytest.raises(Stale):
        actions.set_condition(cast.charity_admin, offer, 1, GROUPS)


def test_an_old_page_keeps_what_was_typed_and_says_who_was_faster(cast, browse):
    offer, client = make_offer(cast.charity, condition=GROUPS), browse(cast.charity_admin)
    pairs = form(client.get(page(offer)))
    actions.set_condition(cast.charity_reviewer, offer, 1, DEAF)
    shown = press(client, offer, pairs, "save")
    assert shown.status_code == 422
    assert "慈善经办" in shown.content.decode()
    assert press(client, offer, form(shown), "save").status_code == 302
