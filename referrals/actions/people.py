"""People are registered and changed. Every save is a version; who comes second is told and loses nothing."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from members import audit
from members.access import Refusal, Stale, is_within, may_by_role
from members.kinds import BUREAU_KINDS
from portal.lib import identity
from referrals import finding, timeline
from referrals.actions import fact_sheets
from referrals.kinds import FOREIGN_KINDS, FamilyRelation, IdentityKind
from referrals.models import Household, Person, PersonChange
from referrals.models.people import PRIVATE
from referrals.permissions import demand, refuse_related

COLUMNS = (
    "name", "is_identity_known", "identity_kind", "birth_date", "gender", "nationality", "residence", "registration",
    "relation", "died_on",
)  # fmt: skip
EDITABLE = (*COLUMNS, *PRIVATE)
# What a person of staff may ask to see in full.
UNMASKED = ("number", "phone", "second_phone", "address", "bank", "bank_code", "account", "account_holder")
LABELS = {
    **{name: Person._meta.get_field(name).verbose_name for name in COLUMNS},
    "number": _lazy("证件号码"),
    "phone": _lazy("电话"),
    "second_phone": _lazy("备用电话"),
    "address": _lazy("详细住址"),
    "looks": _lazy("体貌特征"),
    "bank": _lazy("开户行"),
    "bank_code": _lazy("行号"),
    "account": _lazy("银行账号"),
    "account_holder": _lazy("户名"),
    "health_note": _lazy("健康情况说明"),
    "remark": _lazy("备注"),
}


class Alike(Refusal):
    """Somebody like this is known already. `found` is what may be shown of it (referrals.finding)."""

    def __init__(self, found):
        if found.is_number_taken:
            message = _("这个证件号码已经登记过，不能重复登记。")
        else:
            message = _("可能已经登记过这个人，请先核对；确认不是同一人再登记。")
        super().__init__(message, field="number" if found.is_number_taken else None)
        self.found = found


def register_person(actor, values, *, household=None, is_another=False):
    """A new record, kept by the actor's unit. `is_another`: the likely same ones were shown, and it is none of them."""
    keeper = actor.organization
    if not may_by_role(actor, "person.register", keeper):
        raise PermissionDenied
    values = readied(values)
    _refuse_far(actor, values["residence"])
    refuse_related(actor, values.get("number", ""), values["name"])
    found = finding.alike(actor, **_marks(values))
    if found.is_number_taken or (found and not is_another):
        raise Alike(found)
    person = Person(keeper=keeper, created_by=actor, changed_by=actor)
    _fill(person, values)
    with transaction.atomic():
        person.household = household or Household.objects.create(keeper=keeper, residence=person.residence)
        _settle_in(person)
        _save(person)
        PersonChange.objects.create(person=person, version=1, changes={}, made_by=actor)
        fact_sheets.renew(person)
        if household:
            timeline.record(
                "person_joined", actor, person=person, name=person.name, relation=person.get_relation_display()
            )
        else:
            timeline.record("person_registered", actor, person=person)
        audit.record(actor, "person.register", person, organization=keeper)
    return person


def change_person(actor, person, version, values, *, is_another=False):
    """One save over the version the person of staff saw. Only what is in `values` changes."""
    demand(actor, "person.edit", person)
    with transaction.atomic():
        current = Person.objects.select_for_update(of=("self",)).select_related("keeper", "residence").get(pk=person.pk)
        demand(actor, "person.edit", current)
        refuse_related(actor, current.number, current.name)
        if current.version != version:
            raise Stale(current, by=current.changed_by, at=current.changed_at)
        values = readied({**values_of(current), **values})
        before = values_of(current)
        changes = {
            name: [plain(before[name]), plain(values[name])] for name in EDITABLE if before[name] != values[name]
        }
        if not changes:
            return current
        if changes.keys() & {"number", "name", "birth_date"}:
            found = finding.alike(actor, **_marks(values), but=current)
            if found.is_number_taken or (found and not is_another):
                raise Alike(found)
        _fill(current, values)
        _settle_in(current)
        write_version(actor, current, changes)
        fact_sheets.renew(current)
        timeline.record("person_changed", actor, person=current, names=names_of(changes))
        hidden = {name: ["…", "…"] for name in changes}
        audit.record(actor, "person.edit", current, organization=current.keeper, changes=hidden)
    return current


def write_version(actor, person, changes):
    """Save a changed person as its next version. Other actions on people end here too."""
    person.version += 1
    person.changed_by, person.changed_at = actor, timezone.now()
    _save(person)
    PersonChange.objects.create(person=person, version=person.version, changes=changes, made_by=actor)


def verify_person(actor, person):
    """Somebody asked, and all is as it stands here: the record and its facts are fresh again."""
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    today = timezone.localdate()
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(last_verified_on=today)
        person.facts.standing().update(verified_on=today, verified_by=actor)
        timeline.record("person_verified", actor, person=person)
        audit.record(actor, "person.verify", person, organization=person.keeper)
    person.last_verified_on = today


def unmask_person(actor, person, reason):
    """Numbers in full, for a stated reason. Returns what is shown once: {name: value}."""
    demand(actor, "person.unmask", person)
    refuse_related(actor, person.number, person.name)
    if not reason.strip():
        raise Refusal(_("请写明查看的理由。"), field="reason")
    audit.record(actor, "person.unmask", person, organization=person.keeper, reason=reason)
    return {name: person.private.get(name, "") for name in UNMASKED if person.private.get(name)}


def names_of(names):
    """Columns and private entries in words, for the time line."""
    return _("、").join(str(LABELS[name]) for name in EDITABLE if name in names)


def values_of(person):
    """The editable values, private ones among them; an empty one is ""."""
    values = {name: getattr(person, name) for name in COLUMNS}
    return values | {name: person.private.get(name, "") for name in PRIVATE}


def plain(value):
    """How a value stands in the history: text, divisions by their codes."""
    if value is None or isinstance(value, str | bool):
        return value or "" if value is not False else False
    return getattr(value, "code", None) or str(value)


def readied(values):
    """The values with all that the number tells: birth date and sex are taken from it and never typed beside it."""
    blank = dict.fromkeys(EDITABLE, "") | {
        "birth_date": None, "died_on": None, "registration": None, "is_identity_known": True, "nationality": "CN",
        "identity_kind": IdentityKind.RESIDENT, "relation": FamilyRelation.HEAD,
    }  # fmt: skip
    values = blank | {name: value for name, value in values.items() if name in EDITABLE}
    values["name"] = values["name"].strip()
    if not values["is_identity_known"]:
        return values | {"identity_kind": IdentityKind.NONE, "number": "", "name": values["name"] or _("身份不明人员")}
    if not values["name"]:
        raise Refusal(_("请填写姓名；还不知道是谁的，记为身份没有查明。"), field="name")
    if values["identity_kind"] != IdentityKind.NONE and not values["number"]:
        raise Refusal(_("请填写证件号码；没有证件的，证件类型选“无证件”。"), field="number")
    try:
        read = identity.read(values["number"], values["identity_kind"])
    except ValidationError as error:
        raise Refusal(error.messages[0], field="number") from None
    values["number"] = read.number
    if read.birth_date:
        values["birth_date"] = read.birth_date
    if read.gender:
        values["gender"] = read.gender
    if values["identity_kind"] not in FOREIGN_KINDS:
        values["nationality"] = "CN"
    if values["birth_date"] and values["birth_date"] > timezone.localdate():
        raise Refusal(_("出生日期晚于今天。"), field="birth_date")
    if values["died_on"] and values["birth_date"] and values["died_on"] < values["birth_date"]:
        raise Refusal(_("死亡日期早于出生日期。"), field="died_on")
    return values


def _fill(person, values):
    for name in COLUMNS:
        setattr(person, name, values[name])
    person.private = {name: values[name] for name in PRIVATE if values[name]}


def _marks(values):
    return {name: values.get(name) for name in ("number", "name", "birth_date", "residence")}


def _refuse_far(actor, residence):
    """The civil-affairs side registers who lives in its area; elsewhere that place's own bureau does."""
    if actor.organization.kind in BUREAU_KINDS and not is_within(residence, actor.organization.area):
        raise Refusal(
            _("居住地不在 %(area)s 范围内，请联系当地民政部门登记。") % {"area": actor.organization.area},
            field="residence",
        )


def _settle_in(person):
    """A household has one head; the first one in it is."""
    others = person.household.people.filter(merged_into=None, died_on=None).exclude(pk=person.pk)
    if person.relation == FamilyRelation.HEAD and not person.died_on:
        if others.filter(relation=FamilyRelation.HEAD).exists():
            raise Refusal(_("这个家庭已经有户主，请选择与户主的关系。"), field="relation")
    elif not person.died_on and not others.exists() and person._state.adding:
        person.relation = FamilyRelation.HEAD


def _save(person):
    """Two may register one number in the same moment: the database lets one of them."""
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        if "number" not in str(error):
            raise
        raise Refusal(_("这个证件号码刚刚被别人登记了，请重新查找。"), field="number") from None
