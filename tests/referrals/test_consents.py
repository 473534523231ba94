"""Asking, answering and taking back: the rules of age, form and witness; frozen once answered."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone
from PIL import Image

from members.access import Refusal, Stale
from members.models import AuditEntry
from portal.lib import uploads
from portal.lib.encrypted_fields import rotate
from referrals.actions.consents import (
    begin_consent,
    discard_consent,
    give_consent,
    refuse_consent,
    save_scope,
    withdraw_consent,
)
from referrals.consent_papers import digest_of
from referrals.coverage import Rule
from referrals.models import Consent, ConsentRecipient
from tests.make.people import an_answer, make_consent, make_minor_approval, make_person, make_wording
from tests.make.units import make_relation

TODAY = timezone.localdate
SOON = lambda days=30: TODAY() + timedelta(days=days)  # noqa: E731


def born_years_ago(years):
    return TODAY().replace(year=TODAY().year - years, day=1).isoformat()


@pytest.fixture
def actor(cast):
    return cast.bureau_officer


@pytest.fixture
def person(cast):
    return make_person(cast.bureau, name="测试甲", phone="0467-5550101")


@pytest.fixture
def draft(cast, actor, person):
    return make_consent(person, [cast.charity], actor=actor, sensitive_items=["diagnosis"], state="draft")


def a_child(cast, actor, years):
    child = make_person(cast.bureau, born=born_years_ago(years))
    make_minor_approval(actor, child)
    actor.__dict__.pop("_minors_approved", None)
    return child


def a_picture():
    picture = BytesIO()
    Image.new("RGB", (20, 20), "white").save(picture, "PNG")
    return uploads.check(SimpleUploadedFile("签名.png", picture.getvalue()), ("png",))


# -- Asking -----------------------------------------------------------------------------------------------------------
def test_a_question_begins_with_the_wording_that_holds_where_the_person_lives(cast, actor, person):
    make_wording()
    own = make_wording(area=cast.county, title="甲区的告知书")
    make_wording(area=cast.other_county)
    consent = begin_consent(actor, person, "refer_to_org")
    assert consent.wording == own
    assert consent.state == "draft"
    assert len(consent.paper_check) == 8


def test_without_a_released_wording_nobody_is_asked(actor, person):
    with pytest.raises(Refusal, match="告知书"):
        begin_consent(actor, person, "refer_to_org")


def test_there_is_one_open_question_of_a_purpose(actor, person):
    make_wording()
    begin_consent(actor, person, "refer_to_org")
    with pytest.raises(Refusal, match="待答复"):
        begin_consent(actor, person, "refer_to_org")


def test_sensitive_items_are_never_among_the_others(cast, actor, draft):
    with pytest.raises(Refusal) as refused:
        save_scope(actor, draft, draft.version, recipients=[cast.charity], items=["name", "number"], until=SOON())
    assert refused.value.field == "items"
    with pytest.raises(Refusal) as refused:
        save_scope(actor, draft, draft.version, recipients=[cast.charity], sensitive_items=["name"], until=SOON())
    assert refused.value.field == "sensitive_items"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"recipients": []}, "recipients"),
        ({"items": []}, "items"),
        ({"items": ["no_such_item"]}, "items"),
        ({"until": None}, "until"),
        ({"until": date(2000, 1, 1)}, "until"),
        ({"until": date(2099, 1, 1)}, "until"),
    ],
)
def test_a_scope_says_to_whom_what_and_until_when(values, field, cast, actor, draft):
    values = {"recipients": [cast.charity], "items": ["name"], "until": SOON(), **values}
    with pytest.raises(Refusal) as refused:
        save_scope(actor, draft, draft.version, **values)
    assert refused.value.field == field


def test_the_keeper_is_no_recipient(cast, actor, draft):
    with pytest.raises(Refusal, match="保管"):
        save_scope(actor, draft, draft.version, recipients=[cast.bureau], items=["name"], until=SOON())


def test_another_scope_makes_an_older_print_worthless(cast, actor, draft):
    before = draft.paper_check
    after = save_scope(actor, draft, draft.version, recipients=[cast.charity], items=["name"], until=SOON())
    assert after.paper_check != before
    answer = an_answer(draft.person, form="signed", check=before)
    with pytest.raises(Refusal) as refused:
        give_consent(actor, after, after.version, answer, a_picture())
    assert refused.value.field == "check"


def test_two_people_at_one_draft_the_second_is_told(cast, actor, draft):
    save_scope(actor, draft, draft.version, recipients=[cast.charity], items=["name"], until=SOON())
    with pytest.raises(Stale):
        save_scope(actor, draft, draft.version, recipients=[cast.charity], items=["name"], until=SOON())


# -- Answering --------------------------------------------------------------------------------------------------------
def test_an_oral_consent_needs_a_witness_who_is_another(actor, draft, person):
    for witness in ("", actor.name, person.name):
        with pytest.raises(Refusal) as refused:
            give_consent(actor, draft, draft.version, an_answer(person, witness_name=witness))
        assert refused.value.field == "witness_name"


def test_a_signed_consent_needs_its_scan(actor, draft, person):
    answer = an_answer(person, form="signed", check=draft.paper_check)
    with pytest.raises(Refusal) as refused:
        give_consent(actor, draft, draft.version, answer)
    assert refused.value.field == "file"
    given = give_consent(actor, draft, draft.version, answer, a_picture())
    assert given.state == "given"
    with uploads.open_stored(given.file_key) as kept:
        assert kept.read(4) == b"\x89PNG"


def test_a_name_is_drawn_on_the_screen(actor, draft, person):
    with pytest.raises(Refusal) as refused:
        give_consent(actor, draft, draft.version, an_answer(person, form="screen"))
    assert refused.value.field == "signature"
    assert give_consent(actor, draft, draft.version, an_answer(person, form="screen"), a_picture()).form == "screen"


def test_whatever_was_not_explained_was_not_agreed_to(actor, draft, person):
    with pytest.raises(Refusal) as refused:
        give_consent(actor, draft, draft.version, an_answer(person, explained=["purpose"]))
    assert refused.value.field == "explained"


def test_without_sensitive_items_nothing_need_be_said_of_them(cast, actor, person):
    draft = make_consent(person, [cast.charity], actor=actor, state="draft")
    spoken = [point for point in an_answer(person)["explained"] if point != "sensitive"]
    assert give_consent(actor, draft, draft.version, an_answer(person, explained=spoken)).state == "given"


@pytest.mark.parametrize(
    ("years", "answer", "field"),
    [
        (30, {"giver": "self"}, None),
        (30, {"giver": "agent", "giver_name": "某代理人"}, "authority"),
        (30, {"giver": "agent", "giver_name": "某代理人", "authority": "委托书 2026-11-01"}, None),
        (30, {"giver": "guardian", "giver_name": "某监护人", "relation": "spouse"}, "authority"),
        (30, {"giver": "guardian", "giver_name": "某监护人", "relation": "spouse", "authority": "法院判决"}, None),
        (30, {"giver": "guardian", "relation": "spouse", "authority": "法院判决"}, "giver_name"),
        (16, {"giver": "self"}, "giver"),
        (16, {"giver": "guardian", "giver_name": "某监护人", "relation": "mother"}, "is_signed_by_minor"),
        (16, {"giver": "guardian", "giver_name": "某监护人", "relation": "mother", "is_signed_by_minor": True}, None),
        (16, {"giver": "guardian", "giver_name": "某监护人", "relation": "mother", "alone_reason": "昏迷"}, None),
        (13, {"giver": "self"}, "giver"),
        (13, {"giver": "agent", "giver_name": "某代理人", "authority": "x"}, "giver"),
        (13, {"giver": "guardian", "giver_name": "某监护人", "relation": "father"}, None),
        (13, {"giver": "guardian", "giver_name": "某监护人"}, "relation"),
    ],
)
def test_who_may_agree_depends_on_age(years, answer, field, cast, actor):
    person = a_child(cast, actor, years)
    draft = make_consent(person, [cast.charity], actor=actor, state="draft")
    plain = {
        "form": "oral", "witness_name": "某见证人", "language": "dialect", "signed_on": TODAY(),
        "explained": an_answer(person)["explained"], **answer,
    }  # fmt: skip
    if field is None:
        assert give_consent(actor, draft, draft.version, plain).state == "given"
    else:
        with pytest.raises(Refusal) as refused:
            give_consent(actor, draft, draft.version, plain)
        assert refused.value.field == field


def test_the_paper_says_exactly_what_was_agreed_and_its_digest_covers_it(cast, actor, draft, person):
    given = give_consent(actor, draft, draft.version, an_answer(person))
    given = Consent.objects.get(pk=given.pk)
    assert [one["name"] for one in given.paper["recipients"]] == [cast.charity.name]
    assert [[item["code"] for item in items] for _group, items in given.paper["items"]] == [["name"], ["phone"]]
    assert [item["code"] for item in given.paper["sensitive"]] == ["diagnosis"]
    assert given.paper["valid_until"] == given.valid_until.isoformat()
    assert digest_of(given) == given.digest
    given.items = ["name"]
    assert digest_of(given) != given.digest


def test_whoever_refused_is_not_asked_again_by_us(cast, actor, draft, person):
    refused = refuse_consent(actor, draft, draft.version, "不想让别人知道")
    assert refused.state == "refused"
    assert Consent.objects.refusal_in_force(person, "refer_to_org") == refused
    assert Consent.objects.refusal_in_force(person, "publicity") is None
    with pytest.raises(Refusal) as again:
        begin_consent(actor, person, "refer_to_org")
    assert again.value.field == "reopened_reason"
    reopened = begin_consent(actor, person, "refer_to_org", reopened_reason="本人打电话来说改变主意")
    assert reopened.earlier == refused
    reopened = save_scope(actor, reopened, reopened.version, recipients=[cast.charity], items=["name"], until=SOON())
    give_consent(actor, reopened, reopened.version, an_answer(person))
    assert Consent.objects.refusal_in_force(person, "refer_to_org") is None


# -- Frozen -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ["given", "refused"])
@pytest.mark.parametrize(
    "change",
    [
        {"items": ["name", "address"]},
        {"valid_until": date(2099, 1, 1)},
        {"state": "draft"},
        {"paper": {}},
        {"digest": "x"},
        {"person": None},
    ],
)
def test_an_answer_is_frozen_in_the_database(state, change, cast, actor, person):
    consent = make_consent(person, [cast.charity], actor=actor, state=state)
    if "person" in change:
        change = {"person": make_person(cast.bureau)}
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).update(**change)
    for table in ("referrals_consentrecipient", "referrals_consent"):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"delete from {table}")  # noqa: S608
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        ConsentRecipient.objects.create(consent=consent, organization=cast.other_charity)


def test_keys_may_be_rotated_under_a_frozen_consent(cast, actor, person, settings):
    consent = make_consent(person, [cast.charity], actor=actor)
    assert list(rotate(Consent)) == [0]
    Consent.objects.get(pk=consent.pk).save(update_fields=["private", "paper_index"])
    assert Consent.objects.get(pk=consent.pk).paper_check == consent.paper_check


def test_a_given_consent_without_its_digest_cannot_be(cast, actor, draft):
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(pk=draft.pk).update(state="given")


def test_an_answered_question_is_neither_changed_nor_discarded(cast, actor, person):
    consent = make_consent(person, [cast.charity], actor=actor)
    for deed in (
        lambda: save_scope(actor, consent, consent.version, recipients=[cast.charity], items=["name"], until=SOON()),
        lambda: give_consent(actor, consent, consent.version, an_answer(person)),
        lambda: refuse_consent(actor, consent, consent.version),
        lambda: discard_consent(actor, consent, consent.version),
    ):
        with pytest.raises(Refusal, match="已经答复"):
            deed()


def test_a_draft_may_be_discarded_whole(actor, draft):
    discard_consent(actor, draft, draft.version)
    assert not Consent.objects.filter(pk=draft.pk).exists()


# -- Taking back ------------------------------------------------------------------------------------------------------
def test_withdrawing_needs_no_reason_and_leaves_the_consent_as_it_was(cast, actor, person):
    consent = make_consent(person, [cast.charity, cast.other_charity], actor=actor)
    withdraw_consent(actor, consent, recipients=[cast.charity], channel="phone")
    again = Consent.objects.get(pk=consent.pk)
    assert again.standing == "reduced"
    assert digest_of(again) == again.digest
    withdraw_consent(actor, consent, channel="counter")
    assert Consent.objects.get(pk=consent.pk).standing == "withdrawn"
    with pytest.raises(Refusal, match="已经全部撤回"):
        withdraw_consent(actor, consent, channel="counter")


def test_only_what_was_agreed_can_be_taken_back(cast, actor, person):
    consent = make_consent(person, [cast.charity], actor=actor)
    with pytest.raises(Refusal):
        withdraw_consent(actor, consent, recipients=[cast.other_charity], channel="counter")
    with pytest.raises(Refusal):
        withdraw_consent(actor, consent, items=["account"], channel="counter")


def test_a_withdrawal_is_never_changed(cast, actor, person):
    consent = make_consent(person, [cast.charity], actor=actor)
    row = withdraw_consent(actor, consent, channel="counter")[0]
    with pytest.raises(DatabaseError), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(items=["name"])
    with pytest.raises(DatabaseError), transaction.atomic():
        type(row).objects.filter(pk=row.pk).delete()


# -- Who --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "charity_reviewer",
        "other_bureau_approver",
        "bureau_approver",
        "city_supervisor",
        "catalogue_admin",
        "system_admin",
        "security_admin",
        "audit_admin",
    ],
)
def test_nobody_else_may_ask(name, cast, person):
    make_wording()
    with pytest.raises(PermissionDenied):
        begin_consent(cast[name], person, "refer_to_org")


def test_nobody_asks_their_own_kin(cast, actor, person):
    make_wording()
    make_relation(actor, name=person.name, number=person.number)
    with pytest.raises(Refusal, match="回避"):
        begin_consent(actor, person, "refer_to_org")


def test_a_minor_is_not_asked_by_whoever_may_not_see_them(cast, actor):
    make_wording()
    child = make_person(cast.bureau, born=born_years_ago(10))
    with pytest.raises(PermissionDenied):
        begin_consent(actor, child, "refer_to_org")


def test_a_class_of_recipients_stands_instead_of_names(cast, actor, person):
    rule = Rule(frozenset({"charity_association", "foundation"}), cast.county.code)
    consent = make_consent(person, actor=actor, rule=rule)
    assert consent.rule == rule
    assert "慈善会" in consent.paper["rule"]
    assert consent.terms.recipients == frozenset()


def test_the_audit_tells_of_each_step_and_never_of_whom(cast, actor, person):
    consent = make_consent(person, [cast.charity], actor=actor)
    withdraw_consent(actor, consent, channel="counter")
    lines = AuditEntry.objects.filter(object_type="consent").order_by("at")
    assert [line.action for line in lines] == ["consent.begin", "consent.scope", "consent.give", "consent.withdraw"]
    text = " ".join(f"{line.object_name} {line.reason} {line.changes}" for line in lines)
    assert person.name not in text
    assert person.number not in text
