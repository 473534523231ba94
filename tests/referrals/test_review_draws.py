"""The second approver of a program that asks for it: drawn by lot, provable, passed on with a reason."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from members.access import Refusal
from members.models import AuditEntry
from portal.lib import draws
from programs import catalogue, wording
from programs.reading import read_program
from referrals import aid_turns, review_draws
from referrals.actions import aid, reviewers
from referrals.models import AidLine, ReviewerDraw
from tests.make.catalogue import definition_of, make_program, make_version
from tests.make.people import make_person
from tests.make.units import make_relation, make_staff

pytestmark = pytest.mark.django_db


def make_drawn_program(charity):
    """Of the charity, whose approval asks for a second person drawn by lot; it pays in goods here."""
    program = make_program(charity, like="P09", state="draft")
    definition = program.versions.get().definition
    steps = [one | {"drawn": True} if one.get("kind") == "approve" else one for one in definition["steps"]]
    make_version(program, definition | {"steps": steps}, state="released")
    return program


@pytest.fixture
def case(cast):
    """Proposed by the charity's reviewer; besides its approver two others may approve."""
    others = [make_staff(organization=cast.charity, roles=["charity_approver"]) for _number in range(2)]
    program, person = make_drawn_program(cast.charity), make_person(cast.charity)
    line = aid.propose_aid(
        cast.charity_reviewer, person,
        {"form": "goods", "value": Decimal(500), "program": program, "exception_reason": "集体研究"},
    )  # fmt: skip
    return line, others


def first(cast, line):
    return aid.approve_aid(cast.charity_approver, line, line.version, note="情况属实")


def test_the_program_says_so_and_the_secret_is_promised_with_the_proposal(cast, case):
    line, _others = case
    draw = ReviewerDraw.objects.get(line=line)
    promised = AuditEntry.objects.get(action="aid.promise_draw").changes["commitment"][1]
    assert (draw.commitment == promised == draws.commitment(draw.private["secret"]), draw.is_drawn) == (True, False)
    assert not review_draws.is_asked(AidLine(program_version=make_program(cast.charity, like="P09").versions.get()))


def test_one_of_those_who_may_is_drawn_and_nobody_else_approves(cast, case):
    line, others = case
    line = first(cast, line)
    reviewer = review_draws.reviewer_of(line)
    assert (line.state, reviewer in others) == ("second", True)
    draw = ReviewerDraw.objects.get(line=line)
    assert (set(draw.pool), draw.private) == ({one.code for one in others}, {})
    assert all(one.is_right for one in review_draws.verify(draw))
    other = next(one for one in others if one != reviewer)
    with pytest.raises(Refusal, match="由抽签确定"):
        aid.approve_aid(other, line, line.version, note="同意")
    assert str(aid_turns.why_not(other, line, "approve")).endswith(f"{reviewer}。")
    assert aid.approve_aid(reviewer, line, line.version, note="同意").state == "approved"


def test_whoever_declared_a_relation_is_not_drawn_and_without_anybody_nothing_is_approved(cast, case):
    line, others = case
    make_relation(others[0], number=line.person.number)
    assert review_draws.able(AidLine(**{**_of(line), "first_approved_by": cast.charity_approver})) == [others[1]]
    make_relation(others[1], number=line.person.number)
    with pytest.raises(Refusal, match="没有别的可以审批"):
        first(cast, line)
    assert AidLine.objects.get().state == "proposed"


def _of(line):
    return {"organization": line.organization, "person": line.person, "proposed_by": line.proposed_by}


def test_the_next_of_the_same_draw_takes_over_with_a_reason(cast, case):
    line, others = case
    line = first(cast, line)
    away = review_draws.reviewer_of(line)
    with pytest.raises(Refusal, match="为什么要重新抽取"):
        reviewers.redraw_aid(cast.charity_approver, line, line.version, " ")
    line = reviewers.redraw_aid(away, line, line.version, "出差在外")
    now = review_draws.reviewer_of(line)
    assert {away, now} == set(others)
    draw = ReviewerDraw.objects.get(line=line)
    assert [turn.reason for turn in draw.turns.all()] == ["", "出差在外"]
    assert all(one.is_right for one in review_draws.verify(draw))
    with pytest.raises(Refusal, match="能抽的人都已抽过"):
        reviewers.redraw_aid(cast.charity_approver, line, line.version, "也不在")
    assert aid.approve_aid(now, line, line.version, note="同意").state == "approved"
    for change in ({"seed": "0" * 64}, {"pool": []}, {"text": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ReviewerDraw.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        draw.turns.update(staff=away)


def test_the_page_shows_who_it_is_and_lets_everybody_reckon_it_again(cast, case, browse):
    line, _others = case
    session = browse(cast.charity_reviewer)
    page = reverse("referrals:show_aid", args=[line.code])
    url = reverse("referrals:show_reviewer_draw", args=[line.code])
    assert url in session.get(page).content.decode()
    assert "还没有抽" in session.get(url).content.decode()
    line = first(cast, line)
    reviewer = review_draws.reviewer_of(line)
    shown = session.get(url).content.decode()
    assert all(words in shown for words in (str(reviewer), "重新计算，完全一致"))
    text = session.get(reverse("referrals:download_reviewer_text", args=[line.code])).content.decode()
    assert draws.digest(text) == ReviewerDraw.objects.get().digest
    redraw = reverse("referrals:redraw_aid", args=[line.code])
    said = {"reason": "生病", "version": AidLine.objects.get().version}
    assert browse(cast.charity_approver).post(redraw, said).status_code == 302
    assert review_draws.reviewer_of(line) != reviewer


def test_a_program_read_from_its_definition_says_it_in_words():
    definition = definition_of("P09")
    definition["steps"][1]["drawn"] = True
    program = read_program(definition, catalogue.vocabulary())
    assert "随机抽取第二位审批人" in wording.step_text(program.steps[1])
