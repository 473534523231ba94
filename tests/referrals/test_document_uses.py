"""What papers are good for: they prove facts, they need not be brought again, and they go where the person goes."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from members.access import Refusal
from portal.lib import uploads
from referrals import affected, matching, own_copies
from referrals.actions.categories import add_category
from referrals.actions.documents import put_aside_document
from referrals.actions.facts import record_facts
from referrals.actions.government_aid import change_aid, record_aid
from referrals.actions.guardianships import add_guardian
from referrals.actions.mergers import merge_people, undo_merger
from referrals.actions.purges import confirm_purge, order_purge
from referrals.models import Document
from tests.make.catalogue import make_program
from tests.make.people import make_consent, make_document, make_fact, make_incident, make_minor_approval, make_person


@pytest.fixture
def person(cast):
    return make_person(cast.town)


# -- They prove -------------------------------------------------------------------------------------------------------
def test_a_fact_points_to_the_paper_that_proves_it(cast, person, browse):
    document = make_document(person, title="三月出院")
    url = reverse("referrals:record_facts", args=[person.code, "hardship"])
    session = browse(cast.town_caseworker)
    assert "三月出院" in session.get(url).content.decode()
    session.post(url, {"hardship_level": "severe", "document": document.code, "source": "", "valid_on": ""})
    assert person.facts.get(name="hardship_level").document == document
    page = session.get(reverse("referrals:show_person", args=[person.code])).content.decode()
    assert page.count(reverse("referrals:show_document", args=[document.code])) == 2
    shown = session.get(reverse("referrals:show_document", args=[document.code])).content.decode()
    assert "困难程度" in shown


def test_the_same_value_with_a_paper_is_proved_by_it_from_then_on(cast, person):
    fact, document = make_fact(person, "hardship_level", "severe"), make_document(person)
    assert record_facts(cast.town_caseworker, person, {"hardship_level": "severe"}, document=document) == []
    fact.refresh_from_db()
    assert fact.document == document


def test_categories_aid_and_guardians_point_to_theirs(cast, person):
    document, today = make_document(person), timezone.localdate()
    actor = cast.town_caseworker
    held = add_category(actor, person, {"category": "dibao", "since": today, "document": document})
    aid = record_aid(actor, person, {"scheme": "dibao", "state": "applied", "document": document})
    guardian = add_guardian(actor, person, {"relation": "mother", "name": "某监护人", "document": document})
    assert held.document == aid.document == guardian.document == document
    assert change_aid(actor, aid, 1, {"scheme": "medical"}).document == document


def test_a_paper_of_somebody_else_or_one_put_aside_proves_nothing(cast, person, browse):
    other, aside = make_document(make_person(cast.town)), make_document(person)
    put_aside_document(cast.town_caseworker, aside, "传错了")
    aside.refresh_from_db()
    for document in (other, aside):
        with pytest.raises(Refusal, match="不是此人的"):
            record_facts(cast.town_caseworker, person, {"hardship_level": "severe"}, document=document)
    url = reverse("referrals:record_facts", args=[person.code, "hardship"])
    assert 'name="document"' not in browse(cast.town_caseworker).get(url).content.decode()


def test_a_paper_belongs_to_a_consent_of_the_same_person(cast, person, browse):
    consent = make_consent(person, [cast.charity], actor=cast.town_caseworker)
    document = make_document(person, "power_of_attorney")
    url = reverse("referrals:change_document", args=[document.code])
    said = {"kind": document.kind, "title": "", "issued_on": "", "valid_until": "", "version": 1}
    browse(cast.town_caseworker).post(url, {**said, "consent": consent.pk})
    document.refresh_from_db()
    assert document.consent == consent
    stranger = make_consent(make_person(cast.town), [cast.charity], actor=cast.town_caseworker)
    page = browse(cast.town_caseworker).post(url, {**said, "version": 2, "consent": stranger.pk})
    assert page.context["form"].errors["consent"]


# -- They need not be brought again -----------------------------------------------------------------------------------
ALL_KNOWN = {
    "diagnoses": ["congenital_heart_disease"], "needs_surgery": True, "surgery_done": False, "surgery_number": 1,
    "self_paid_yuan": "12600.00", "complex_chd": False, "prior_grants": [],
}  # fmt: skip


@pytest.fixture
def child(cast):
    make_program(cast.charity, "P02")
    make_minor_approval(cast.town_caseworker)
    born = (timezone.localdate() - timedelta(days=7 * 365)).isoformat()
    child = make_person(cast.town, born=born, registration=cast.county)
    for name, value in ALL_KNOWN.items():
        make_fact(child, name, value)
    return child


def kinds(child):
    (one,) = matching.outcomes_of(child, matching.match_person(child).fits)
    return {row.paper.kind for row, _document in one.here}, {row.paper.kind for row, *_rest in one.wanting}


def test_a_paper_of_the_right_kind_counts_as_present(child):
    here, wanting = kinds(child)
    assert (here, "cardiac_ultrasound_report" in wanting) == (set(), True)
    make_document(child, "cardiac_ultrasound_report")
    assert kinds(child) == ({"cardiac_ultrasound_report"}, wanting - {"cardiac_ultrasound_report"})


@pytest.mark.parametrize("state", ["expired", "aside", "of somebody else"])
def test_what_does_not_hold_does_not_count(child, cast, state):
    yesterday = timezone.localdate() - timedelta(days=1)
    if state == "expired":
        make_document(child, "cardiac_ultrasound_report", valid_until=yesterday)
    elif state == "aside":
        make_document(child, "cardiac_ultrasound_report", put_aside_at=timezone.now(), put_aside_reason="看不清")
    else:
        make_document(make_person(cast.town), "cardiac_ultrasound_report")
    assert kinds(child)[0] == set()


def test_the_form_of_one_program_is_never_taken_for_that_of_another(child):
    make_document(child, "program_form")
    here, wanting = kinds(child)
    assert (here, "program_form" in wanting) == (set(), True)
    assert "program_form" not in {kind for kind, *_rest in matching.wanted_papers(child)}


def test_a_paper_too_old_for_the_program_does_not_count(child, monkeypatch):
    (one,) = matching.outcomes_of(child, matching.match_person(child).fits)
    paper = next(row.paper for row, *_rest in one.wanting if row.paper.kind == "cardiac_ultrasound_report")
    today = timezone.localdate()
    document = make_document(child, paper.kind, issued_on=today - timedelta(days=100))
    object.__setattr__(paper, "valid_days", 90)
    try:
        assert kinds(child)[0] == set()
        Document.objects.filter(pk=document.pk).update(issued_on=today - timedelta(days=90))
        assert kinds(child)[0] == {paper.kind}
    finally:
        object.__setattr__(paper, "valid_days", None)


def test_the_pages_say_what_is_there_and_what_is_still_wanted(child, cast, browse):
    document = make_document(child, "cardiac_ultrasound_report")
    session = browse(cast.town_caseworker)
    match = session.get(reverse("referrals:match_person", args=[child.code])).content.decode()
    assert ("资料里已有 1 样材料" in match, f"/documents/{document.code}/" in match) == (True, True)
    wanted = {kind for kind, *_rest in matching.wanted_papers(child)}
    assert wanted
    for name in ("list_documents", "list_wanted_papers"):
        url = reverse(f"referrals:{name}", args=[child.code])
        page = session.get(url, headers={"HX-Request": "true"}).content.decode()
        assert [kind for kind in wanted if f"?kind={kind}" not in page] == []
    add = session.get(reverse("referrals:add_documents", args=[child.code]) + f"?kind={sorted(wanted)[0]}")
    assert f'value="{sorted(wanted)[0]}" selected' in add.content.decode()


# -- They go where the person goes ------------------------------------------------------------------------------------
def test_a_merger_takes_papers_along_and_its_undoing_brings_them_back(cast):
    kept, dropped = make_person(cast.bureau), make_person(cast.bureau, number="")
    mine = make_document(kept)
    theirs = make_document(dropped)
    twice = make_document(dropped, checksum=mine.checksum)
    merger = merge_people(cast.bureau_officer, kept, dropped, "同一人")
    assert (set(kept.documents.all()), list(dropped.documents.all())) == ({mine, theirs}, [twice])
    undo_merger(cast.bureau_officer, merger, "弄错了")
    assert (list(kept.documents.all()), set(dropped.documents.all())) == ([mine], {theirs, twice})


def test_a_purge_leaves_neither_file_nor_name(cast, django_capture_on_commit_callbacks):
    person = make_person(cast.bureau)
    document, second = make_document(person, title="某人的诊断", file_kind="jpg"), make_document(person)
    keys = [document.file_key, document.preview_key, second.file_key]
    order = order_purge(cast.bureau_officer, person, "本人要求删除")
    with django_capture_on_commit_callbacks(execute=True):
        confirm_purge(cast.bureau_approver, order)
    assert not any(default_storage.exists(uploads.path_of(key)) for key in keys)
    for one in person.documents.all():
        assert (one.private, one.file_key, one.preview_key, one.checksum) == ({}, "", "", "")


def test_the_copy_for_the_person_names_every_file(person):
    make_document(person, title="三月出院", file_name="诊断.pdf")
    make_document(person, "bank_card", put_aside_at=timezone.now(), put_aside_reason="传错了")
    told = [value for _label, value in dict(own_copies.copy_of(person))["材料"]]
    assert ("三月出院" in told[0], "诊断.pdf" in told[0], "已移除" in told[1]) == (True, True, True)


def test_whoever_opened_a_paper_is_told_to_the_person_and_counted_in_an_incident(cast, person, browse):
    document = make_document(person)
    browse(cast.town_caseworker).get(reverse("referrals:download_document", args=[document.code]))
    looks = dict(own_copies.copy_of(person))["谁看过"]
    assert [who for _at, who in looks] == [f"{cast.town} {cast.town_caseworker}"]
    incident = make_incident(
        cast.bureau_approver, staff=cast.town_caseworker, until=timezone.now() + timedelta(minutes=1)
    )
    assert affected.people_of(incident) == {person.pk}
