"""The catalogue for other systems: what is in force, on any day, for everyone; services in HSDS 3."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programs import catalogue, definitions
from programs.facts import VOCABULARY
from programs.matching import match
from programs.reading import read_program
from tests.make.catalogue import make_program, make_version
from tests.make.units import make_contact_post, make_organization

pytestmark = pytest.mark.django_db
PROGRAMS, HSDS = "/api/v1/programs/", "/api/v1/hsds/"
TODAY = timezone.localdate()


@pytest.fixture
def unit():
    return make_organization("示例市红十字会", "red_cross", purpose="人道救助", credit_code="91350211M000100Y43")


def load_all(unit):
    """Every shipped program, with containers."""
    made = {}
    for entry in catalogue.written()["programs"]:
        code = entry["code"]
        made[code] = make_program(
            unit, code, like=code, position=len(made), parent=made.get(entry.get("parent")),
            is_container=entry.get("container") is True,
        )  # fmt: skip
    return made


def get(client, url, **query):
    response = client.get(url, query)
    assert response.status_code == 200, response.content
    return response.json()


def test_everyone_reads_what_is_in_force(client, unit):
    load_all(unit)
    make_program(unit, "X1", state="draft")
    rows = get(client, PROGRAMS)["results"]
    assert [row["code"] for row in rows] == [entry["code"] for entry in catalogue.written()["programs"]]
    assert rows[1] | {"organization": None} == {
        "code": "P02", "name": "天使阳光基金", "name_en": "Angel Sunshine Fund (congenital heart disease)",
        "kind": "medical_aid", "organization": None, "parent": None, "is_container": False,
        "whom": "国籍：中国；年龄：0–14 周岁；疾病诊断包括先天性心脏病 等", "how_much": "每次手术 · 5,000–30,000 元",
        "version": 1, "valid_from": "2024-07-12", "valid_to": None,
    }  # fmt: skip


def test_the_list_is_narrowed(client, unit):
    load_all(unit)
    for query, codes in (
        ({"q": "白血病"}, ["P01"]), ({"q": "p06-2"}, ["P06-2"]), ({"kind": "disability_aid"}, ["P04"]),
        ({"organization": unit.code, "q": "P11"}, ["P11"]), ({"organization": "nobody"}, []),
        ({"area": unit.area.code, "q": "P11"}, ["P11"]), ({"area": "999999000000"}, []), ({"on": "2020-01-01"}, []),
    ):  # fmt: skip
        assert [row["code"] for row in get(client, PROGRAMS, **query)["results"]] == codes, query
    assert client.get(PROGRAMS, {"kind": "planet"}).status_code == 400
    assert client.get(PROGRAMS, {"on": "yesterday"}).status_code == 400


def test_pages_by_key_lead_through_all_of_them(client, unit):
    load_all(unit)
    url, seen = f"{PROGRAMS}?limit=5", []
    while url:
        page = get(client, url)
        seen += [row["code"] for row in page["results"]]
        url = page["next"]
    assert seen == [entry["code"] for entry in catalogue.written()["programs"]]


def test_a_list_costs_the_same_for_many_as_for_one(client, unit):
    make_program(unit, "P01", like="P01")
    counts = []
    for code in ("P02", "P03"):
        get(client, PROGRAMS)
        with CaptureQueriesContext(connection) as captured:
            get(client, PROGRAMS)
        counts.append(len(captured))
        make_program(unit, code, like=code)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("code", [entry["code"] for entry in catalogue.written()["programs"]])
def test_a_program_says_the_same_as_data_and_in_words(client, unit, code):
    load_all(unit)
    answer = get(client, f"{PROGRAMS}{code}/")
    shipped = next(entry for entry in catalogue.written()["programs"] if entry["code"] == code)
    assert answer["definition"] == definitions.plain({key: value for key, value in shipped.items() if key != "notes"})
    assert [paper["code"] for paper in answer["papers"]] == [paper["code"] for paper in shipped.get("papers", [])]
    assert "notes" not in answer
    assert bool(answer["conditions"]) is not answer["is_container"]


def test_the_definition_can_be_matched_with_as_it_is(client, unit):
    make_program(unit, "P02")
    program = read_program(get(client, f"{PROGRAMS}P02/")["definition"])
    facts = VOCABULARY.read({"nationality": "CN", "age_years": 15, "prior_grants": []})
    assert [verdict.eligible for verdict in match(facts, [program])] == [False]


def test_the_version_of_a_day(client, unit):
    program = make_program(unit, "P02")
    program.versions.update(valid_to=TODAY)
    definition = program.versions.get().definition | {"name": ["新名"]}
    make_version(program, definition, state="released", valid_from=TODAY)
    make_version(program, definition | {"name": ["草稿"]})
    assert get(client, f"{PROGRAMS}P02/")["name"] == "新名"
    assert get(client, f"{PROGRAMS}P02/", on=(TODAY - timedelta(days=1)).isoformat())["name"] == "天使阳光基金"
    assert client.get(f"{PROGRAMS}P02/", {"on": "2020-01-01"}).status_code == 404
    versions = get(client, f"{PROGRAMS}P02/versions/")["results"]
    assert [(one["number"], one["state"], one["name"]) for one in versions] == [
        (2, "released", "新名"), (1, "released", "天使阳光基金"),
    ]  # fmt: skip
    assert get(client, f"{PROGRAMS}P02/versions/1/")["valid_to"] == TODAY.isoformat()
    for number in (3, 99, 2**40):
        assert client.get(f"{PROGRAMS}P02/versions/{number}/").status_code == 404


def test_what_is_only_written_is_nowhere(client, unit):
    make_program(unit, "X1", state="draft")
    for url in ("X1/", "X1/versions/", "X1/versions/1/", "nobody/"):
        assert client.get(f"{PROGRAMS}{url}").status_code == 404
    assert get(client, f"{HSDS}services/")["contents"] == []


def test_it_may_be_kept_for_a_while_and_changed_by_nobody(client, unit):
    make_program(unit, "P02")
    assert client.get(PROGRAMS).headers["Cache-Control"] == "public, max-age=60"
    assert client.post(PROGRAMS, {}, content_type="application/json").status_code in (403, 405)


# -- HSDS 3 -----------------------------------------------------------------------------------------------------------
# The fields of HSDS 3 that each object may carry, and those it must (docs.openreferral.org, HSDS reference).
FIELDS = {
    "service": (
        {"id", "name", "status"},
        {"organization_id", "program_id", "alternate_name", "description", "url", "email", "interpretation_services",
         "application_process", "fees_description", "accreditations", "eligibility_description", "minimum_age",
         "maximum_age", "assured_date", "assurer_email", "alert", "last_modified", "phones", "schedules",
         "service_areas", "service_at_locations", "languages", "organization", "funding", "cost_options", "program",
         "required_documents", "contacts", "attributes", "metadata", "additional_urls", "capacities"},
    ),
    "organization": (
        {"id", "name", "description"},
        {"alternate_name", "email", "website", "year_incorporated", "legal_status", "logo", "uri",
         "parent_organization_id", "funding", "contacts", "phones", "locations", "programs",
         "organization_identifiers", "attributes", "metadata", "additional_websites"},
    ),
    "organization_identifiers": (
        {"id", "identifier_type", "identifier"}, {"organization_id", "identifier_scheme", "attributes", "metadata"},
    ),
    "program": ({"id", "name", "description"}, {"organization_id", "alternate_name", "attributes", "metadata"}),
    "service_areas": (
        {"id"}, {"service_id", "name", "description", "extent", "extent_type", "uri", "attributes", "metadata"},
    ),
    "required_documents": ({"id"}, {"service_id", "document", "uri", "attributes", "metadata"}),
    "cost_options": (
        {"id"}, {"service_id", "valid_from", "valid_to", "option", "currency", "amount", "amount_description",
                 "attributes", "metadata"},
    ),
    "funding": ({"id"}, {"organization_id", "service_id", "source", "attributes", "metadata"}),
    "contacts": (
        {"id"}, {"organization_id", "service_id", "service_at_location_id", "location_id", "name", "title",
                 "department", "email", "phones", "attributes", "metadata"},
    ),
    "phones": (
        {"id", "number"}, {"location_id", "service_id", "organization_id", "contact_id", "service_at_location_id",
                           "extension", "type", "description", "languages", "attributes", "metadata"},
    ),
    "attributes": (
        {"id"}, {"link_id", "taxonomy_term_id", "link_type", "link_entity", "value", "taxonomy_term", "metadata",
                 "label"},
    ),
    "taxonomy_term": (
        {"id", "name", "description"}, {"code", "parent_id", "taxonomy", "taxonomy_detail", "language", "taxonomy_id",
                                        "term_uri", "metadata"},
    ),
}  # fmt: skip
NUMBERS = {"minimum_age", "maximum_age", "amount"}


def faults_of(kind, found):
    """What HSDS 3 would not take: fields it lacks, fields that lack, wrong identifiers and types."""
    needed, allowed = FIELDS[kind]
    faults = [f"{kind} lacks {name}" for name in needed - set(found)]
    faults += [f"{kind} has no {name}" for name in set(found) - needed - allowed]
    for name, value in found.items():
        if name == "id" or name.endswith("_id"):
            uuid.UUID(value)
        if name in FIELDS:
            for inner in value if isinstance(value, list) else [value]:
                faults += faults_of(name, inner)
        elif isinstance(value, str) is (name in NUMBERS) or value in ("", None):
            faults.append(f"{kind}.{name} is {value!r}")
    return faults


def test_every_service_has_the_form_of_hsds_3(client, unit):
    load_all(unit)
    make_contact_post(unit, is_public=True, phone="0467-2345678", hours="工作日")
    make_contact_post(unit, title="内部岗位")
    page = get(client, f"{HSDS}services/", full="true")
    assert {name: page[name] for name in page if name != "contents"} == {
        "total_items": 14, "total_pages": 1, "page_number": 1, "size": 14, "first_page": True, "last_page": True,
        "empty": False,
    }  # fmt: skip
    for service in page["contents"]:
        assert faults_of("service", service) == []
        assert service == get(client, f"{HSDS}services/{service['id']}/")
        assert [contact["title"] for contact in service["contacts"]] == ["社会救助股"]
    brief = get(client, f"{HSDS}services/")["contents"]
    assert [faults_of("service", service) for service in brief] == [[]] * 14
    assert not any(isinstance(value, list | dict) for service in brief for value in service.values())


def test_what_a_service_says_is_what_the_program_says(client, unit):
    load_all(unit)
    found = {one["name"]: one for one in get(client, f"{HSDS}services/", full="true")["contents"]}
    heart = found["天使阳光基金"]
    assert (heart["minimum_age"], heart["maximum_age"]) == (0, 14)
    assert "5,000 元" in heart["description"]
    assert len(heart["required_documents"]) == 5
    assert [one["source"] for one in heart["funding"]] == ["中国红十字基金会（中央专项彩票公益金大病儿童救助项目）"]
    cataract = found["全市城乡老年人“白内障复明医疗公益活动”项目"]
    assert sorted(one["amount"] for one in cataract["cost_options"]) == [0, 500]
    assert cataract["program"]["name"] == "慈心助医"
    assert cataract["minimum_age"] == 60
    assert "maximum_age" not in cataract


def test_hsds_pages_searches_and_says_what_it_is(client, unit):
    load_all(unit)
    page = get(client, f"{HSDS}services/", per_page=5, page=3)
    assert (page["total_pages"], page["size"], page["first_page"], page["last_page"]) == (3, 4, False, True)
    assert get(client, f"{HSDS}services/", page=99)["empty"] is True
    assert [one["name"] for one in get(client, f"{HSDS}services/", search="白血病")["contents"]] == [
        "小天使基金（白血病）"
    ]
    key = get(client, f"{HSDS}services/")["contents"][0]["organization_id"]
    assert get(client, f"{HSDS}services/", organization_id=key)["total_items"] == 14
    assert get(client, f"{HSDS}services/", organization_id=uuid.uuid4())["total_items"] == 0
    assert client.get(f"{HSDS}services/", {"per_page": 1000}).status_code == 400
    assert client.get(f"{HSDS}services/{uuid.uuid4()}/").status_code == 404
    assert get(client, HSDS)["version"].startswith("3.")


def test_identifiers_outlive_a_new_version(client, unit):
    program = make_program(unit, "P02")
    before = get(client, f"{HSDS}services/")["contents"][0]["id"]
    program.versions.update(valid_to=TODAY)
    make_version(program, state="released", valid_from=TODAY)
    after = get(client, f"{HSDS}services/")["contents"][0]
    assert (after["id"], after["assured_date"]) == (before, TODAY.isoformat())
