"""A program's versions: two people, one draft at a time, the version of the day, nothing in force twice."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.access import Refusal, Stale
from members.models import AuditEntry
from programs import catalogue, definitions, versions
from programs.actions import imports
from programs.actions import programs as actions
from programs.models import Program, ProgramVersion
from tests.make.catalogue import definition_of, make_program, make_version
from tests.make.units import make_organization, make_staff

TODAY = timezone.localdate()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def unit(db):
    return make_organization("慈善总会", "charity_federation")


@pytest.fixture
def writer(unit):
    return make_staff("甲", unit, ["catalogue_admin"])


@pytest.fixture
def second(unit):
    return make_staff("乙", unit, ["catalogue_admin"])


def submitted(program, writer, **changes):
    version = actions.start_draft(writer, program)
    definition = {**version.definition, **changes}
    version = actions.save_draft(writer, version, version.revision, definition)
    return actions.submit_version(writer, version, version.revision)


def released(program, writer, second, valid_from=TODAY, **changes):
    version = submitted(program, writer, **changes)
    return actions.release_version(second, version, version.revision, valid_from)


def test_a_second_person_releases_what_the_first_wrote(unit, writer, second):
    program = make_program(unit)
    version = submitted(program, writer, name=["新名称"])
    for person in (writer,):
        with pytest.raises(Refusal, match="第二个人"):
            actions.release_version(person, version, version.revision, TODAY)
    version = actions.release_version(second, version, version.revision, TODAY)
    assert (version.state, version.released_by, version.valid_from) == ("released", second, TODAY)
    program.refresh_from_db()
    assert program.name == "新名称"
    assert list(AuditEntry.objects.filter(action="program.release").values_list("actor_name", flat=True)) == ["乙"]


def test_whoever_wrote_last_does_not_release_even_if_another_submitted(unit, writer, second):
    program = make_program(unit)
    version = actions.start_draft(writer, program)
    version = actions.save_draft(writer, version, version.revision, {**version.definition, "row": 3})
    version = actions.submit_version(second, version, version.revision)
    for person in (writer, second):
        with pytest.raises(Refusal, match="第二个人"):
            actions.release_version(person, version, version.revision, TODAY)


def test_the_database_itself_refuses_one_person_for_both(unit, writer):
    version = make_version(make_program(unit), state="submitted", submitted_by=writer)
    with pytest.raises(Exception, match="released_by_a_second_person"), transaction.atomic():
        ProgramVersion.objects.filter(pk=version.pk).update(released_by=writer)


def test_another_unit_neither_writes_nor_releases(unit, writer, second):
    stranger = make_staff("丙", None, ["catalogue_admin"])
    program = make_program(unit)
    version = submitted(program, writer)
    for act in (
        lambda: actions.start_draft(stranger, program),
        lambda: actions.save_draft(stranger, version, version.revision, version.definition),
        lambda: actions.release_version(stranger, version, version.revision, TODAY),
        lambda: actions.return_version(stranger, version, version.revision, "不全"),
        lambda: actions.withdraw_version(stranger, program.versions.get(state="released"), 1, "错"),
        lambda: actions.create_program(stranger, unit, "X1", name="甲"),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_one_draft_at_a_time(unit, writer, second):
    program = make_program(unit)
    actions.start_draft(writer, program)
    with pytest.raises(Refusal, match="只能有一份草稿"):
        actions.start_draft(second, program)


def test_a_stale_revision_is_told_who_was_faster(unit, writer, second):
    version = actions.start_draft(writer, make_program(unit))
    actions.save_draft(second, version, version.revision, {**version.definition, "row": 7})
    seen = version.revision - 1
    with pytest.raises(Stale, match="乙") as caught:
        actions.save_draft(writer, version, seen, {**version.definition, "row": 8})
    assert caught.value.current.definition["row"] == 7


def test_a_faulty_draft_is_saved_but_not_submitted(unit, writer):
    version = actions.start_draft(writer, make_program(unit))
    wrong = {**version.definition, "applicants": []}
    version = actions.save_draft(writer, version, version.revision, wrong)
    with pytest.raises(actions.Faulty) as caught:
        actions.submit_version(writer, version, version.revision)
    assert [fault.place for fault in caught.value.faults] == ["applicants"]
    version.refresh_from_db()
    assert version.state == "draft"


def test_tiers_with_a_gap_are_not_submitted(unit, writer):
    version = actions.start_draft(writer, make_program(unit))
    definition = version.definition
    pay = next(rule["pay"] for rule in definition["benefit"]["rules"] if rule["pay"]["kind"] == "tiers")
    pay["tiers"][0]["high"] = 9000
    version = actions.save_draft(writer, version, version.revision, definition)
    with pytest.raises(actions.Faulty, match="空档"):
        actions.submit_version(writer, version, version.revision)


def test_what_was_handed_in_is_no_longer_written_and_comes_back_with_a_reason(unit, writer, second):
    version = submitted(make_program(unit), writer)
    with pytest.raises(Refusal, match="待发布"):
        actions.save_draft(writer, version, version.revision, version.definition)
    with pytest.raises(Refusal, match="原因"):
        actions.return_version(second, version, version.revision, " ")
    version = actions.return_version(second, version, version.revision, "材料不全")
    assert (version.state, version.reason) == ("draft", "材料不全")


def test_a_case_is_judged_by_the_version_of_its_day(unit, writer, second):
    program = make_program(unit, "P99")
    old = program.versions.get()
    new = released(program, writer, second, TOMORROW, quota=None, row=5)
    old.refresh_from_db()
    assert (old.valid_to, new.valid_from, new.valid_to) == (TOMORROW, TOMORROW, None)
    assert [one.row for one in catalogue.current(TODAY)] == [None]
    assert [one.row for one in catalogue.current(TOMORROW)] == [5]
    assert catalogue.current(date(2020, 1, 1)) == ()
    withdrawn = actions.withdraw_version(second, new, new.revision, "文件作废")
    assert withdrawn.valid_to == TOMORROW  # never held
    assert catalogue.current(TOMORROW) == ()
    assert [one.row for one in catalogue.current(TODAY)] == [None]


def test_what_was_withdrawn_still_holds_for_the_days_it_held(unit, second):
    program = make_program(unit)
    version = program.versions.get()
    actions.withdraw_version(second, version, version.revision, "项目结束")
    assert catalogue.current(TODAY) == ()
    assert [one.code for one in catalogue.current(TODAY - timedelta(days=1))] == [program.code]


def test_later_versions_do_not_begin_in_the_past_nor_before_a_planned_one(unit, writer, second):
    program = make_program(unit)
    version = submitted(program, writer)
    with pytest.raises(Refusal, match="过去"):
        actions.release_version(second, version, version.revision, TODAY - timedelta(days=1))
    actions.release_version(second, version, version.revision, TOMORROW)
    later = submitted(program, writer)
    with pytest.raises(Refusal, match="第 2 版"):
        actions.release_version(second, later, later.revision, TODAY)


def test_the_first_version_may_begin_in_the_past(unit, writer, second):
    program = actions.create_program(writer, unit, "NEW-1", name="新", definition=definition_of("P01"))
    version = program.versions.get()
    version = actions.submit_version(writer, version, version.revision)
    version = actions.release_version(second, version, version.revision, date(2024, 1, 1))
    assert [one.code for one in catalogue.current(date(2024, 1, 1))] == ["NEW-1"]


@pytest.mark.django_db(transaction=True)
def test_two_releases_at_once_leave_one_version_a_day():
    unit = make_organization("慈善总会", "charity_federation")
    writer, second, third = (make_staff(name, unit, ["catalogue_admin"]) for name in "甲乙丙")
    program = make_program(unit)
    version = submitted(program, writer)
    outcomes, barrier = [], threading.Barrier(2)

    def release(person, day):
        try:
            barrier.wait()
            actions.release_version(person, version, version.revision, day)
            outcomes.append("released")
        except Refusal:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=release, args=pair) for pair in ((second, TODAY), (third, TOMORROW))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "released"]
    assert program.versions.filter(state="released", valid_to=None).count() == 1


def test_the_database_refuses_two_versions_on_one_day(unit):
    program = make_program(unit)
    with pytest.raises(Exception, match="one_version_in_force_per_day"), transaction.atomic():
        make_version(program, state="released", valid_from="2025-01-01")


CHANGES = {
    "definition": lambda rows: rows.update(definition={}),
    "day": lambda rows: rows.update(valid_from=TODAY),
    "state": lambda rows: rows.update(state="draft"),
    "row": lambda rows: rows.delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_released_version_never_changes(unit, change):
    version = make_program(unit).versions.get()
    with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
        change(ProgramVersion.objects.filter(pk=version.pk))


def test_a_copy_is_a_draft_of_ones_own_unit_with_papers_of_its_own_code(unit, writer):
    source = make_program(None, "P02")
    version = actions.copy_program(writer, source, "P02-B")
    assert (version.state, version.program.organization) == ("draft", unit)
    assert {paper["code"].split("-D")[0] for paper in version.definition["papers"]} == {"P02-B"}
    with pytest.raises(Refusal, match="已经有了"):
        actions.copy_program(writer, source, "p02-b")


def test_discarding_the_only_draft_takes_the_program_with_it(unit, writer):
    program = actions.create_program(writer, unit, "X1", name="试")
    version = program.versions.get()
    actions.discard_draft(writer, version, version.revision)
    assert not Program.objects.filter(code="X1").exists()
    program = make_program(unit)
    draft = actions.start_draft(writer, program)
    actions.discard_draft(writer, draft, draft.revision)
    assert [one.state for one in program.versions.all()] == ["released"]


def test_sums_stay_decimals_through_the_database(unit, writer):
    version = actions.start_draft(writer, make_program(unit))
    definition = version.definition
    definition["benefit"]["cap"] = Decimal("29999.99")
    version = actions.save_draft(writer, version, version.revision, definition)
    fresh = ProgramVersion.objects.get(pk=version.pk)
    assert fresh.definition["benefit"]["cap"] == Decimal("29999.99")
    assert fresh.checksum == version.checksum


def test_hostile_text_is_refused_or_stays_text(unit, writer):
    version = actions.start_draft(writer, make_program(unit))
    with pytest.raises(Refusal, match="不能保存"):
        actions.save_draft(writer, version, version.revision, {**version.definition, "sponsor": "a\x00b"})
    with pytest.raises(Refusal, match="太长"):
        actions.save_draft(writer, version, version.revision, {**version.definition, "sponsor": "长" * 200_000})
    name = "<script>alert(1)</script>\u202e=HYPERLINK(1)𠮷"
    version = actions.save_draft(writer, version, version.revision, {**version.definition, "name": [name]})
    assert version.name == name


def load_units():
    names = {entry["unit"].removesuffix("（经办）") for entry in catalogue.written()["programs"]}
    return {name: make_organization(name, "charity_federation") for name in names}


def test_the_shipped_catalogue_is_loaded_once_and_reads_back_the_same(db):
    load_units()
    for _ in range(2):
        call_command("load_catalogue", verbosity=0)
    stored = {one.code: one for one in Program.objects.all()}
    assert list(stored) == [entry["code"] for entry in catalogue.written()["programs"]]
    assert stored["P06-1"].parent == stored["P06"]
    for entry in catalogue.written()["programs"]:
        assert stored[entry["code"]].versions.get().definition == entry
    assert [one.code for one in catalogue.current_units()] == [one.code for one in catalogue.units()]
    assert len(catalogue.current_units()) == 14


def test_loading_names_the_units_it_misses_and_takes_a_mapping(db):
    units = load_units()
    other = make_organization("本地红会")
    units["鸡西市红十字会"].delete()
    with pytest.raises(CommandError, match="鸡西市红十字会"):
        call_command("load_catalogue", verbosity=0)
    assert not Program.objects.exists()
    call_command("load_catalogue", organization=[f"鸡西市红十字会={other.code}"], verbosity=0)
    assert Program.objects.get(code="P01").organization == other


def test_reading_the_catalogue_again_asks_only_what_is_in_force(db):
    load_units()
    call_command("load_catalogue", verbosity=0)
    first = catalogue.current()
    with CaptureQueriesContext(connection) as captured:
        assert catalogue.current() is first
    assert len(captured) == 2


# -- what hangs under another ------------------------------------------------------------------------------------------
def test_nothing_is_hung_under_a_program_of_another_unit(cast, browse):
    """It would count as part of it: on its page, in what fits it, for money that is tied to it."""
    make_program(cast.charity, "P06", like="P06", is_container=True)
    stranger = make_staff("目录丙", cast.other_charity, ["catalogue_admin"])
    entry = definitions.canonical(definition_of("P02") | {"code": "P06-9", "parent": "P06"}).encode()
    row = imports.upload_programs(stranger, "a.json", entry)
    assert [one.verdict for one in imports.preview_import(stranger, row)] == ["wrong"]
    with pytest.raises(Refusal):
        imports.apply_import(stranger, row)
    row = imports.upload_programs(cast.catalogue_admin, "a.json", entry)
    imports.apply_import(cast.catalogue_admin, row)
    assert Program.objects.get(code="P06-9").parent.code == "P06"
    with pytest.raises(Refusal, match="别的单位"):
        actions.create_program(stranger, cast.other_charity, "X1", name="x", parent=Program.objects.get(code="P06"))


def test_what_was_checked_is_what_is_released(cast):
    """A revision that somebody foresaw is not the one that was read before."""
    seen = make_program(cast.charity, "P02", state="draft").versions.get()
    later = ProgramVersion.objects.get()
    actions.save_draft(cast.catalogue_admin, later, 1, later.definition | {"row": 9})
    with pytest.raises(Stale):
        actions.submit_version(cast.catalogue_admin, seen, later.revision)


# -- Everybody who wrote ----------------------------------------------------------------------------------------------
def test_whoever_wrote_any_part_does_not_release(unit, writer, second):
    """Not only the last one: what was written earlier is still in the text."""
    third = make_staff("丙", unit, ["catalogue_admin"])
    program = make_program(unit)
    version = actions.start_draft(writer, program)
    version = actions.save_draft(second, version, version.revision, {**version.definition, "row": 3})
    version = actions.submit_version(second, version, version.revision)
    assert [one.name for one in version.writers] == ["甲", "乙"]
    assert [person for person in (writer, second, third) if version in versions.to_release(person)] == [third]
    for person in (writer, second):
        with pytest.raises(Refusal, match="第二个人"):
            actions.release_version(person, version, version.revision, TODAY)
    assert actions.release_version(third, version, version.revision, TODAY).released_by == third


def test_the_database_itself_refuses_any_writer_as_releaser(unit, writer, second):
    version = make_version(make_program(unit), state="submitted", submitted_by=second, writer_ids=[writer.pk])
    with pytest.raises(IntegrityError, match="released_by_a_second_person"), transaction.atomic():
        ProgramVersion.objects.filter(pk=version.pk).update(released_by=writer)


def test_a_new_draft_begins_with_its_own_writers(unit, writer, second):
    """Whoever wrote the version in force may release what another makes of it."""
    program = make_program(unit)
    released(program, writer, second)
    version = submitted(program, second, row=7)
    assert [one.name for one in version.writers] == ["乙"]
    tomorrow = actions.release_version(writer, version, version.revision, TOMORROW)
    assert tomorrow.released_by == writer


def test_a_draft_is_listed_for_everybody_who_writes_in_it(unit, writer, second):
    version = actions.start_draft(writer, make_program(unit))
    actions.save_draft(second, version, version.revision, {**version.definition, "row": 3})
    assert list(versions.own_drafts(writer)) == list(versions.own_drafts(second)) == [version]


# -- Without conditions -----------------------------------------------------------------------------------------------
def without_condition(program, writer):
    version = actions.start_draft(writer, program)
    definition = {key: value for key, value in version.definition.items() if key not in {"condition", "papers"}}
    definition["benefit"] = {"period": "once", "why": "会议纪要", "rules": [
        {"id": "all", "says": "每人一份", "pay": {"kind": "fixed", "amount": 100}}]}  # fmt: skip
    definition["public_text"] = ["每人 100 元。"]
    version = actions.save_draft(writer, version, version.revision, definition)
    return actions.submit_version(writer, version, version.revision)


def test_what_is_for_everybody_is_released_only_when_that_is_confirmed(unit, writer, second):
    version = without_condition(make_program(unit), writer)
    with pytest.raises(Refusal, match="没有任何条件") as refused:
        actions.release_version(second, version, version.revision, TODAY)
    assert refused.value.field == "is_for_everyone"
    assert actions.release_version(second, version, version.revision, TODAY, is_for_everyone=True).state == "released"


def test_the_page_asks_for_that_only_where_there_is_no_condition(unit, writer, second, browse):
    version = without_condition(make_program(unit, "OPEN"), writer)
    usual = submitted(make_program(unit, "USUAL"), writer)
    pages = browse(second)
    address = f"/programs/OPEN/versions/{version.number}/"
    shown = pages.get(address).content.decode()
    assert "还没有填写条件" in shown
    assert "没有写条件：这样发布，人人可以申请" in shown
    assert "人人可以申请" in pages.get(f"{address}release/").content.decode()
    assert "人人可以申请" not in pages.get(f"/programs/USUAL/versions/{usual.number}/release/").content.decode()
    given = {"revision": version.revision, "valid_from": TODAY.isoformat()}
    assert "请勾选确认" in pages.post(f"{address}release/", given).content.decode()
    assert pages.post(f"{address}release/", {**given, "is_for_everyone": "on"}).status_code == 302
    assert "没有条件，人人可以申请。" in pages.get(address).content.decode()
