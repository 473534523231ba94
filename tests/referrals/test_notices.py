"""Lists hung out in public: for how long, what they show of whom, and what is said against them."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from members.calendar import add_working_days, is_working_day
from referrals.actions import batches, notices
from referrals.actions.consents import withdraw_consent
from referrals.batch_routes import Progress, wanting_before
from referrals.models import Batch
from tests.make.batches import (
    a_notice,
    an_objection,
    make_agreed,
    make_frozen,
    make_hung,
    make_line,
    make_notice,
    make_paper,
    make_row,
    make_sampled,
    past,
)
from tests.make.catalogue import definition_of, make_program, make_version
from tests.make.people import make_person

pytestmark = pytest.mark.django_db


def fresh(batch):
    return Batch.objects.get(pk=batch.pk)


def with_days(cast, days):
    """A program whose notice hangs so many calendar days."""
    program = make_program(cast.charity, like="P12", state="draft")
    definition = definition_of("P12") | {"code": program.code}
    next(step for step in definition["steps"] if step["kind"] == "notice")["days"] = days
    program.versions.all().delete()
    make_version(program, definition, state="released")
    return program


def test_it_hangs_as_long_as_the_program_says_else_as_the_region_does(cast):
    day = date(2026, 3, 2)
    usual = make_frozen(cast.charity_reviewer)
    assert notices.last_day(usual, day) == (add_working_days(day, 5), 5)
    own = make_frozen(cast.charity_reviewer, program=with_days(cast, 7))
    assert notices.last_day(own, day) == (date(2026, 3, 9), 7)
    # The day after the seventh is a Saturday: the last day goes on to the next working day.
    until, _days = notices.last_day(own, date(2026, 3, 7))
    assert until == date(2026, 3, 16)
    assert is_working_day(until)


def test_what_hangs_out_is_what_each_agreed_to_and_never_more(cast, browse):
    program = make_program(cast.charity, like="P12")
    people = [make_person(cast.charity, name=name, phone="0451-8000000") for name in ("陈小红", "欧阳小明", "王小华")]
    make_agreed(people[0], cast.charity_reviewer)
    withdrawn = make_agreed(people[1], cast.charity_reviewer, items=["name"])
    lines = [make_line(program, cast.charity, person, amount=4000) for person in people]
    batch = make_sampled(cast.charity_reviewer, program=program, lines=lines)
    notice = make_notice(cast.charity_reviewer, batch)
    url, anybody = reverse("referrals:show_public_notice", args=[notice.code]), browse(None)
    response = anybody.get(url)
    page = response.content.decode()
    assert [words for words in ("陈**", "欧阳**", "王**") if words in page] == ["陈**", "欧阳**"]
    never = [text for person in people for text in (person.name, person.number, person.code, "0451-8000000")]
    assert [text for text in never if text in page] == []
    assert page.count("4,000.00") == 3
    assert "no-store" in response.headers["Cache-Control"]
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert notice.code in anybody.get(reverse("referrals:list_public_notices")).content.decode()
    withdraw_consent(cast.charity_reviewer, withdrawn, channel="counter")
    assert "欧阳**" not in anybody.get(url).content.decode()
    batches.strike_row(cast.charity_reviewer, make_row(batch), fresh(batch).version, "已搬走")
    assert "陈**" not in anybody.get(url).content.decode()
    wall = browse(cast.charity_approver).get(reverse("referrals:print_notice", args=[batch.code, notice.code]))
    assert people[0].name not in wall.content.decode()


def test_after_its_days_or_taken_down_nobody_finds_it(cast, browse):
    batch = make_sampled(cast.charity_reviewer)
    notice = make_notice(cast.charity_reviewer, batch)
    url, anybody = reverse("referrals:show_public_notice", args=[notice.code]), browse(None)
    assert anybody.get(url).status_code == 200
    notices.take_down_notice(cast.charity_reviewer, notice, "写错了")
    assert anybody.get(url).status_code == 404
    assert "还没有公示" in wanting_before(Progress.of(fresh(batch)), "approve")
    again = make_notice(cast.charity_reviewer, fresh(batch), version=fresh(batch).version)
    past(again)
    make_paper(batch, cast.charity_reviewer, "notice_proof")
    assert anybody.get(reverse("referrals:show_public_notice", args=[again.code])).status_code == 404
    assert notice.code not in anybody.get(reverse("referrals:list_public_notices")).content.decode()
    assert wanting_before(Progress.of(fresh(batch)), "approve") == ""
    offline = make_notice(cast.charity_reviewer, make_sampled(cast.charity_reviewer), is_online=False)
    assert anybody.get(reverse("referrals:show_public_notice", args=[offline.code])).status_code == 404


def test_a_list_hangs_only_after_the_visits_once_and_with_nothing_but_its_columns(cast):
    batch = make_sampled(cast.charity_reviewer, is_checked=False)
    with pytest.raises(Refusal, match="没有走访记录"):
        notices.publish_notice(cast.charity_reviewer, batch, batch.version, a_notice())
    batch = make_sampled(cast.charity_reviewer)
    with pytest.raises(Refusal, match="只能公示"):
        notices.publish_notice(cast.charity_reviewer, batch, batch.version, a_notice(items=["number"]))
    with pytest.raises(PermissionDenied):
        notices.publish_notice(cast.charity_approver, batch, batch.version, a_notice())
    make_notice(cast.charity_reviewer, batch)
    with pytest.raises(Refusal, match="已经公示"):
        notices.publish_notice(cast.charity_reviewer, batch, fresh(batch).version, a_notice())
    assert "期满" in wanting_before(Progress.of(fresh(batch)), "approve")


def test_an_objection_stops_the_list_until_somebody_else_decided_it(cast):
    batch = make_hung(cast.charity_reviewer)
    row = make_row(batch, 2)
    objection = notices.record_objection(cast.charity_reviewer, batch, an_objection(row=row))
    assert "异议没有处理" in wanting_before(Progress.of(fresh(batch)), "approve")
    with pytest.raises(PermissionDenied):
        notices.decide_objection(cast.charity_reviewer, objection, is_upheld=False, findings="查过")
    notices.decide_objection(cast.charity_approver, objection, is_upheld=True, findings="确有车辆")
    assert [one.number for one in Progress.of(fresh(batch)).listed] == [1, 3]
    assert wanting_before(Progress.of(fresh(batch)), "approve") == ""
    with pytest.raises(Refusal, match="已由 慈善审批"):
        notices.decide_objection(cast.charity_approver, objection, is_upheld=False, findings="再查")


def test_who_may_do_both_still_does_not_decide_what_they_wrote_down(cast, browse):
    officer = cast.charity_reviewer
    officer.role_assignments.create(role="member_officer", confirmed_at=timezone.now())
    batch = make_hung(officer)
    objection = notices.record_objection(officer, batch, an_objection())
    officer = type(officer).objects.get(pk=officer.pk)
    with pytest.raises(Refusal, match="登记人以外"):
        notices.decide_objection(officer, objection, is_upheld=False, findings="查过")
    notices.decide_objection(cast.charity_approver, objection, is_upheld=True, findings="整份重做")
    assert "整份名册的异议成立" in wanting_before(Progress.of(fresh(batch)), "approve")


def test_nobody_objects_before_it_hung_or_tomorrow(cast):
    batch = make_sampled(cast.charity_reviewer)
    with pytest.raises(Refusal, match="没有公示过"):
        notices.record_objection(cast.charity_reviewer, batch, an_objection())
    make_notice(cast.charity_reviewer, batch)
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(Refusal, match="不晚于今天"):
        notices.record_objection(cast.charity_reviewer, fresh(batch), an_objection(received_on=tomorrow))


def test_the_whole_of_it_through_the_pages(cast, browse):
    batch = make_sampled(cast.charity_reviewer)
    writer, decider = browse(cast.charity_reviewer), browse(cast.charity_approver)
    url = reverse("referrals:publish_notice", args=[batch.code])
    assert "0 人同意公示" in writer.get(url).content.decode()
    said = {
        "place": "公告栏",
        "telephone": "0467-000000",
        "items": ["name"],
        "is_online": "on",
        "version": batch.version,
    }
    assert writer.post(url, said).status_code == 302
    url = reverse("referrals:record_objection", args=[batch.code])
    said = {"row": "2", "received_on": f"{timezone.localdate()}", "way": "phone", "who": "", "text": "收入不实"}
    assert writer.post(url, said).status_code == 302
    page = decider.get(reverse("referrals:show_batch", args=[batch.code])).content.decode()
    assert "收入不实" in page
    url = reverse("referrals:decide_objection", args=[batch.code, fresh(batch).objections.get().code])
    assert decider.post(url, {"answer": "dismissed", "findings": "查实无误"}).status_code == 302
    notice = fresh(batch).notices.get()
    url = reverse("referrals:take_down_notice", args=[batch.code, notice.code])
    assert writer.post(url, {"reason": "有错字"}).status_code == 302
    assert "已撤下" in writer.get(reverse("referrals:show_batch", args=[batch.code])).content.decode()
