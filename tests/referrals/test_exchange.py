"""Exchange with other platforms: agreed, run, logged; outside civil affairs only what each person agreed to."""

import io

import pytest
from django.core.exceptions import PermissionDenied
from openpyxl import load_workbook

from members.access import Refusal
from members.models import AuditEntry
from referrals.actions import exchange as actions
from referrals.actions.consents import withdraw_consent
from referrals.models import ExchangeRun, Provision
from tests.make.people import make_consent, make_person, make_safeguards
from tests.make.units import make_profile
from tests.referrals.tables import applied, checked, row, undone

PLATFORM = "测试监测平台"


@pytest.fixture
def agreed(cast):
    """agreed(operator=…) is a partner of the county's bureau."""
    make_profile(cast.county, platforms=[PLATFORM])

    def agree(**values):
        values = {
            "platform": PLATFORM,
            "items": ["name", "number", "phone"],
            "basis": "对接协议",
            "operator": None,
            **values,
        }
        return actions.agree_exchange(cast.bureau_approver, {**values, "is_active": values.get("is_active", True)})

    return agree


def exported(actor, partner, **options):
    run = actions.begin_export(actor, partner, **options)
    target = io.BytesIO()
    counts = actions.export(actor, run, target)
    lines = [[cell or "" for cell in line] for line in load_workbook(io.BytesIO(target.getvalue())).active.values]
    return counts, lines


def test_the_bureaus_own_platform_gets_what_was_agreed_and_no_more(cast, agreed):
    person = make_person(cast.town, name="张三", phone="0467-2345678", address="某路1号")
    make_person(cast.other_bureau, name="李四")
    make_person(cast.charity, name="王五")
    counts, lines = exported(cast.bureau_officer, agreed())
    assert counts == {"given": 1, "minors": 0, "no_consent": 0}
    assert len(lines) == 2
    assert lines[1] == ["张三", f"居民身份证 {person.number}", "0467-2345678"]
    run = ExchangeRun.objects.get()
    assert (run.state, run.counts["given"]) == ("done", 1)
    assert AuditEntry.objects.filter(action="exchange.export").exists()


def test_minors_go_only_with_an_approval(cast, agreed):
    make_person(cast.town, born="2018-01-01")
    counts, lines = exported(cast.bureau_officer, agreed())
    assert counts == {"given": 0, "minors": 1, "no_consent": 0}
    assert len(lines) == 1


def test_a_platform_of_others_gets_of_each_what_they_agreed_to(cast, agreed):
    make_safeguards(cast.town, cast.charity)
    willing, _other = make_person(cast.town, name="张三", phone="0467-2345678"), make_person(cast.town, name="李四")
    make_consent(willing, [cast.charity], actor=cast.bureau_officer, items=("name",))
    counts, lines = exported(cast.bureau_officer, agreed(operator=cast.charity))
    assert counts == {"given": 1, "minors": 0, "no_consent": 1}
    assert lines[1] == ["张三", "", ""]
    provision = Provision.objects.get()
    assert (provision.receiver, provision.items) == (cast.charity, ["name"])


def test_a_withdrawal_closes_this_road_too(cast, agreed):
    make_safeguards(cast.town, cast.charity)
    person = make_person(cast.town)
    consent = make_consent(person, [cast.charity], actor=cast.bureau_officer)
    partner = agreed(operator=cast.charity)
    assert exported(cast.bureau_officer, partner)[0]["given"] == 1
    withdraw_consent(cast.bureau_officer, consent, reason="不愿意", channel="counter")
    assert exported(cast.bureau_officer, partner, is_whole=True)[0]["given"] == 0


def test_without_safeguards_nothing_goes(cast, agreed):
    person = make_person(cast.town)
    make_consent(person, [cast.charity], actor=cast.bureau_officer)
    assert exported(cast.bureau_officer, agreed(operator=cast.charity))[0] == {"given": 0, "minors": 0, "no_consent": 1}


def test_the_next_run_takes_only_what_changed(cast, agreed):
    partner = agreed()
    make_person(cast.town, name="张三")
    exported(cast.bureau_officer, partner)
    make_person(cast.town, name="李四")
    counts, lines = exported(cast.bureau_officer, partner)
    assert counts["given"] == 1
    assert lines[1][0] == "李四"
    assert exported(cast.bureau_officer, partner, is_whole=True)[0]["given"] == 2


def test_only_platforms_of_the_place_and_agreed_by_an_approver(cast, agreed):
    with pytest.raises(Refusal):
        agreed(platform="别处的平台")
    with pytest.raises(PermissionDenied):
        actions.agree_exchange(cast.bureau_officer, {"platform": PLATFORM, "items": ["name"], "basis": "x"})
    partner = agreed()
    with pytest.raises(Refusal):
        agreed()
    for person in (cast.charity_reviewer, cast.town_caseworker, cast.bureau_approver):
        with pytest.raises(PermissionDenied):
            actions.begin_export(person, partner)


def test_a_list_of_a_platform_is_in_the_log_with_what_became_of_it(cast):
    people_import = checked(cast.bureau_officer, rows=[row("张三")], kind="platform", platform=PLATFORM)
    run = ExchangeRun.objects.get()
    assert (run.direction, run.state) == ("in", "running")
    people_import = applied(cast.bureau_officer, people_import)
    run.refresh_from_db()
    assert (run.state, run.counts["written_new"]) == ("done", 1)
    undone(cast.bureau_officer, people_import)
    run.refresh_from_db()
    assert run.state == "undone"
