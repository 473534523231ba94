"""What a charity tells the government of a family that may qualify for aid (R82, R83): whom, and what goes with it."""

from django.utils import timezone

from members.kinds import BUREAU_KINDS, NotifyDuty, NotifyWhom
from members.models import Organization
from members.profiles import profile_of
from referrals import minors
from referrals.items import in_order, item_of_paper
from referrals.kinds import AidState, PaperKind, Scheme
from referrals.models import Lead, Person, Referral, TellingDuty
from referrals.workflow import TO_BUREAU_KINDS, ReferralKind

MOST_COUNTED = 1000
# 线索告知: so much that somebody can go there, and not more.
OF_LEAD = ("name", "phone", "residence", "circumstances", "needs")
# 协助申请: what an application asks for by law; proposed, and agreed to item by item.
OF_APPLICATION = (
    *OF_LEAD, "gender", "birth_date", "number", "address", "registration", "household", "category", "income",
)  # fmt: skip
_P, _S = PaperKind, Scheme
_ALWAYS = (_P.ID_CARD_SELF, _P.HUKOU_BOOKLET_FAMILY, _P.DECLARATION_FORM, _P.COMMITMENT_LETTER, _P.POWER_OF_ATTORNEY)
_BESIDES = {
    _S.DIBAO: (_P.INCOME_PROOF, _P.DIAGNOSIS_CERTIFICATE, _P.DISABILITY_CERTIFICATE),
    _S.TEKUN: (_P.INCOME_PROOF, _P.DISABILITY_CERTIFICATE, _P.RELATIONSHIP_PROOF),
    _S.TEMP_RELIEF: (_P.DIAGNOSIS_CERTIFICATE, _P.SETTLEMENT_RECEIPT, _P.SUPPORTING_PROOF),
    _S.MEDICAL: (_P.DIAGNOSIS_CERTIFICATE, _P.INPATIENT_RECORD_FRONT, _P.SETTLEMENT_RECEIPT),
    _S.EDUCATION: (_P.ADMISSION_LETTER, _P.HARDSHIP_CERTIFICATE),
    _S.HOUSING: (_P.RESIDENCE_PROOF, _P.INCOME_PROOF),
    _S.EMPLOYMENT: (_P.STATUS_PROOF,),
    _S.DISASTER: (_P.SUPPORTING_PROOF,),
    _S.ORPHAN: (_P.GUARDIANSHIP_PROOF, _P.RELATIONSHIP_PROOF, _P.ID_CARD_GUARDIAN),
    _S.DISABILITY: (_P.DISABILITY_CERTIFICATE, _P.BANK_CARD),
    _S.HEATING: (_P.RESIDENCE_PROOF,),
    _S.OTHER: (_P.SUPPORTING_PROOF,),
}  # fmt: skip


def papers_of_applications():
    """Every kind of paper that an application for government aid may ask for, those of all first."""
    return list(dict.fromkeys((*_ALWAYS, *(paper for papers in _BESIDES.values() for paper in papers))))


def papers_of(scheme):
    return [*_ALWAYS, *_BESIDES[Scheme(scheme)]] if scheme else []


def least_items(kind, papers=()):
    """The items that go with it: those of its kind, and the papers that lie with the record already."""
    listed = OF_APPLICATION if kind == ReferralKind.ASSIST_APPLY else OF_LEAD
    return [item.code for item in in_order({*listed, *(item_of_paper(paper).code for paper in papers)})]


def bureaus_for(person):
    """[unit]: of the family's residence those whom the region says to tell, the first one first.

    The town takes applications and knows the family; where it is not on the portal, the county answers for it.
    """
    place = person.residence
    units = Organization.objects.active().select_related("area")
    town = units.filter(kind="town_street", area__code=place.town or "-").order_by("pk").first()
    county = _bureau_of(units, [place.county, place.city])
    named = profile_of(place).notify_whom
    order = [town, county] if NotifyWhom.TOWN in named or not named else [county, town]
    return [unit for unit in order if unit is not None]


def _bureau_of(units, codes):
    rows = units.filter(kind="civil_affairs")
    found = (rows.filter(area__code=code).order_by("pk").first() for code in codes if code)
    return next((unit for unit in found if unit is not None), None)


def of_person(person):
    """What was told of this person, the newest first."""
    rows = Referral.objects.of(person).filter(kind__in=TO_BUREAU_KINDS).exclude(state="draft")
    return rows.select_related("receiver").order_by("-pk")


def is_bound_to_tell(person, likely, aid):
    """R85: the region asks for it, the record points to aid that is neither asked for nor granted, nobody told yet."""
    if not likely or any(one.state in (AidState.APPLIED, AidState.GRANTED) for one in aid):
        return False
    is_asked = profile_of(person.residence).notify_duty != NotifyDuty.MAY
    return is_asked and not of_person(person).exists()


def leads_of_unit(organization, person):
    """Leads of the unit that still wait, from where the person lives: one of them may speak of this very family."""
    waiting = Lead.objects.waiting().filter(organization=organization, referral=None)
    near = waiting.filter(town=person.residence.town) if person.residence.town else waiting.in_area(person.residence)
    return near.order_by("-pk")


# -- What a unit is bound to tell, and what it told -------------------------------------------------------------------
def is_outside(staff):
    """Civil affairs does not tell itself."""
    return staff.organization.kind not in BUREAU_KINDS


def duties_of(staff):
    """Families of the unit that wait to be told of (R85), those whose time is over first."""
    if not is_outside(staff) or "disclosure.provide" not in staff.permissions:
        return TellingDuty.objects.none()
    seen = Person.objects.visible_to(staff).filter(minors.seen_by(staff))
    rows = TellingDuty.objects.waiting().filter(organization=staff.organization_id, person__in=seen)
    return rows.select_related("person__residence").order_by("due_on", "pk")


def told_by(staff):
    """What the unit told, the newest first."""
    rows = Referral.objects.visible_to(staff).filter(sender=staff.organization_id, kind__in=TO_BUREAU_KINDS)
    return rows.exclude(state="draft").select_related("receiver", "person").order_by("-pk")


def count_late(staff):
    return duties_of(staff).late().order_by()[:MOST_COUNTED].count()


def count_in_time(staff):
    return duties_of(staff).filter(due_on__gte=timezone.localdate()).order_by()[:MOST_COUNTED].count()
