"""Activities, offers and wishes as one person may see them, and what of them waits for somebody."""

import json
import re
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import calendar
from members.access import is_within, may, within_reach
from members.kinds import ProjectKind
from members.profiles import profile_of
from programs.catalogue import vocabulary
from programs.derived import View
from programs.facts import VOCABULARY
from programs.models import Activity, ActivityRequest, Offer, Wish
from programs.models.offers import month_of
from programs.rules import answer, read_condition
from programs.sentences import requirement

# Seven digits in a row are somebody's telephone, account or identity number.
_NUMBER = re.compile(r"[0-9０-９][0-9０-９\s-]{5,}[0-9０-９Xx]")
# So many days before the day of its promise a claimed wish is on the desk.
WISH_WARNING = timezone.timedelta(days=3)


def refuse_numbers(text):
    """In what everybody may read there is no number of a person."""
    if _NUMBER.search(text or ""):
        raise ValidationError(_("这里会公开，请不要写电话、证件、账号等号码。"), code="number")


@cache
def fundraising_platforms():
    """Where collections on the internet may be published, as the ministry has named them."""
    path = Path(__file__).parent / "data" / "fundraising_platforms.json"
    return tuple(json.loads(path.read_text())["platforms"])


# -- Activities -------------------------------------------------------------------------------------------------------
def visible_activities(staff):
    """What is open to everybody; of what is not published yet, that of one's unit and what one is asked about."""
    asked = ActivityRequest.objects.filter(organization=staff.organization_id).exclude(state="retracted")
    return Activity.objects.filter(
        Q(pk__in=Activity.objects.in_the_open().values("pk"))
        | Q(organization__in=within_reach(staff, "activity.edit"))
        | Q(pk__in=asked.values("activity_id"))
        | Q(pk__in=to_check(staff).values("pk"))
    )


def to_check(staff):
    """Collections that wait for this person: of the own unit, or as the federation or bureau of the area."""
    if "activity.check" not in staff.permissions:
        return Activity.objects.none()
    waiting = Activity.objects.filter(state="submitted").exclude(submitted_by=staff)
    reach = Q(organization__in=within_reach(staff, "activity.check"))
    if is_federation(staff.organization):
        area = staff.organization.area
        column = "area" if area.level == "village" else f"area__{area.level}"
        reach |= Q(**{f"organization__{column}": area.pk if area.level == "village" else area.code})
    return waiting.filter(reach)


def is_federation(organization):
    """慈善总会、慈善会: they also look after the collections of the charities of their area."""
    return organization.kind in ("charity_federation", "charity_association")


def may_check(staff, activity):
    """A second person: of the unit itself, of the federation of its area, or of the bureau above it."""
    if may(staff, "activity.check", activity.organization):
        return True
    federation = staff.organization
    held = "activity.check" in staff.permissions and is_federation(federation)
    return held and is_within(activity.organization.area, federation.area)


def project_kinds_of(area):
    """[(code, words)] of the kind set that the region uses; all of them where it has none."""
    codes = profile_of(area).project_kinds
    return [choice for choice in ProjectKind.choices if not codes or choice[0] in codes]


def project_kind_words(codes):
    labels = dict(ProjectKind.choices)
    return [labels.get(code, code) for code in codes]


def brands_of(area):
    """The brand labels of the region, as its settings name them."""
    return list(profile_of(area).brands)


def brands_in_use():
    """Labels that published activities carry."""
    labelled = Activity.objects.in_the_open().exclude(brands=[]).order_by("-pk")
    return sorted({brand for brands in labelled.values_list("brands", flat=True)[:500] for brand in brands})


def occasions_of(area):
    """Names to choose from: the region's own dates, and the festivals at which people are visited."""
    return [*(name for name, *_days in profile_of(area).dates), "春节", "中秋节", "重阳节", "六一儿童节", "全国助残日"]


def open_requests(staff):
    """What is asked of this person's unit and waits for an answer."""
    return ActivityRequest.objects.filter(state="asked", organization__in=within_reach(staff, "activity.answer"))


# -- Offers -----------------------------------------------------------------------------------------------------------
def visible_offers(staff):
    """What is on offer is open to everyone who works here; what is withdrawn or past, to the unit that gave it."""
    return Offer.objects.filter(
        Q(pk__in=Offer.objects.current().values("pk")) | Q(organization__in=within_reach(staff, "offer.edit"))
    )


def days_of_confirmation(organization, day, *, is_urgent):
    """When an offer confirmed on this day is to be confirmed again, and when it is no longer suggested."""
    working_days = max(1, profile_of(organization.area, day).days("confirm_offer", is_urgent=is_urgent))
    return calendar.add_working_days(day, working_days), calendar.add_working_days(day, 2 * working_days)


def used_in_month(offer, day=None):
    """Places that count in this month: all that were taken in it, but for those given back unused."""
    month = month_of(day or timezone.localdate())
    counted = offer.takings.filter(month=month).filter(Q(given_back_at=None) | Q(was_used=True))
    return counted.aggregate(used=Sum("number"))["used"] or 0


def condition_from(target_groups, age_from, age_to):
    """What the simple fields say, in the language of the rules; nothing when they say nothing."""
    parts = []
    known = set(VOCABULARY["categories"].choices)
    groups = [group for group in target_groups if group in known]
    # A group that the vocabulary does not know cannot be asked for: then nobody is kept out by groups.
    if groups and len(groups) == len(target_groups):
        parts.append({"fact": "categories", "test": "contains_any", "value": groups})
    bounds = {name: value for name, value in (("low", age_from), ("high", age_to)) if value is not None}
    if bounds:
        parts.append({"fact": "age_years", "test": "range", **bounds})
    return parts[0] if len(parts) == 1 else {"all": parts} if parts else None


def says_more(offer):
    """Does its condition say what groups and ages cannot? Then it came from elsewhere, and the form keeps it."""
    simple = condition_from(offer.target_groups, offer.age_from, offer.age_to)
    return offer.condition is not None and offer.condition != simple


def read_offer_condition(data):
    """The condition of an offer; WrongCondition with every fault when it cannot be read."""
    return read_condition(data, vocabulary(), needs_source=False)


def fits(offer, facts):
    """Met, not met or unknown: the answer of the offer's condition to these facts; no condition, everybody fits."""
    if offer.condition is None:
        return True
    return answer(read_offer_condition(offer.condition), View(facts, "", "completed_years")).met


def suggestions(area, facts=None, *, need=None, on=None):
    """[(offer, met)] for somebody who lives here: first who fits, then who may fit; who does not is left out.

    Within each, what was confirmed last stands first.
    """
    offers = Offer.objects.suggested(on).serving(area).select_related("organization__area", "contact_post")
    if need:
        offers = offers.filter(need_kinds__contains=[need])
    found = []
    for offer in offers.order_by("-confirmed_on", "-pk"):
        met = fits(offer, facts or {})
        if met is not False:
            found.append((offer, met))
    return sorted(found, key=lambda pair: pair[1] is not True)


def condition_words(offer):
    """The condition as a sentence."""
    if offer.condition is None:
        return ""
    return requirement(read_offer_condition(offer.condition), vocabulary())


# -- Wishes -----------------------------------------------------------------------------------------------------------
def visible_wishes(staff):
    return Wish.objects.filter(
        Q(pk__in=Wish.objects.in_the_open().values("pk")) | Q(organization__in=within_reach(staff, "wish.edit"))
    )


# -- On the desk ------------------------------------------------------------------------------------------------------
def offers_to_confirm(staff):
    return Offer.objects.stale().filter(organization__in=within_reach(staff, "offer.edit"))


def count_offers_to_confirm(staff):
    return offers_to_confirm(staff).count()


def count_open_requests(staff):
    return open_requests(staff).count()


def count_to_check(staff):
    return to_check(staff).count()


def count_over(staff):
    return Activity.objects.over().filter(organization__in=within_reach(staff, "activity.edit")).count()


def wishes_to_fulfill(staff):
    """Claimed by this person's unit, with the promised day near or past."""
    near = timezone.localdate() + WISH_WARNING
    return Wish.objects.filter(state="claimed", claimed_by=staff.organization_id, promised_on__lte=near)


def count_wishes_to_fulfill(staff):
    return wishes_to_fulfill(staff).count()
