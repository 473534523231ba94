"""Programs for one person of the records: ranked with reasons, open questions answered where they are asked."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from programs.models import FactSheet, Program
from referrals import matching
from referrals.actions import fact_sheets
from referrals.facts import GROUPS
from tests.make.catalogue import make_offer, make_program
from tests.make.people import make_category, make_fact, make_minor_approval, make_need, make_person
from tests.make.referrals import make_told_aid
from tests.make.units import make_organization, make_staff


@pytest.fixture
def child(cast):
    """A child with a heart that needs an operation: P02 asks for little more."""
    make_program(cast.charity, "P02")
    born = (timezone.localdate() - datetime.timedelta(days=7 * 365)).isoformat()
    for staff in (cast.town_caseworker, cast.city_supervisor):
        make_minor_approval(staff)
    return make_person(cast.town, born=born, registration=cast.county)


def know(person, **values):
    for name, value in values.items():
        make_fact(person, name, value)


ALL_KNOWN = {
    "diagnoses": ["congenital_heart_disease"], "needs_surgery": True, "surgery_done": False, "surgery_number": 1,
    "self_paid_yuan": "12600.00", "complex_chd": False, "prior_grants": [],
}  # fmt: skip


def test_what_is_known_decides(child, cast):
    know(child, **ALL_KNOWN)
    matched = matching.match_person(child)
    assert [one.program.code for one in matched.fits] == ["P02"]
    assert matched.fits[0].amount == 10_000


def test_what_nobody_knows_is_asked_and_never_taken_for_a_no(child, cast):
    matched = matching.match_person(child)
    assert [one.program.code for one in matched.open] == ["P02"]
    assert "diagnoses" in matched.asks
    assert set(matched.asks) <= {name for _t, names in GROUPS.values() for name in names}


def test_questions_are_answered_on_the_spot(child, cast, browse):
    session = browse(cast.town_caseworker)
    where = reverse("referrals:match_person", args=[child.code])
    asked = []
    answers = {
        "diagnoses": ["congenital_heart_disease"], "needs_surgery": "yes", "surgery_done": "no", "complex_chd": "no",
        "surgery_number": "1", "self_paid_yuan": "1.26万元", "prior_grants": "-",
    }  # fmt: skip
    for _turn in range(6):
        form = session.get(where).context["form"]
        if form is None:
            break
        asked += form.names
        response = session.post(where, {**{name: answers[name] for name in form.names}, "source": "当面询问"})
        assert response.status_code == 302
    text = session.get(where).content.decode()
    assert "10,000" in text or "10000" in text
    assert len(asked) == len(set(asked))
    assert child.facts.standing().get(name="needs_surgery").source == "当面询问"


def test_a_blank_answer_stays_unknown(child, cast, browse):
    where = reverse("referrals:match_person", args=[child.code])
    session = browse(cast.town_caseworker)
    assert session.post(where, {"source": "", "diagnoses": ["-"]}).status_code == 302
    assert {fact.name: fact.known for fact in child.facts.standing()} == {"diagnoses": []}


def test_who_only_looks_is_asked_nothing(child, cast, browse):
    where = reverse("referrals:match_person", args=[child.code])
    session = browse(cast.city_supervisor)
    response = session.get(where)
    assert response.context["form"] is None
    assert child.name not in response.content.decode()
    assert session.post(where, {"diagnoses": ["-"]}).status_code == 403


def test_categories_reach_the_programs(child, cast):
    make_category(child, "orphan")
    assert matching.facts_of(child)["categories"] == ["girl_in_difficulty", "minor", "orphan"]


def test_the_page_names_unit_papers_sum_and_offers_the_nearest_first(child, cast, browse):
    know(child, **ALL_KNOWN)
    far = make_offer(cast.city_bureau, title="市里的陪伴", need_kinds=["affection"])
    near = make_offer(cast.charity, title="区里的陪伴", need_kinds=["affection"])
    wanted = make_offer(cast.city_bureau, title="市里的手术陪护", need_kinds=["care"])
    make_offer(cast.charity, title="只给老人", need_kinds=["care"], condition={
        "fact": "age_years", "test": "range", "low": 60,
    })  # fmt: skip
    make_need(child, "care", form="service")
    response = browse(cast.town_caseworker).get(reverse("referrals:match_person", args=[child.code]))
    assert [one.code for one in response.context["offers"]] == [wanted.code, near.code, far.code]
    (fit, total) = response.context["fits"][0]
    assert (fit.row.organization, fit.is_same_level, total) == (cast.charity, True, "10,000 元")
    assert fit.papers
    text = response.content.decode()
    for part in ("同级", "正需要", fit.papers[0][0].paper.name):
        assert part in text


def test_offers_and_programs_add_no_query_each(child, cast, browse):
    session, where = browse(cast.town_caseworker), reverse("referrals:match_person", args=[child.code])
    make_offer(cast.charity)
    session.get(where)
    with CaptureQueriesContext(connection) as one:
        session.get(where)
    for _ in range(3):
        make_offer(cast.charity)
    with CaptureQueriesContext(connection) as more:
        session.get(where)
    assert len(more) == len(one)


def test_what_the_ledger_has_is_known_and_not_asked(child, cast, browse):
    """Of both sides, under any record of the same person; the grant that is being judged is not held against itself."""
    program = Program.objects.get(code="P02")
    elsewhere = make_organization(name="助医会")
    program.organization = elsewhere
    program.save(update_fields=["organization"])
    teller = make_staff(organization=elsewhere, roles=["charity_reviewer"])
    make_minor_approval(teller)
    assert "prior_grants" not in matching.facts_of(child)
    line = make_told_aid(teller, make_person(elsewhere, number=child.number), program=program, amount=Decimal(10000))
    known = matching.facts_of(child)["prior_grants"]
    assert [(one["program"], Decimal(one["amount_yuan"])) for one in known] == [("P02", 10000)]
    assert "prior_grants" not in matching.facts_of(child, without=line.pk)
    assert FactSheet.objects.get(pk=fact_sheets.key_of(child)).prior_grants[0]["program"] == "P02"
    session = browse(cast.town_caseworker)
    page = session.get(reverse("referrals:match_person", args=[child.code]))
    assert "prior_grants" not in (page.context["form"].names if page.context["form"] else ())
    assert "助医会" in page.content.decode()
    assert "帮扶台账自动计入" in session.get(reverse("referrals:show_person", args=[child.code])).content.decode()
