"""The search box: each app names what can be found, who may look, and how. The words travel by POST, never in a URL."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from members import audit
from members.access import (
    within_reach,
)
from members.models import (
    Area,
    Organization,
    PolicyDocument,
    Staff,
)
from programs import funds
from programs.access import visible_to
from programs.models import FundCommitment, ProgramVersion
from programs.supply import visible_activities, visible_offers, visible_wishes
from referrals import finding
from referrals.minors import shown_name, tells_names
from referrals.models import Lead, Person, Referral

MIN_LENGTH = 2
CAP = 8  # found things of one kind on the page


@dataclass(frozen=True)
class Found:
    title: str
    sub: str
    url: str


@dataclass(frozen=True)
class Kind:
    label: str
    permission: str
    # function(staff, text, limit) -> Found, within what the person may see
    find: Callable


def find_areas(staff, text, limit):
    for area in Area.objects.current().search(text).select_related("parent").order_by("code")[:limit]:
        above = area.parent.name if area.parent else ""
        yield Found(area.name, f"{above} {area.code}".strip(), reverse("members:show_area", args=[area.code]))


def find_organizations(staff, text, limit):
    rows = Organization.objects.search(text).select_related("area").order_by("area__code", "name", "pk")
    for one in rows[:limit]:
        sub = f"{one.get_kind_display()} · {one.area.name}"
        yield Found(one.name, sub, reverse("members:show_organization", args=[one.code]))


def find_policies(staff, text, limit):
    for policy in PolicyDocument.objects.mentioning(text).order_by("code")[:limit]:
        yield Found(str(policy), policy.number, reverse("members:show_policy", args=[policy.code]))


def find_staff(staff, text, limit):
    """By name or login among the colleagues one may look at."""
    units = within_reach(staff, "staff.view")
    found = Staff.objects.active().filter(Q(name__icontains=text) | Q(username__iexact=text), organization__in=units)
    for person in found.select_related("organization").order_by("name", "code")[:limit]:
        yield Found(person.name, person.organization.name, reverse("members:show_staff", args=[person.code]))


def find_programs(staff, text, limit):
    """By code or by any word that a version this person sees says."""
    seen = visible_to(staff).with_version()
    said = ProgramVersion.objects.filter(pk=OuterRef("shown_id"), search_text__icontains=text)
    found = seen.filter(Q(code__iexact=text) | Q(Exists(said))).select_related("organization")
    for program in found.order_by("position", "code")[:limit]:
        url = reverse("programs:show_program", args=[program.code])
        yield Found(str(program), f"{program.code} {program.organization}", url)


def find_people(staff, text, limit):
    """Within one's scope, by number, telephone, name or initials; what is shown beside the name is masked."""
    seen = finding.found(Person.objects.visible_to(staff), text).select_related("residence").order_by("-pk")
    people = list(seen[:limit])
    if people and tells_names(staff):
        audit.record(staff, "person.list", changes={"rows": [None, min(len(people), CAP)]})
    for person in people:
        name = shown_name(staff, person)
        sub = " · ".join(part for part in (person.masked_number, person.residence.name) if part)
        yield Found(name, sub, reverse("referrals:show_person", args=[person.code]))


def find_funds(staff, text, limit):
    """By code, name or purpose, never by somebody who gave; and commitments by the number of their case or paper."""
    seen = funds.visible_to(staff)
    found = seen.filter(Q(code__iexact=text) | Q(name__icontains=text) | Q(purpose__icontains=text))
    for fund in found.select_related("organization").order_by("name", "pk")[:limit]:
        yield Found(fund.name, str(fund.organization), reverse("programs:show_fund", args=[fund.code]))
    made = FundCommitment.objects.filter(fund__in=seen, reference__iexact=text).select_related("fund")
    for one in made.order_by("-pk")[:limit]:
        yield Found(one.reference, str(one.fund), reverse("programs:show_commitment", args=[one.code]))


def find_offers(staff, text, limit):
    rows = visible_offers(staff).filter(Q(title__icontains=text) | Q(description__icontains=text))
    for offer in rows.select_related("organization").order_by("-pk")[:limit]:
        yield Found(offer.title, str(offer.organization), reverse("programs:show_offer", args=[offer.code]))


def find_activities(staff, text, limit):
    rows = visible_activities(staff).filter(Q(title__icontains=text) | Q(description__icontains=text))
    for activity in rows.select_related("organization").order_by("-starts_on", "-pk")[:limit]:
        sub = f"{activity.organization} · {activity.starts_on.year}"
        yield Found(activity.title, sub, reverse("programs:show_activity", args=[activity.code]))


def find_wishes(staff, text, limit):
    rows = visible_wishes(staff).filter(Q(title__icontains=text) | Q(description__icontains=text))
    for wish in rows.select_related("organization").order_by("-pk")[:limit]:
        yield Found(wish.title, str(wish.organization), reverse("programs:show_wish", args=[wish.code]))


def find_leads(staff, text, limit):
    """By its number: what a lead tells lies sealed."""
    found = Lead.objects.visible_to(staff).filter(code=text.strip().lower()).select_related("area")
    for lead in found[:limit]:
        yield Found(
            f"{lead.code} {lead.get_state_display()}", str(lead.area), reverse("referrals:show_lead", args=[lead.code])
        )


def find_referrals(staff, text, limit):
    """By its number: whole, or as people say it, the last digits of this year's. Whom it is about is not asked here."""
    numbers = finding.referral_numbers(text)
    seen = Referral.objects.visible_to(staff).filter(Q(number__in=numbers) | Q(code=text.strip().lower()))
    for one in seen.select_related("sender", "receiver").order_by("pk")[:limit]:
        sub = f"{one.sender} → {one.receiver} · {one.get_state_display()}"
        yield Found(one.number or one.code, sub, reverse("referrals:show_referral", args=[one.code]))


KINDS = [
    Kind(_("困难群众"), "person.view", find_people),
    Kind(_("转介"), "referral.view", find_referrals),
    Kind(_("线索"), "lead.file", find_leads),
    Kind(_("人员"), "staff.view", find_staff),
    Kind(_("单位"), "organization.view", find_organizations),
    Kind(_("行政区划"), "area.view", find_areas),
    Kind(_("政策文件"), "policy.view", find_policies),
    Kind(_("项目"), "program.view", find_programs),
    Kind(_("基金"), "fund.view", find_funds),
    Kind(_("服务供给"), "offer.view", find_offers),
    Kind(_("活动"), "activity.view", find_activities),
    Kind(_("微心愿"), "wish.view", find_wishes),
]


def search(staff, text):
    """[(kind, found, whether there are more)], kinds without a find left out."""
    results = []
    for kind in KINDS:
        if kind.permission in staff.permissions:
            found = list(kind.find(staff, text, CAP + 1))
            if found:
                results.append({"label": kind.label, "found": found[:CAP], "has_more": len(found) > CAP})
    return results


def hint_for(staff):
    """What the box says can be found."""
    return _hint(tuple(kind for kind in KINDS if kind.permission in staff.permissions), get_language())


@cache
def _hint(kinds, _language):
    labels = [str(kind.label) for kind in kinds]
    return gettext("查找%(kinds)s") % {"kinds": gettext("、").join(labels)} if labels else str(_("查找"))
