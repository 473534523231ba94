"""Roads around the record of a person: its time line, its forms, its twins, whatever is left when it is wiped."""

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.access import Refusal
from members.models import AuditEntry
from referrals import own_copies
from referrals.actions.consents import refuse_consent, withdraw_consent
from referrals.actions.households import move_person
from referrals.actions.mergers import merge_people, undo_merger
from referrals.actions.needs import add_need, move_need
from referrals.actions.provisions import end_provision
from referrals.actions.purges import confirm_purge, order_purge, set_retention
from referrals.models import Consent, Person, PersonMerger, Retention
from referrals.views import people
from tests.make.people import (
    make_consent,
    make_document,
    make_fact,
    make_import,
    make_import_row,
    make_lead,
    make_minor_approval,
    make_need,
    make_person,
    make_provision,
)
from tests.make.units import make_relation, make_staff
from tests.referrals.tables import checked, row


def url(name, *args):
    return reverse(f"referrals:{name}", args=args)


def a_childs_birthday():
    return f"{timezone.localdate().year - 9}-01-01"


def lines_about(person, action="person.view"):
    return AuditEntry.objects.filter(action=action, object_code=person.code).count()


# -- The time line ----------------------------------------------------------------------------------------------------
def test_who_only_oversees_reads_no_name_and_no_words_in_the_time_line(cast, browse):
    head = make_person(cast.town, name="端木甲")
    moved = make_person(cast.town, name="端木乙丙")
    move_person(cast.town_caseworker, moved, "spouse", head.household, "结婚，住独有路")
    need = add_need(cast.town_caseworker, head, {"kind": "medical", "form": "material", "weight": "basic"})
    move_need(cast.town_caseworker, need, "met", "独有路的亲戚端木丁出了钱")
    own = browse(cast.town_caseworker).get(url("show_person", head.code)).content.decode()
    overseen = browse(cast.city_supervisor).get(url("show_person", head.code)).content.decode()
    assert "端木乙丙 加入家庭" in own
    assert "端木丁" in own
    for told in ("端木乙丙", "端木丁", "独有路"):
        assert told not in overseen
    assert "端木** 加入家庭" in overseen


def test_the_time_line_of_a_household_leaves_out_minors_and_whoever_is_out_of_sight(cast, browse):
    head = make_person(cast.town, name="端木甲")
    child = make_person(cast.town, head.household, name="端木小丙", born=a_childs_birthday())
    grown = make_person(cast.town, head.household, name="端木丁", relation="parent")
    make_minor_approval(cast.bureau_officer, child)
    add_need(cast.bureau_officer, child, {"kind": "study", "form": "material", "weight": "basic"})
    add_need(cast.bureau_officer, grown, {"kind": "elderly_care", "form": "service", "weight": "basic"})
    Person.objects.filter(pk=grown.pk).update(county=cast.other_county.code, town="", residence=cast.other_county)
    shown = {
        who: browse(cast[who]).get(url("show_person", head.code)).content.decode().count("登记需求：")
        for who in ("town_caseworker", "bureau_officer")
    }
    assert shown == {"town_caseworker": 0, "bureau_officer": 1}


# -- Every look leaves a line -----------------------------------------------------------------------------------------
def test_forms_that_show_what_is_held_leave_a_line(cast, browse):
    person = make_person(cast.town, address="独有路 5 号", health_note="独有的病")
    other = make_person(cast.town, number="", address="独有路 5 号")
    make_fact(person, "hardship_level", "severe")
    session = browse(cast.bureau_officer)
    pages = [
        url("change_person", person.code),
        url("record_facts", person.code, "hardship"),
        url("merge_people", person.code, other.code),
        url("register_person") + f"?household={person.code}",
    ]
    for number, page in enumerate(pages, start=1):
        session.get(page)
        assert (page, lines_about(person)) == (page, number)
    assert lines_about(other) == 1


def test_a_search_that_shows_names_leaves_a_line(cast, browse):
    make_person(cast.town, name="端木甲")
    session = browse(cast.town_caseworker)
    session.post(reverse("search"), {"text": "无此人"})
    assert not AuditEntry.objects.filter(action="person.list").exists()
    session.post(reverse("search"), {"text": "端木"})
    assert AuditEntry.objects.get(action="person.list").changes == {"rows": [None, 1]}


def test_asking_whether_somebody_is_known_elsewhere_leaves_a_line(cast, browse):
    elsewhere = make_person(cast.bureau)
    session = browse(cast.charity_reviewer)
    said = {
        "name": "张三", "identity_kind": "resident", "number": elsewhere.number, "relation": "head",
        "residence": cast.town_area.code,
    }  # fmt: skip
    page = session.post(url("register_person"), said).content.decode()
    assert "其他单位已登记" in page
    line = AuditEntry.objects.get(action="person.alike")
    assert (line.actor_id, line.changes) == (cast.charity_reviewer.pk, {"seen": [None, 0], "elsewhere": [None, 1]})
    assert elsewhere.code not in str(vars(line))
    assert elsewhere.number not in str(vars(line))


def test_a_list_that_learns_of_people_elsewhere_leaves_a_line_with_their_number(cast):
    elsewhere = make_person(cast.other_bureau)
    table = checked(cast.bureau_officer, rows=[row("张三", number=elsewhere.number), row()])
    line = AuditEntry.objects.get(action="person.alike")
    assert (line.object_code, line.changes) == (table.code, {"held": [None, 1]})


def test_pages_of_ones_own_do_not_tell_endlessly_who_is_known_elsewhere(cast, browse, monkeypatch):
    """A list of numbers brought in as records of one's own is no way around the limit of asking."""
    person = make_person(cast.charity)
    make_person(cast.bureau, number=person.number)
    monkeypatch.setattr(people, "ASKING", "2/600")
    session = browse(cast.charity_reviewer)
    told = ["其他单位已登记" in session.get(url("show_person", person.code)).content.decode() for _time in range(3)]
    assert told == [True, True, False]


def test_the_copy_names_everybody_who_looked_on_any_page(cast, browse):
    person, twin = make_person(cast.town), make_person(cast.town, number="")
    browse(cast.town_caseworker).get(url("match_person", person.code))
    browse(cast.bureau_officer).get(url("show_person", twin.code))
    merge_people(cast.bureau_officer, person, twin, "同一人")
    seen = str(dict(own_copies.copy_of(person))["谁看过"])
    assert "街道经办" in seen
    assert seen.count("民政经办") == 1


def test_nobody_sees_the_numbers_of_kin_in_full(cast, browse):
    person = make_person(cast.town, account="6222009713971397")
    make_relation(cast.town_caseworker, name=person.name, number=person.number)
    page = browse(cast.town_caseworker).post(url("unmask_person", person.code), {"reason": "核对账户"}).content.decode()
    assert "回避" in page
    assert person.account not in page
    assert person.number not in page


# -- Twins ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def chain(cast):
    """Three records of one person, merged one after the other: the first into the second, the second into the third."""
    actor = cast.bureau_officer
    first, second, third = make_person(cast.town, number=""), make_person(cast.town, number=""), make_person(cast.town)
    make_consent(first, [cast.charity], actor=actor)
    draft = make_consent(first, actor=actor, purpose="publicity", state="draft")
    refuse_consent(actor, draft, draft.version)
    merge_people(actor, second, first, "同一人")
    return first, second, third, merge_people(actor, third, second, "同一人")


def test_a_twin_of_a_twin_keeps_consents_and_refusals_in_sight(cast, browse, chain):
    first, _second, third, _merger = chain
    assert Consent.objects.of(third).count() == 2
    assert Consent.objects.refusal_in_force(third, "publicity")
    consent = Consent.objects.given().get(person=first)
    session = browse(cast.bureau_officer)
    assert session.get(url("show_consent", consent.code)).status_code == 200
    assert session.get(url("show_person", first.code)).headers["Location"] == url("show_person", third.code)


def test_what_was_agreed_to_under_a_twins_name_can_still_be_taken_back(cast, browse):
    actor = cast.bureau_officer
    kept, twin = make_person(cast.town, number=""), make_person(cast.town)
    first, second = (make_provision(actor, twin, charity) for charity in (cast.charity, cast.other_charity))
    merge_people(actor, kept, twin, "同一人")
    session = browse(actor)
    session.post(url("end_provision", first.code))
    session.post(url("withdraw_consent", second.consent.code), {"extent": "whole", "channel": "counter"})
    ended = [type(one).objects.get(pk=one.pk).ended for one in (first, second)]
    assert ended == ["by_provider", "withdrawn"]


def test_a_chain_of_twins_comes_apart_link_by_link(cast, chain):
    first, second, third, merger = chain
    undo_merger(cast.bureau_officer, merger, "弄错了")
    assert Person.objects.get(pk=first.pk).merged_into == second
    assert Consent.objects.of(third).count() == 0


def test_a_childs_merger_is_undone_only_by_who_may_see_the_child(cast, browse):
    child, twin = (make_person(cast.town, number="", born=a_childs_birthday()) for _time in range(2))
    approval = make_minor_approval(cast.bureau_officer, None)
    merger = merge_people(cast.bureau_officer, child, twin, "同一人")
    type(approval).objects.update(ended_at=timezone.now())
    page = browse(cast.bureau_officer).post(url("undo_merger", merger.code), {"reason": "弄错了"})
    assert page.headers["Location"] == url("ask_minor_access", child.code)
    assert PersonMerger.objects.get().undone_at is None


# -- Wiped ------------------------------------------------------------------------------------------------------------
def test_who_is_wiped_is_wiped_in_every_twin_and_in_what_the_merger_remembers(cast):
    actor = cast.bureau_officer
    kept, twin = make_person(cast.town, number=""), make_person(cast.town, phone="0467-5559713")
    paper, number = make_document(twin), twin.number
    merger = merge_people(actor, kept, twin, "同一人")
    confirm_purge(cast.bureau_approver, order_purge(actor, Person.objects.get(pk=kept.pk), "本人要求"))
    twin, merger = Person.objects.get(pk=twin.pk), PersonMerger.objects.get(pk=merger.pk)
    assert (twin.name, twin.private, twin.birth_date, twin.number_index) == ("已清除", {}, None, None)
    assert merger.filled == {}
    paper.refresh_from_db()
    assert (paper.file_key, paper.private) == ("", {})
    assert not Person.objects.with_number(number).exists()
    with pytest.raises(Refusal, match="已清除"):
        undo_merger(actor, merger, "弄错了")


def test_what_holds_of_a_twin_stays_the_wiping(cast):
    """A list that is open, a consent that stands, a legal hold."""
    actor = cast.bureau_officer
    kept, twin = make_person(cast.town, number=""), make_person(cast.town)
    provision = make_provision(actor, twin, cast.charity)
    for person, reason in ((kept, ""), (twin, "审计中")):
        set_retention(cast.bureau_approver, person, 0, until=None, basis="", hold_reason=reason)
    merge_people(actor, kept, twin, "同一人")
    kept = Person.objects.get(pk=kept.pk)
    for reason in ("审计中", "停止提供", "有效的同意"):
        with pytest.raises(Refusal, match=reason):
            order_purge(actor, kept, "本人要求")
        if reason == "审计中":
            Retention.objects.update(hold_reason="")
        elif reason == "停止提供":
            end_provision(actor, provision)
    withdraw_consent(None, provision.consent, channel="online")
    assert order_purge(actor, kept, "本人要求").state == "ordered"


# -- Lists of others --------------------------------------------------------------------------------------------------
def test_rows_about_a_child_are_told_to_no_colleague_without_an_approval(cast, browse):
    child = make_person(cast.bureau, name="端木小丙", born=a_childs_birthday())
    make_minor_approval(cast.bureau_officer, child)
    made = make_import(cast.bureau_officer)
    told = {"values": {"name": "端木小丙"}, "differences": [["address", "独有路 5 号", "别处"]]}
    make_import_row(made, "conflict", person=child, version=1, private=told)
    colleague = make_staff("另一经办", cast.bureau, ["bureau_officer"])
    pages = {
        who.name: browse(who).get(url("show_import", made.code)).content.decode()
        for who in (cast.bureau_officer, colleague)
    }
    assert "独有路 5 号" in pages["民政经办"]
    assert "端木小丙" in pages["民政经办"]
    assert "独有路 5 号" not in pages["另一经办"]
    assert "端木小丙" not in pages["另一经办"]


def test_a_row_about_somebody_who_moved_away_tells_no_more_of_the_record(cast, browse):
    person = make_person(cast.bureau)
    made = make_import(cast.bureau_officer)
    make_import_row(
        made,
        "conflict",
        person=person,
        private={"values": {"name": "某"}, "differences": [["address", "独有路", "别处"]]},
    )
    Person.objects.filter(pk=person.pk).update(county=cast.other_county.code, residence=cast.other_county)
    assert "独有路" not in browse(cast.bureau_officer).get(url("show_import", made.code)).content.decode()


def test_a_workbook_of_needs_names_no_child(cast, browse):
    make_need(make_person(cast.town, name="端木小丙", born=a_childs_birthday()))
    make_need(make_person(cast.town, name="司徒甲"))
    answer = browse(cast.town_caseworker).post(url("export_needs"))
    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(min_row=2, values_only=True))
    assert {line[1] for line in rows} == {"未成年人", "司徒*"}


def test_old_leads_stay_with_the_unit_they_were_filed_for(cast, browse):
    make_lead(cast.charity_reviewer, cast.town_area, organization=cast.other_charity, seen="独有的情况")
    assert "独有的情况" not in browse(cast.charity_reviewer).get(url("list_my_leads")).content.decode()
