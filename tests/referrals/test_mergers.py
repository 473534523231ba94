"""Two records of one person: side by side, merged with all that hangs on them, taken apart again."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from members.access import Refusal
from referrals import finding, timeline
from referrals.actions.mergers import merge_people, plan, tell_apart, undo_merger
from referrals.models import Person
from tests.make.people import make_category, make_fact, make_government_aid, make_guardianship, make_person


@pytest.fixture
def pair(cast):
    """The bureau's record without a number, and the town's with all that is known."""
    kept = make_person(cast.bureau, name="王小明", born="1990-05-06", number="", address="建设路某号")
    dropped = make_person(
        cast.town,
        name="王小明",
        born="1990-05-06",
        phone="0467-2345678",
        address="别处",
        account="62220000",
        bank="某行",
    )
    return kept, dropped


def fresh(*people):
    return [Person.objects.get(pk=person.pk) for person in people]


def snapshot(person):
    person = Person.objects.get(pk=person.pk)
    person.private = {name: value for name, value in person.private.items() if value}
    columns = {field.attname: getattr(person, field.attname) for field in person._meta.concrete_fields}
    kept = {name: value for name, value in columns.items() if name not in ("version", "changed_at", "changed_by_id")}
    hanging = [
        sorted(rows.values_list("pk", flat=True)) for rows in (person.facts, person.categories, person.government_aid)
    ]
    return kept, hanging


def test_merge_people(pair, cast):
    kept, dropped = pair
    fact, aid = make_fact(dropped, "hardship_level", "severe"), make_government_aid(dropped)
    held = make_category(dropped, "orphan")
    number = dropped.number
    merge_people(cast.bureau_officer, kept, dropped, "同一人")
    kept, dropped = fresh(kept, dropped)
    assert dropped.merged_into == kept
    assert (kept.number, kept.identity_kind, kept.phone, kept.address) == (
        number,
        "resident",
        "0467-2345678",
        "建设路某号",
    )
    assert (kept.account, kept.private["bank"]) == ("62220000", "某行")
    assert (list(kept.facts.all()), list(kept.government_aid.all()), list(kept.categories.all())) == (
        [fact],
        [aid],
        [held],
    )
    assert kept.level == "severe"
    assert list(Person.objects.visible_to(cast.bureau_officer)) == [kept]
    assert Person.objects.filter(merged_into=None).with_number(number).get() == kept


def test_a_merger_is_taken_back_as_a_whole(pair, cast):
    kept, dropped = pair
    make_fact(dropped, "hardship_level", "severe")
    make_fact(kept, "dwelling", "own")
    make_category(dropped, "orphan")
    make_guardianship(dropped)
    before = snapshot(kept), snapshot(dropped)
    merger = merge_people(cast.bureau_officer, kept, dropped, "同一人")
    assert snapshot(kept) != before[0]
    undo_merger(cast.bureau_officer, merger, "弄错了")
    after = snapshot(kept), snapshot(dropped)
    after[1][0]["level"] = before[1][0]["level"]  # projected anew from the fact
    assert after == before
    assert dropped.guardianships.count() == 1
    with pytest.raises(Refusal):
        undo_merger(cast.bureau_officer, merger, "再一次")


def test_what_was_changed_since_is_not_taken_back(pair, cast):
    kept, dropped = pair
    merger = merge_people(cast.bureau_officer, kept, dropped, "同一人")
    kept = Person.objects.get(pk=kept.pk)
    kept.private = {**kept.private, "phone": "0467-7654321"}
    kept.save()
    new = make_fact(kept, "dwelling", "own")
    undo_merger(cast.bureau_officer, merger, "弄错了")
    kept, dropped = fresh(kept, dropped)
    assert (kept.phone, dropped.phone) == ("0467-7654321", "0467-2345678")
    assert list(kept.facts.all()) == [new]


def test_what_both_have_stays_where_it_is(pair, cast):
    kept, dropped = pair
    mine, theirs = make_fact(kept, "hardship_level", "some"), make_fact(dropped, "hardship_level", "severe")
    make_category(kept, "dibao"), make_category(dropped, "dibao")
    mother = make_person(cast.bureau)
    make_guardianship(kept, mother), make_guardianship(dropped, mother)
    merge_people(cast.bureau_officer, kept, dropped, "同一人")
    assert (list(kept.facts.all()), list(dropped.facts.all())) == ([mine], [theirs])
    assert (kept.categories.count(), dropped.categories.count()) == (1, 1)
    assert (kept.guardianships.count(), dropped.guardianships.count()) == (1, 1)


def test_two_numbers_are_two_people(cast):
    one, other = make_person(cast.bureau), make_person(cast.bureau)
    with pytest.raises(Refusal, match="号码不同"):
        merge_people(cast.bureau_officer, one, other, "同一人")
    with pytest.raises(Refusal, match="本人"):
        merge_people(cast.bureau_officer, one, one, "同一人")


def test_who_may_not_merge_does_not(pair, cast):
    for name in ("town_caseworker", "city_supervisor", "charity_reviewer", "other_bureau_approver"):
        with pytest.raises(PermissionDenied):
            merge_people(cast[name], *pair, "同一人")
    merger = merge_people(cast.bureau_approver, *pair, "同一人")
    with pytest.raises(PermissionDenied):
        undo_merger(cast.town_caseworker, merger, "x")


def test_told_apart_they_are_not_asked_about_again(pair, cast):
    kept, dropped = pair
    assert finding.duplicates_of(cast.bureau_officer, kept).seen == [dropped]
    tell_apart(cast.bureau_officer, kept, dropped)
    tell_apart(cast.bureau_officer, dropped, kept)
    assert finding.duplicates_of(cast.bureau_officer, kept).seen == []
    assert finding.duplicates_of(cast.bureau_officer, dropped).seen == []


def test_the_preview_tells_what_will_happen_and_masks_numbers(pair, cast):
    kept, dropped = pair
    make_fact(dropped, "hardship_level", "severe")
    shown = plan(kept, dropped)
    taken = {str(label): other for label, _one, other, is_taken in shown.rows if is_taken}
    assert taken["电话"] == dropped.masked_phone
    assert "详细住址" not in taken
    assert dropped.number not in str(shown)
    assert shown.following == [("情况", 1)]


def test_from_the_page(pair, cast, browse):
    kept, dropped = pair
    session = browse(cast.bureau_officer)
    old = reverse("referrals:show_person", args=[dropped.code])
    where = reverse("referrals:merge_people", args=[kept.code, dropped.code])
    assert where in session.get(reverse("referrals:show_person", args=[kept.code])).content.decode()
    found = session.post(reverse("referrals:find_duplicate", args=[kept.code]), {"who": dropped.number})
    assert found.headers["Location"] == where
    text = session.get(where).content.decode()
    assert dropped.number not in text
    assert session.post(where, {"reason": "同一人"}, follow=True).status_code == 200
    assert session.get(old).headers["Location"] == reverse("referrals:show_person", args=[kept.code])
    lines = timeline.lines_of(kept.household, kept)
    assert [line.title for line in lines] == ["合并重复登记"]
    undo = reverse("referrals:undo_merger", args=[kept.mergers.get().code])
    session.post(undo, {"reason": "弄错了"})
    assert session.get(old).status_code == 200
    assert browse(cast.charity_reviewer).get(old).status_code == 404
