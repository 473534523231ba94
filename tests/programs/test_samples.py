"""A draft is tried on made-up people, and tells what its release would change."""

import copy
import re
import uuid

import pytest
from django.core.cache import cache

from members.access import Refusal
from members.models import AuditEntry
from programs import catalogue, touched, trials
from programs.actions import programs as actions
from programs.actions import samples
from programs.actions.fact_sheets import Sheet, put
from programs.facts import VOCABULARY
from programs.reading import read_program
from tests.make.catalogue import make_program, make_version
from tests.make.units import make_staff
from tests.programs.posting import fields_of, send
from tests.programs.test_vectors import vectors

pytestmark = pytest.mark.django_db
SAMPLES = catalogue.samples()
CHILD = {
    "as_of": "2026-01-10", "birth_date": "2015-05-20", "nationality": "CN", "needs_surgery": True,
    "diagnoses": ["congenital_heart_disease"], "prior_grants": [], "self_paid_yuan": 8000, "surgery_done": True,
}  # fmt: skip


def cheaper(definition):
    """The first tier pays less, and from fourteen on nobody qualifies."""
    definition = copy.deepcopy(definition)
    definition["benefit"]["rules"][0]["pay"]["tiers"][0]["amount"] = 3000
    definition["condition"]["all"][1]["any"][0]["high"] = 5
    return definition


@pytest.fixture
def program(cast):
    program = make_program(cast.charity, "P02")
    samples.ship_samples(program, SAMPLES["P02"])
    return program


@pytest.fixture
def draft(cast, program):
    return make_version(program, cheaper(program.versions.get().definition), written_by=cast.catalogue_admin)


def test_the_shipped_samples_are_those_that_every_back_end_answers():
    shipped = [(code, one["facts"], one["eligible"], one["amount"]) for code, found in SAMPLES.items() for one in found]
    wanted = [
        (v["program"], v["facts"], v["expect"]["eligible"], v["expect"]["amount"]) for v in vectors("programs.json")
    ]
    assert all(one in wanted for one in shipped)
    assert all(one in shipped for one in wanted)


@pytest.mark.parametrize("code", SAMPLES)
def test_every_sample_of_a_shipped_program_comes_out_as_settled(cast, code):
    program = make_program(cast.charity, code, like=code)
    samples.ship_samples(program, SAMPLES[code])
    said = read_program(program.versions.get().definition)
    found = trials.tried(program.samples.all(), said, said, VOCABULARY)
    assert [one.sample.position for one in found if one.is_unexpected or one.is_other or one.trouble] == []


@pytest.mark.parametrize("code", SAMPLES)
def test_the_form_of_a_sample_gives_its_facts_back(cast, browse, code):
    program = make_program(cast.charity, code, like=code)
    samples.ship_samples(program, SAMPLES[code])
    session = browse(cast.catalogue_admin)
    for sample in program.samples.all():
        url = f"/programs/samples/{sample.code}/change/"
        before = copy.deepcopy(sample.facts)
        assert send(session, url, fields_of(session.get(url).content.decode(), "data-sample")).status_code == 302
        sample.refresh_from_db()
        assert sample.facts == before
        assert sample.expected is not None


def test_a_sample_is_made_up_on_the_page_and_faults_stand_at_their_fields(cast, browse, program, draft):
    session, url = browse(cast.catalogue_admin), f"/programs/{program.code}/samples/add/"
    pairs = fields_of(session.get(url).content.decode(), "data-sample")
    wrong = send(session, url, pairs, **{"facts.birth_date": "2015-02-30", "note": "正好五岁"})
    assert wrong.status_code == 422
    assert "没有 2015-02-30 这一天" in wrong.content.decode()
    assert "f-facts-birth_date-error" in wrong.content.decode()
    filled = {
        "facts.birth_date": "2020-05-20", "facts.nationality": "CN", "facts.needs_surgery": "true", "note": "正好五岁",
        "facts.diagnoses": ["", "congenital_heart_disease"], "facts.self_paid_yuan": "8,000",
        "facts.prior_grants.known": "yes", "facts.prior_grants[0].amount_yuan": "5000",
        "facts.prior_grants[0].date": "2025-01-01", "facts.categories": ["", "-"],
    }  # fmt: skip
    assert send(session, url, pairs, **filled).status_code == 302
    sample = program.samples.get(note="正好五岁")
    assert sample.facts["prior_grants"] == [{"program": "P02", "amount_yuan": 5000, "date": "2025-01-01"}]
    assert (sample.facts["needs_surgery"], sample.facts["self_paid_yuan"]) == (True, 8000)
    assert [line.action for line in AuditEntry.objects.filter(action__startswith="program_sample")] == [
        "program_sample.add"
    ]
    assert session.post(f"/programs/samples/{sample.code}/remove/").status_code == 302
    assert not program.samples.filter(pk=sample.pk).exists()


def test_the_editor_and_the_version_show_what_comes_out_and_what_is_other_than_now(cast, browse, program, draft):
    samples.add_sample(cast.catalogue_admin, program, CHILD | {"birth_date": "2022-05-20"}, "小的")
    samples.add_sample(cast.catalogue_admin, program, CHILD, "大的")
    session = browse(cast.catalogue_admin)
    for url in ("/programs/P02/versions/2/edit/", "/programs/P02/versions/2/"):
        html = session.get(url).content.decode()
        assert "符合，3,000 元" in html
        assert "现行：符合，5,000 元" in html
        assert "试算" in html
    assert session.get("/programs/P02/versions/1/").content.decode().count("现行：") == 0


def test_a_paper_more_or_less_is_told_by_its_name(cast, browse, program):
    definition = copy.deepcopy(program.versions.get().definition)
    gone = definition["papers"].pop(0)
    definition["papers"].append({**definition["papers"][0], "code": "P02-D9", "name": ["居住证明"]})
    make_version(program, definition, written_by=cast.catalogue_admin)
    samples.add_sample(cast.catalogue_admin, program, CHILD, "")
    html = browse(cast.catalogue_admin).get("/programs/P02/versions/2/effects/").content.decode()
    assert f"要多交：居住证明；不用再交：{gone['name'][0]}" in html
    assert "原来" not in html


def test_a_sample_is_told_by_what_sets_it_apart_from_most(program):
    words = VOCABULARY
    after = read_program(program.versions.get().definition, words)
    tried = trials.tried(program.samples.all(), after, None, words)
    usual = "疾病诊断：先天性心脏病"
    assert usual in tried[0].summary
    assert not any(usual in one.short for one in tried if one.short != one.summary)
    assert len({tuple(one.short) for one in tried}) > len(tried) / 2


def test_a_faulty_draft_is_not_tried(cast, browse, program, draft):
    draft.definition["quota"] = "很多"
    draft.save()
    assert "改好后再试算" in browse(cast.catalogue_admin).get("/programs/P02/versions/2/edit/").content.decode()


def test_a_copy_takes_the_samples_along_under_its_own_code(cast, program):
    version = actions.copy_program(cast.catalogue_admin, program, "P77", organization=cast.charity)
    said = read_program(version.definition)
    found = trials.tried(version.program.samples.all(), said, None, VOCABULARY)
    assert len(found) == len(SAMPLES["P02"])
    assert [one.sample.facts for one in found if one.is_unexpected] == []


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"name": "甲"}, ""),
        ({"birth_date": "x"}, ""),
        ([], ""),
        ({}, "电话 23030012345"),
        ({"term": "长" * 20_000}, ""),
    ],
)
def test_what_is_no_fact_is_refused(cast, program, facts, note):
    with pytest.raises(Refusal):
        samples.add_sample(cast.catalogue_admin, program, facts, note)


def test_two_people_change_a_sample(cast, program):
    sample = program.samples.first()
    samples.change_sample(cast.catalogue_admin, sample, 1, CHILD, "")
    assert sample.expected is None
    with pytest.raises(Refusal, match="修改过"):
        samples.change_sample(cast.catalogue_admin, sample, 1, CHILD, "")


def test_a_stranger_makes_no_samples(cast, browse, program):
    stranger = browse(make_staff("目录丙", cast.other_charity, ["catalogue_admin"]))
    sample = program.samples.first()
    for url in ("/programs/P02/samples/add/", f"/programs/samples/{sample.code}/change/"):
        assert stranger.get(url).status_code == 403
        assert stranger.post(url).status_code == 403


def test_who_would_gain_and_lose_is_counted_by_county(cast, browse, program, draft):
    person = {name: value for name, value in CHILD.items() if name != "as_of"}
    put(Sheet(uuid.uuid4(), "230302001000", VOCABULARY.read(person)) for _number in range(14))
    html = browse(cast.catalogue_admin).get("/programs/P02/versions/2/effects/").content.decode()
    assert "<td>甲区</td>" in html
    assert '<dt>不再符合条件的人</dt><dd class="sum">10</dd>' in html
    assert "目前没有在办个案" in html


def test_open_cases_are_told_by_whoever_keeps_them(cast, browse, program, draft, monkeypatch):
    monkeypatch.setattr(touched, "_sources", [])
    touched.source(lambda program, staff: touched.Touched("在办转介", 3, (("ZJ-1", "/x/1/"),)))
    touched.source(lambda program, staff: touched.Touched("在办申请", 0))
    html = browse(cast.catalogue_admin).get("/programs/P02/versions/2/effects/").content.decode()
    assert "在办转介：3 件" in html
    assert '<a href="/x/1/">ZJ-1</a>' in html
    assert "在办申请" not in html
    assert "目前没有在办个案" not in html


# -- who writes a program may ask anything, and must not learn of one person ------------------------------------------
NUMBERS = re.compile(r'id="effects".*?</section>', re.DOTALL)


def numbers_of(session, author, draft, born):
    """What the page says of a draft for those who were born on one day and have one illness."""
    draft.refresh_from_db()
    fact = {"fact": "birth_date", "test": "eq", "value": born, "why": "x"}
    ill = {"fact": "diagnoses", "test": "contains", "value": "leukemia", "why": "x"}
    rule = {"id": "a", "says": "x", "pay": {"kind": "fixed", "amount": 5}}
    said = draft.definition | {
        "condition": {"all": [fact, ill]}, "benefit": {"period": "once", "why": "x", "rules": [rule]}
    }  # fmt: skip
    actions.save_draft(author, draft, draft.revision, said)
    return NUMBERS.search(session.get("/programs/P02/versions/1/effects/").content.decode())[0]


def known(number, **facts):
    put(Sheet(uuid.uuid4(), "230302001000", VOCABULARY.read(facts)) for _number in range(number))


def test_nobody_and_one_person_look_alike_to_outsiders(cast, browse):
    known(1, birth_date="2015-05-20", diagnoses=["leukemia"])
    draft = make_program(cast.charity, "P02", state="draft").versions.get()
    author = cast.catalogue_admin
    session = browse(author)
    there, elsewhere = (numbers_of(session, author, draft, born) for born in ("2015-05-20", "2015-05-21"))
    assert there == elsewhere
    assert "甲区" not in there
    known(20, birth_date="2015-05-22", diagnoses=["leukemia"])
    assert "<td>甲区</td>" in numbers_of(session, author, draft, "2015-05-22")
    line = AuditEntry.objects.filter(action="fit.count").first()
    assert (line.actor_id, line.object_code) == (author.pk, "P02")


def test_outsiders_try_so_many_texts_a_day(cast, browse, program, draft, monkeypatch):
    monkeypatch.setattr("programs.actions.fits.MOST_TEXTS", 1)
    cache.clear()
    session, url = browse(cast.catalogue_admin), "/programs/P02/versions/2/effects/"
    for _time in range(2):  # the same text again is no new question
        assert "会新符合条件的人" in session.get(url).content.decode()
    actions.save_draft(cast.catalogue_admin, draft, draft.revision, draft.definition | {"row": 9})
    html = session.get(url).content.decode()
    assert "会新符合条件的人" not in html
    assert "明天可以再统计" in html
    assert "个样例里" in html
    colleague = browse(make_staff("目录乙", cast.charity, ["catalogue_admin"]))
    assert "会新符合条件的人" not in colleague.get(url).content.decode()


def test_samples_of_a_unit_stay_with_it(cast, browse, program):
    samples.add_sample(cast.catalogue_admin, program, CHILD, "甲区某户")
    make_version(program, cheaper(program.versions.get().definition))
    stranger = make_staff("目录丙", cast.other_charity, ["catalogue_admin"])
    number, shipped = len(SAMPLES["P02"]) + 1, len(SAMPLES["P02"])
    for person, seen in ((cast.catalogue_admin, number), (stranger, shipped), (cast.bureau_officer, shipped)):
        assert browse(person).get("/programs/P02/versions/1/effects/").context["sample_number"] == seen
    copies = [
        actions.copy_program(person, program, code).program
        for person, code in ((cast.catalogue_admin, "P78"), (stranger, "P79"))
    ]
    assert [copy.samples.count() for copy in copies] == [number, shipped]


def test_a_note_that_no_database_holds_is_refused(cast, browse, program, draft):
    answer = browse(cast.catalogue_admin).post("/programs/P02/samples/add/", {"note": "甲\x00乙"})
    assert answer.status_code == 422
