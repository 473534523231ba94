"""The economic check: asked with the signatures of all adults, reckoned by one, signed by another, told as a result."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.calendar import add_working_days
from members.kinds import BUREAU_KINDS
from members.models import Organization
from members.profiles import profile_of
from portal.lib import uploads
from referrals import disclosure, minors, timeline
from referrals.actions.provisions import provide
from referrals.items import Purpose
from referrals.kinds import ADULT_AGE, CheckState
from referrals.models import CheckContact, Consent, EconomicCheck, Person, Provision
from referrals.permissions import may, refuse_related

# What the bureau must know of a family that it does not keep itself.
ITEMS = ("name", "number", "members")


def adults_of(person):
    """Those who must sign: everybody of the household who is not known to be a minor."""
    people = person.household.people.filter(merged_into=None, died_on=None).order_by("pk")
    return [one for one in people if one.age is None or one.age >= ADULT_AGE]


def may_ask(actor, person):
    """For one's own people, and for somebody whose list was passed on to one's unit under a consent."""
    if "check.ask" not in actor.permissions:
        return False
    return may(actor, "person.edit", person) or bool(disclosure.permitted(actor, person).items)


def find_askable(staff, code):
    """Of one's own people, or passed on to one's unit; 404 for everybody else."""
    person = Person.objects.visible_to(staff).filter(code=code).select_related("household", "keeper").first()
    if person is None:
        rows = Provision.objects.open().to_unit(staff.organization).filter(person__code=code)
        found = rows.select_related("person__household", "person__keeper").first()
        person = found and found.person
    if person is None:
        raise Http404
    minors.require(staff, person)
    if not may_ask(staff, person):
        raise PermissionDenied
    return person


def knows_family(staff, person):
    """The keeper; and a receiver to whom the family members were passed on."""
    return may(staff, "person.view", person) or "household" in disclosure.permitted(staff, person)


def may_read(staff, check):
    """The conclusion is for both sides of the bureau, for the keeper, and for a receiver while the consent stands."""
    if staff.organization.kind in BUREAU_KINDS or check.person.keeper_id == staff.organization_id:
        return True
    return bool(disclosure.permitted(staff, check.person).items)


def ask_check(actor, person, values, file=None, referral=None):
    """`values`: purpose, signed (codes of the adults), signed_on. `referral`: the case that is looked into by it."""
    if not may_ask(actor, person):
        raise PermissionDenied
    minors.require(actor, person)
    refuse_related(actor, person.number, person.name)
    bureau = _bureau_of(person)
    consent = _consent_of(person)
    if file is None and consent is None:
        raise Refusal(_("请上传授权书，或先登记“家庭经济状况核对”的同意。"), field="file")
    if values["signed_on"] > timezone.localdate():
        raise Refusal(_("授权日期晚于今天。"), field="signed_on")
    names = _signers(person, values["signed"], knows_family(actor, person))
    days = profile_of(person.residence).days("check_report")
    with uploads.kept(file) as kept, transaction.atomic():
        _pass_on(actor, person, bureau, values["purpose"], referral)
        check = EconomicCheck(
            person=person, referral=referral, organization=actor.organization, bureau=bureau, asked_by=actor,
            purpose=values["purpose"], due_on=add_working_days(timezone.localdate(), days), private={"signed": names},
            consent=consent, signed_on=values["signed_on"], **kept,
        )  # fmt: skip
        _save_once(check)
        timeline.record("check_asked", actor, person=person, bureau=bureau.name)
        audit.record(actor, "check.ask", check, organization=person.keeper)
    return check


def _pass_on(actor, person, bureau, purpose, referral):
    """The bureau learns whom to check. It knows its own side's people, and whoever was told to that very bureau; for a
    town that was told, the list is made in the name of whoever told it."""
    if person.keeper.kind in BUREAU_KINDS or actor.organization_id == bureau.pk:
        return
    giver = actor if referral is None or may(actor, "disclosure.provide", person) else referral.written_by
    provide(giver, person, bureau, Purpose.ECONOMIC_CHECK, list(ITEMS), purpose)


def _save_once(check):
    try:
        with transaction.atomic():
            check.save()
    except IntegrityError as error:
        raise Refusal(_("贵单位已经为这个家庭申请了核对，还没有结果。")) from error


def _bureau_of(person):
    """The bureau of the county; where there is none, the city's."""
    area = person.residence
    units = Organization.objects.active().filter(kind="civil_affairs")
    for code in (area.county, area.city, area.province):
        if code and (found := units.filter(area__code=code).order_by("pk").first()):
            return found
    raise Refusal(_("这个地方还没有登记民政局，不能申请核对。"))


def _consent_of(person):
    rows = Consent.objects.of(person).in_time().filter(purpose=Purpose.ECONOMIC_CHECK).with_terms()
    return next((one for one in rows if one.is_live), None)


def _signers(person, codes, tells_relations):
    adults = adults_of(person)
    missing = [str(one.get_relation_display()) for one in adults if one.code not in codes]
    if missing and not tells_relations:
        raise Refusal(_("家庭里的成年人都要签名授权，还缺 %(number)s 人。") % {"number": len(missing)}, field="signed")
    if missing:
        raise Refusal(
            _("家庭里的成年人都要签名授权，还缺：%(names)s。") % {"names": "、".join(missing)}, field="signed"
        )
    return [one.name for one in adults]


def write_report(actor, check, values):
    """Reckoned by an officer; nothing is told before somebody else has signed it."""
    with transaction.atomic():
        current = _locked(actor, check, "check.answer", CheckState.ASKED)
        _refuse_numbers(values["words"])
        if values["checked_on"] > timezone.localdate():
            raise Refusal(_("核对日期晚于今天。"), field="checked_on")
        if values["valid_until"] < values["checked_on"]:
            raise Refusal(_("有效期至早于核对日期。"), field="valid_until")
        current.conclusion, current.words = values["conclusion"], values["words"]
        current.checked_on, current.valid_until = values["checked_on"], values["valid_until"]
        current.private = {**current.private, "findings": values["findings"].strip()}
        current.written_by, current.state = actor, CheckState.WRITTEN
        current.save()
        audit.record(actor, "check.write", current, organization=current.bureau)
    return current


def _refuse_numbers(words):
    """Long numbers are accounts or documents; those do not leave the bureau."""
    parts = "".join(letter if letter.isdigit() else " " for letter in words).split()
    if any(len(part) >= 8 for part in parts):
        raise Refusal(_("说明里不能有账号、证件号码。"), field="words")


def sign_report(actor, check):
    """By a second person; now whoever asked is told the conclusion."""
    with transaction.atomic():
        current = _locked(actor, check, "check.sign", CheckState.WRITTEN)
        if current.written_by_id == actor.pk:
            raise Refusal(_("核对报告要由第二个人审签：这是您写的。"))
        _decide(actor, current, CheckState.DELIVERED)
        timeline.record("check_delivered", actor, person=current.person, conclusion=current.get_conclusion_display())
        audit.record(actor, "check.sign", current, organization=current.bureau)
    return current


def return_report(actor, check, reason):
    with transaction.atomic():
        current = _locked(actor, check, "check.sign", CheckState.WRITTEN)
        current.state, current.written_by, current.conclusion = CheckState.ASKED, None, ""
        current.save()
        audit.record(actor, "check.return", current, organization=current.bureau, reason=reason)
    return current


def decline_check(actor, check, declining, words):
    """Not reckoned, and why; that is no word against the family."""
    with transaction.atomic():
        current = _locked(actor, check, "check.answer", CheckState.ASKED)
        current.declining, current.words = declining, words
        _decide(actor, current, CheckState.DECLINED)
        timeline.record("check_declined", actor, person=current.person, reason=current.get_declining_display())
        audit.record(actor, "check.decline", current, organization=current.bureau)
    return current


def note_contact(actor, check, happened_on, words):
    """R89: the two sides spoke before help began. By either of them."""
    if actor.organization_id not in (check.organization_id, check.bureau_id) or "check.view" not in actor.permissions:
        raise PermissionDenied
    if happened_on > timezone.localdate():
        raise Refusal(_("日期晚于今天。"), field="happened_on")
    with transaction.atomic():
        contact = CheckContact.objects.create(
            check_asked=check, happened_on=happened_on, private={"words": words.strip()},
            organization=actor.organization, noted_by=actor,
        )  # fmt: skip
        timeline.record("contact_noted", actor, person=check.person, unit=str(check.organization))
        audit.record(actor, "check.note_contact", check, organization=check.bureau)
    return contact


def see_answer(actor, check):
    """The unit that asked has looked."""
    mine = EconomicCheck.objects.filter(pk=check.pk, organization=actor.organization_id, seen_at=None)
    mine.exclude(decided_at=None).update(seen_at=timezone.now())


def _locked(actor, check, permission, state):
    if permission not in actor.permissions or actor.organization_id != check.bureau_id:
        raise PermissionDenied
    current = EconomicCheck.objects.select_for_update(of=("self",)).select_related("person", "bureau").get(pk=check.pk)
    refuse_related(actor, current.person.number, current.person.name)
    if current.state != state:
        raise Refusal(_("这项核对现在是“%(state)s”，不能这样办。") % {"state": current.get_state_display()})
    return current


def _decide(actor, check, state):
    check.state, check.decided_by, check.decided_at = state, actor, timezone.now()
    check.save()
