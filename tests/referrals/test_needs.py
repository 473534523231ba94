"""Needs: recorded, moved on, counted, taken out masked."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from openpyxl import load_workbook

from members.access import Refusal, Stale
from members.models import AuditEntry
from referrals import disclosure, need_figures
from referrals.actions import needs as actions
from referrals.models import Need
from tests.make.people import make_category, make_government_aid, make_minor_approval, make_need, make_person
from tests.make.units import make_area

pytestmark = pytest.mark.django_db
VALUES = {
    "kind": "medical", "form": "material", "weight": "bottom_line", "urgency": "urgent",
    "ground": "still_in_difficulty",
    "causes": ["major_illness"], "estimated_yuan": Decimal("20000.00"), "wish": "手术费还差两万",
}  # fmt: skip


def test_several_needs_each_with_its_own_history(cast):
    person = make_person(cast.town)
    need = actions.add_need(cast.town_caseworker, person, VALUES)
    actions.add_need(cast.town_caseworker, person, {**VALUES, "kind": "care", "form": "service"})
    actions.move_need(cast.town_caseworker, need, "in_help", "")
    actions.move_need(cast.town_caseworker, need, "met", "市慈善总会付清")
    assert list(need.steps.values_list("state", flat=True)) == ["met", "in_help", "open"]
    assert [one.kind for one in need_figures.open_needs_of(person)] == ["care"]
    assert set(person.timeline.values_list("kind", flat=True)) == {"need_added", "need_moved"}
    with pytest.raises(Refusal, match="已经是"):
        actions.move_need(cast.town_caseworker, need, "met", "")


def test_an_end_without_its_reason_is_none(cast):
    need = make_need(make_person(cast.town))
    with pytest.raises(Refusal, match="写明"):
        actions.move_need(cast.town_caseworker, need, "dropped", " ")


def test_who_comes_second_is_told(cast, browse):
    need = make_need(make_person(cast.town))
    actions.change_need(cast.bureau_officer, need, 1, {**VALUES, "kind": "care"})
    with pytest.raises(Stale):
        actions.change_need(cast.town_caseworker, need, 1, VALUES)
    said = {**VALUES, "version": 1, "wish": "我写的"}
    page = browse(cast.town_caseworker).post(reverse("referrals:change_need", args=[need.code]), said)
    form = page.context["form"]
    assert (form["wish"].value(), form["version"].value()) == ("我写的", 2)
    assert "民政经办" in page.content.decode()


def test_nobody_outside_writes_or_reads(cast, browse):
    need = make_need(make_person(cast.town))
    with pytest.raises(PermissionDenied):
        actions.add_need(cast.charity_reviewer, need.person, VALUES)
    assert list(browse(cast.charity_reviewer).get(reverse("referrals:list_needs")).context["page"]) == []


def test_the_wish_is_not_for_who_only_oversees_nor_for_minors_without_approval(cast, browse):
    make_need(make_person(cast.town), wish="手术费还差两万")
    child = make_person(cast.town, born="2020-01-01", name="张小丫")
    make_need(child, wish="想要一套画笔", kind="micro_wish")
    page = browse(cast.city_supervisor).get(reverse("referrals:list_needs")).content.decode()
    assert [words for words in ("两万", "画笔", "张小丫") if words in page] == []
    page = browse(cast.bureau_officer).get(reverse("referrals:list_needs")).content.decode()
    assert [words for words in ("两万", "画笔", "张小丫") if words in page] == ["两万"]
    make_minor_approval(cast.bureau_officer, child)
    page = browse(cast.bureau_officer).get(reverse("referrals:list_needs")).content.decode()
    assert "画笔" in page


def listed(session, **asked):
    return {need.code for need in session.get(reverse("referrals:list_needs"), asked).context["page"]}


def test_filters_and_order_stand_in_the_url(cast, browse):
    one = make_need(make_person(cast.town), weight="general", causes=["schooling"])
    person = make_person(cast.bureau)
    make_category(person)
    two = make_need(person, "care", weight="bottom_line", urgency="critical", form="service", state="in_help")
    make_need(person, state="met")
    session = browse(cast.bureau_officer)
    assert listed(session) == {one.code, two.code}
    assert listed(session, cause="schooling") == listed(session, area="230302001000") == {one.code}
    assert listed(session, category="dibao") == listed(session, form="service", state="in_help") == {two.code}
    assert len(listed(session, state="all")) == 3
    page = session.get(reverse("referrals:list_needs"), {"sort": "weight"}).context["page"]
    assert [need.code for need in page] == [two.code, one.code]


@pytest.mark.parametrize(("by", "keys"), [
    ("kind", {"medical": (2, 2), "care": (1, 1)}),
    ("cause", {"schooling": (1, 1), "major_illness": (1, 1), "": (2, 2)}),
    ("category", {"dibao": (2, 1), "disabled": (2, 1), "": (1, 1)}),
    ("area", {"230302001000": (2, 1), "": (1, 1)}),
    ("weight", {"basic": (3, 2)}),
])  # fmt: skip
def test_totals_count_needs_and_people(by, keys, cast):
    person, other = make_person(cast.town), make_person(cast.bureau)
    for category in ("dibao", "disabled"):
        make_category(person, category)
    make_government_aid(person)
    make_need(person, causes=["schooling", "major_illness"], estimated_yuan=Decimal("100.10"))
    make_need(person, "care", estimated_yuan=Decimal("200.20"))
    make_need(other, "medical")
    rows = {row.key: row for row in need_figures.totals(Need.objects.all(), by, cast.county)}
    assert {key: (row.open, row.people) for key, row in rows.items()} == keys
    assert sum(row.aided for row in rows.values()) >= 1
    if by == "kind":
        assert rows["medical"].cost == Decimal("100.10")


def test_every_total_leads_to_its_list(cast, browse):
    make_area("230302002000", "甲区二街道", "town", cast.county)
    need = make_need(make_person(cast.town), causes=["schooling"])
    session = browse(cast.bureau_officer)
    for by in need_figures.GROUPINGS:
        page = session.get(reverse("referrals:total_needs"), {"by": by})
        for row in page.context["rows"]:
            if row.key:
                assert listed(session, **{by: row.key}) == {need.code}


def test_the_workbook_names_nobody(cast, browse):
    make_need(make_person(cast.town, name="王小明"), estimated_yuan=Decimal("20000"))
    response = browse(cast.bureau_officer).post(reverse("referrals:export_needs"))
    book = load_workbook(BytesIO(response.getvalue()))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any("王小明" in cell for cell in cells)
    assert any("王" in cell for cell in cells)
    assert AuditEntry.objects.filter(action="need.export").count() == 1


def test_a_receiver_reads_the_open_needs_and_no_others(cast):
    person = make_person(cast.town)
    make_need(person, wish="手术费还差两万", estimated_yuan=Decimal("20000"))
    make_need(person, "care", wish="已经解决", state="met")
    ((_group, rows),) = disclosure.project(person, {"needs"})
    assert rows[0][1] == "医疗，手术费还差两万，预计 20,000.00 元"
