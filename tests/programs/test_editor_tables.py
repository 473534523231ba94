"""Papers, benefit and steps in the editor: what is shown comes back as it was, what is typed is kept."""

import copy
import random
from decimal import Decimal

import pytest
from django.http import QueryDict

from programs.catalogue import units, written
from programs.checks import examine
from programs.editing import benefit, changes, papers, steps, trial
from programs.editing.fields import Faults, Field
from programs.editing.places import padded
from programs.facts import VOCABULARY
from programs.reading import PAY_READERS, read_program
from tests.depth import DEPTH
from tests.programs.test_reading_junk import JUNK, places, spoiled

pytestmark = pytest.mark.django_db
SECTIONS = {"papers": papers, "benefit": benefit, "steps": steps}
ENTRIES = {entry["code"]: entry for entry in written()["programs"] if not entry.get("container")}


def fields_in(value):
    """Every field of a section's context, wherever it stands."""
    if isinstance(value, Field):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from fields_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from fields_in(inner)
    elif hasattr(value, "__dict__"):
        yield from fields_in(vars(value))


def form(definition, section, **typed):
    """What a browser would post for a section, with some fields typed over."""
    posted = QueryDict(mutable=True)
    for one in fields_in(SECTIONS[section].fields(definition, Faults(examine(definition)), VOCABULARY)):
        fill(posted, one)
    for name, value in typed.items():
        posted.setlist(name, value) if isinstance(value, list) else posted.__setitem__(name, value)
    return posted


def fill(posted, field):
    match field.kind.widget:
        case "two":
            posted.update({f"{field.name}.{end}": text for end, text in zip(field.kind.ends, field.value, strict=True)})
        case "pair":
            for index, text in enumerate(field.value):
                posted[f"{field.name}[{index}]"] = text
        case "codes":
            posted.setlist(field.name, ["", *field.value])
        case "flag":
            posted.setlist(field.name, ["", "1"] if field.value else [""])
        case _:
            ticked = type(field.kind).__name__ == "Ticked"
            posted[f"{field.name}.on" if ticked else field.name] = field.value


def typed(code, section, **fields):
    return SECTIONS[section].read(form(ENTRIES[code], section, **fields), ENTRIES[code], VOCABULARY)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("code", ENTRIES)
def test_what_is_shown_comes_back_as_it_was(code, section):
    before = copy.deepcopy(ENTRIES[code])
    assert typed(code, section) == before
    assert ENTRIES[code] == before


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("code", ENTRIES)
def test_nothing_posted_changes_nothing(code, section):
    assert SECTIONS[section].read(QueryDict(), ENTRIES[code], VOCABULARY) == ENTRIES[code]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("code", ENTRIES)
def test_junk_is_shown_and_comes_back_as_it_was(code, section):
    dice = random.Random(code + section)
    keys = SECTIONS[section].KEYS
    for path in places(ENTRIES[code]):
        if path and path[0] in keys:
            for junk in dice.sample(JUNK, min(DEPTH, len(JUNK))):
                entry = spoiled(ENTRIES[code], path, junk)
                read = SECTIONS[section].read(form(entry, section), entry, VOCABULARY)
                assert read == entry, path


@pytest.mark.parametrize("section", SECTIONS)
def test_hostile_posts_change_something_or_nothing_but_never_crash(section):
    dice = random.Random(section)
    words = ["", "\x00", "<script>", "=1+1", "９９", "1e9", "-5", "1,000.50", "x" * 30_000, "{", "[]", "null", "tiers"]
    for code in ENTRIES:
        posted = form(ENTRIES[code], section)
        for _round in range(20):
            hostile = posted.copy()
            for name in dice.sample(list(posted), min(8, len(posted))):
                hostile[name] = dice.choice(words)
            read = SECTIONS[section].read(hostile, ENTRIES[code], VOCABULARY)
            SECTIONS[section].fields(read, Faults(examine(read)), VOCABULARY, hostile)


def test_an_empty_program_can_be_shown():
    for section in SECTIONS.values():
        for data in ({}, dict.fromkeys(section.KEYS), dict.fromkeys(section.KEYS, 5)):
            section.fields(data, Faults(), VOCABULARY)
            assert section.read(QueryDict(), data, VOCABULARY) == data


# -- Papers -----------------------------------------------------------------------------------------------------------
def test_a_paper_is_changed_as_it_was_typed():
    new = typed(
        "P12", "papers",
        **{
            "papers[4].name[0]": "村里的困难证明", "papers[4].originals": "2", "papers[4].copies": "1",
            "papers[4].seals": ["", "hospital_official"], "papers[4].from": "乡镇（街道）", "papers[4].stage": "review",
            "papers[4].valid_days": "90", "papers[4].struck": "false", "papers[4].filed": "慈善总会、团委",
            "papers[4].either": ["", "1"], "papers[4].note": "甲\n乙", "papers[4].form": "困难证明表",
        },
    )["papers"][4]  # fmt: skip
    assert new == {
        "code": "P12-D5", "name": ["村里的困难证明", "Hardship certificate"], "kind": "hardship_certificate",
        "originals": 2, "copies": 1, "either": True, "seals": ["hospital_official"], "from": "township",
        "stage": "review", "valid_days": 90, "struck": False, "filed": ["charity_federation", "league_committee"],
        "note": "甲\n乙", "form": "困难证明表",
    }  # fmt: skip


def test_what_is_no_number_stays_and_is_a_fault_at_its_place():
    new = typed("P12", "papers", **{"papers[4].originals": "两份"})
    assert new["papers"][4]["originals"] == "两份"
    assert [one.place for one in examine(new)] == ["papers[4].originals"]
    rows = papers.fields(new, Faults(examine(new)), VOCABULARY)["rows"]
    assert (rows[4].fields["originals"].value, bool(rows[4].fields["originals"].errors)) == ("两份", True)
    assert [bool(row.faults) for row in rows] == [False, False, False, False, True, False, False]


def test_a_party_that_no_list_knows_speaks_for_itself():
    assert typed("P12", "papers", **{"papers[0].from": "示例市义工站"})["papers"][0]["from"] == "示例市义工站"


def test_a_new_paper_gets_a_code_of_its_own():
    assert papers.blank("papers", ENTRIES["P12"])["code"] == "P12-D8"
    # P02 has D1, D2, D3a, D3b and D4.
    assert papers.blank("papers", ENTRIES["P02"])["code"] == "P02-D5"


def test_a_row_says_its_paper_in_short():
    row = papers.fields(ENTRIES["P01"], Faults(), VOCABULARY)["rows"][4]
    assert (row.title, row.counts, row.who, row.stage) == ("最新病情诊断证明原件", "原件 1", "申请人", "申请时")


# -- Steps ------------------------------------------------------------------------------------------------------------
def test_a_step_is_changed_as_it_was_typed():
    new = typed(
        "P12", "steps",
        **{"steps[2].share": "15", "steps[3].days": "7", "steps[4].working_days": "20", "steps[4].every": "term",
           "applicants": ["", "school"], "handed_to": "示例团委", "steps[0].actor": "学校"},
    )  # fmt: skip
    assert new["steps"][2]["share"] == Decimal("0.15")
    assert (new["steps"][3]["days"], new["steps"][4]["working_days"], new["steps"][4]["every"]) == (7, 20, "term")
    assert (new["applicants"], new["handed_to"], new["steps"][0]["actor"]) == (["school"], "示例团委", "school")
    assert examine(new) == []


def test_fields_that_do_not_belong_to_a_step_are_not_shown():
    rows = steps.fields(ENTRIES["P12"], Faults(), VOCABULARY)["rows"]
    assert [("share" in row.fields, "days" in row.fields, "bodies" in row.fields) for row in rows[2:4]] == [
        (True, False, False), (False, True, False),
    ]  # fmt: skip
    assert rows[2].example == "例如拟资助名单有 35 人，要走访 4 人。"


def test_a_share_that_is_none_stays_as_typed():
    new = typed("P12", "steps", **{"steps[2].share": "一成"})
    assert new["steps"][2]["share"] == "一成"
    assert [one.place for one in examine(new)] == ["steps[2].share"]


def test_the_chain_upward_is_shown():
    shown = steps.fields(ENTRIES["P11"], Faults(), VOCABULARY)
    assert shown["chain"] == ["学校或妇联", "市妇联", "省基金会", "资助方"]


# -- Benefit ----------------------------------------------------------------------------------------------------------
PAY = "benefit.rules[0].pay"


def test_a_tier_is_changed_and_its_gap_is_marked():
    new = typed("P02", "benefit", **{f"{PAY}.tiers[1].low": "11,000"})
    assert new["benefit"]["rules"][0]["pay"]["tiers"][1]["low"] == 11000
    rows = benefit.fields(new, Faults(examine(new)), VOCABULARY)["rows"]
    assert [row.errors for row in rows[0].pay["tiers"]] == [[], ["与前一档之间有空档"], [], [], []]
    mended = benefit.read(form(new, "benefit", **{f"{PAY}.tiers[1].low": "10000.00"}), new, VOCABULARY)
    assert examine(mended) == []


def test_a_new_tier_begins_where_the_last_one_ends():
    entry = copy.deepcopy(ENTRIES["P02"])
    tiers = entry["benefit"]["rules"][0]["pay"]["tiers"]
    assert benefit.blank(f"{PAY}.tiers", entry) == {}
    del tiers[-1]
    assert benefit.blank(f"{PAY}.tiers", entry) == {"low": 30000, "low_open": True}
    tiers[-1]["high_open"] = True
    assert benefit.blank(f"{PAY}.tiers", entry) == {"low": 30000}
    added = changes.changed(entry, f"add:{PAY}.tiers", lambda place: benefit.blank(place, entry))
    assert len(added["benefit"]["rules"][0]["pay"]["tiers"]) == 5


@pytest.mark.parametrize("kind", PAY_READERS)
def test_every_way_of_paying_can_be_chosen_filled_and_read(kind):
    new = typed("P12", "benefit", **{f"{PAY}.kind": kind})
    fact = "hukou_type" if kind == "choice" else "self_paid_yuan"
    new = benefit.read(form(new, "benefit", **{f"{PAY}.fact": fact}), new, VOCABULARY)
    fill_in = {
        f"{PAY}.amount": "100", f"{PAY}.most": "3", f"{PAY}.low": "100", f"{PAY}.high": "200.50", f"{PAY}.copay": "0",
        f"{PAY}.table.rural": "30", f"{PAY}.tiers[0].low": "0", f"{PAY}.tiers[0].low_open": "true",
        f"{PAY}.tiers[0].amount": "50", f"{PAY}.options[0].amount": "70", f"{PAY}.options[0].says": "甲",
    }  # fmt: skip
    new = benefit.read(form(new, "benefit", **fill_in), new, VOCABULARY)
    pay = new["benefit"]["rules"][0]["pay"]
    if kind == "highest":
        pay["options"][0]["when"] = {"fact": "enrolled", "test": "eq", "value": True}
    assert pay["kind"] == kind
    assert [one for one in examine(new) if one.is_grave and "没有人" not in one.message] == []
    assert read_program(new).benefit.rules[0].pay is not None


def test_another_way_of_paying_keeps_what_both_hold():
    new = typed("P12", "benefit", **{f"{PAY}.kind": "actual", f"{PAY}.why": "附件"})
    assert new["benefit"]["rules"][0]["pay"] == {"kind": "actual", "why": "附件"}
    tiers = typed("P02", "benefit", **{f"{PAY}.kind": "choice"})["benefit"]["rules"][0]["pay"]
    assert tiers == {"kind": "choice", "fact": "self_paid_yuan", "table": {}}


def test_the_rest_is_added_and_taken_away():
    new = typed("P02", "benefit", **{f"{PAY}.otherwise.kind": "unset"})
    assert new["benefit"]["rules"][0]["pay"]["otherwise"] == {"kind": "unset"}
    back = benefit.read(form(new, "benefit", **{f"{PAY}.otherwise.kind": ""}), new, VOCABULARY)
    assert back == ENTRIES["P02"]


def test_sums_of_another_list_fall_away_with_their_fact():
    place = "benefit.rules[1].pay"
    new = typed("P11", "benefit", **{f"{place}.fact": "hukou_type", f"{place}.table.primary": "500"})
    assert new["benefit"]["rules"][1]["pay"]["table"] == {}


def test_payment_by_month_is_begun_written_and_left():
    new = typed("P06-1", "benefit", **{"benefit.plan.on": "on"})
    assert new["benefit"]["plan"] == {"terms": 2, "parts": {}, "donor_pays": "quarter"}
    fill_in = {
        "benefit.plan.parts": "充入饭卡 300\n现金 100",
        "benefit.plan.months": "9、10\n3,4",
        "benefit.plan.terms": "6",
    }
    new = benefit.read(form(new, "benefit", **fill_in), new, VOCABULARY)
    assert new["benefit"]["plan"] == {
        "terms": 6, "parts": {"canteen_card": 300, "cash": 100}, "months": [[9, 10], [3, 4]], "donor_pays": "quarter"
    }  # fmt: skip
    gone = benefit.read(form(new, "benefit", **{"benefit.plan.on": ""}), new, VOCABULARY)
    assert "plan" not in gone["benefit"]


def test_parts_and_months_that_cannot_be_read_stay_as_typed():
    fill_in = {"benefit.plan.parts": "饭卡三百", "benefit.plan.months": "秋天"}
    new = typed("P06-2", "benefit", **fill_in)
    assert (new["benefit"]["plan"]["parts"], new["benefit"]["plan"]["months"]) == ("饭卡三百", "秋天")
    assert {one.place for one in examine(new)} == {"benefit.plan.parts", "benefit.plan.months"}


# -- Tried beside the form --------------------------------------------------------------------------------------------
def sums(code, number=0):
    return {row.given: row.sum for row in trial.shown(ENTRIES[code], VOCABULARY).tables[number].rows}


def test_each_bound_is_tried_just_below_and_just_above():
    tried = sums("P02")
    assert {tried[given] for given in ("4,999.99 元", "5,000.00 元")} == {"不发放"}
    bounds = ("5,000.01 元", "10,000.00 元", "10,000.01 元", "30,000.00 元", "30,000.01 元")
    assert [tried[given] for given in bounds] == [
        "5,000.00 元", "5,000.00 元", "10,000.00 元", "20,000.00 元", "30,000.00 元",
    ]  # fmt: skip


@pytest.mark.parametrize("code", ENTRIES)
def test_what_nobody_has_fixed_is_never_shown_as_zero(code):
    shown = trial.shown(ENTRIES[code], VOCABULARY)
    said = [row.sum for table in shown.tables for row in table.rows] + [line.sum for line in shown.lines]
    assert said != []
    assert [text for text in said if text.startswith("0") or " 0.00" in text] == []


def test_unset_and_discretionary_say_so():
    assert set(sums("P07").values()) == {"金额未定"}
    assert sums("P04")["以上都不是"] == "金额未定"
    assert set(sums("P05").values()) == {"金额未定"}
    assert list(sums("P08-2", 1).values()) == ["免费，不用自付"]


def tried(code, **facts):
    posted = QueryDict(mutable=True)
    posted.update({f"preview.{name}": text for name, text in facts.items()})
    return trial.shown(ENTRIES[code], VOCABULARY, posted)


def test_a_case_of_ones_own_is_itemized_with_rule_and_source():
    (line,) = tried("P02", prior_count="0", self_paid_yuan="10,000.01").lines
    assert (line.rule, line.sum, line.why) == ("first_operation", "10,000.00 元", "附件第2项·资助标准")
    (line,) = tried(
        "P02", prior_count="1", prior_sum="15000", complex_chd="true", surgery_number="2", surgery_done="true",
        self_paid_yuan="30000",
    ).lines  # fmt: skip
    assert (line.rule, line.sum) == ("supplement_complex", "15,000.00 元")
    assert "受上限所限" in line.says


def test_what_is_left_empty_is_not_known_and_what_is_no_number_is_a_fault():
    assert tried("P02", prior_count="").lines[0].state == "open"
    shown = tried("P02", prior_count="没有")
    assert [bool(field.errors) for field in shown.fields if field.name == "preview.prior_count"] == [True]


def test_rules_that_are_not_yet_written_are_named_and_the_others_tried():
    entry = copy.deepcopy(ENTRIES["P02"])
    entry["benefit"]["rules"][1]["pay"] = {"kind": "fixed"}
    shown = trial.shown(entry, VOCABULARY)
    assert (shown.unread, len(shown.tables)) == ([2], 1)


def test_every_shipped_benefit_can_be_tried():
    for program in units():
        assert trial.shown(ENTRIES[program.code], VOCABULARY).tables != []


def test_a_name_without_english_is_not_given_an_empty_one():
    entry = {"papers": [{"name": ["只有中文"]}], "steps": [{"does": ["做"]}]}
    posted = QueryDict("papers[0].name[0]=只有中文&papers[0].name[1]=&steps[0].does[0]=做&steps[0].does[1]=")
    assert padded(copy.deepcopy(entry), posted, ("papers", "steps")) == entry
    typed = QueryDict("papers[0].name[0]=只有中文&papers[0].name[1]=Only")
    assert papers.read(typed, padded(copy.deepcopy(entry), typed, ("papers",)), VOCABULARY)["papers"][0]["name"] == [
        "只有中文", "Only",
    ]  # fmt: skip


def test_a_copied_paper_and_a_copied_rule_have_names_of_their_own():
    twice = changes.changed(ENTRIES["P12"], "copy:papers:4", None)
    twice = changes.changed(twice, "copy:papers:4", None)
    assert [paper["code"] for paper in twice["papers"][4:7]] == ["P12-D5", "P12-D5-3", "P12-D5-2"]
    assert examine(twice) == []
    rules = changes.changed(ENTRIES["P12"], "copy:benefit.rules:0", None)["benefit"]["rules"]
    assert [rule["id"] for rule in rules] == ["range", "range-2"]
