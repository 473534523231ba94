"""Offers of help: entered, confirmed again and again, withdrawn; their places taken and given back."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, outbox
from members.access import Refusal, may, within_reach
from members.models import Agreement
from portal.lib import identity
from programs.actions.rows import move_row, refuse_what_cannot_be, require_reason, write_row
from programs.listings import offers_workbook, read_offers
from programs.models import Offer, OfferTaking
from programs.models.offers import month_of
from programs.rules import WrongCondition
from programs.supply import (
    brands_of,
    condition_from,
    days_of_confirmation,
    read_offer_condition,
    refuse_numbers,
    says_more,
    used_in_month,
)
from programs.workflow import OFFER_MOVES

EDITABLE = (
    "title", "form", "services", "need_kinds", "target_groups", "age_from", "age_to", "whom", "brands", "description",
    "point", "address", "unit", "capacity", "monthly", "is_urgent", "is_purchased", "agreement", "contact_post",
    "valid_until",
)  # fmt: skip
WRITTEN_FREELY = ("title", "whom", "description", "address")


# -- Entering ---------------------------------------------------------------------------------------------------------
def create_offer(actor, organization, values):
    """What is entered today is confirmed today."""
    _require(actor, organization)
    known = _checked(organization, values)
    today = timezone.localdate()
    confirm_by, lapses_on = days_of_confirmation(organization, today, is_urgent=known.get("is_urgent", False))
    offer = Offer(
        organization=organization, confirmed_on=today, confirmed_by=actor, confirm_by=confirm_by, lapses_on=lapses_on,
        changed_by=actor, **known,
    )  # fmt: skip
    refuse_what_cannot_be(offer)
    with transaction.atomic():
        offer.save()
        offer.areas.set(values.get("areas", []))
        audit.record(actor, "offer.create", offer)
    return offer


def edit_offer(actor, offer, version, values):
    _require(actor, offer.organization)
    known = _checked(offer.organization, values, offer)
    with transaction.atomic():
        offer, changes = write_row(actor, offer, version, known)
        if "areas" in values:
            old, new = set(offer.areas.all()), set(values["areas"])
            offer.areas.set(values["areas"])
            if old != new:
                changes["areas"] = [_codes(old), _codes(new)]
        audit.record(actor, "offer.edit", offer, changes=changes)
    return offer


def set_condition(actor, offer, version, condition):
    """Whom the offer is for, in the language of the rules. Without one, what groups and ages say counts again."""
    _require(actor, offer.organization)
    simple = condition_from(offer.target_groups, offer.age_from, offer.age_to)
    known = {"condition": simple if condition is None else _condition({"condition": condition}, offer)}
    with transaction.atomic():
        offer, changes = write_row(actor, offer, version, known)
        audit.record(actor, "offer.edit", offer, changes=changes)
    return offer


def _codes(areas):
    return ",".join(sorted(area.code for area in areas))


def _checked(organization, values, offer=None):
    """The editable values, with the condition they make; refused where they cannot stand in public."""
    known = {name: values[name] for name in EDITABLE if name in values}
    for name in WRITTEN_FREELY:
        try:
            refuse_numbers(known.get(name, ""))
        except ValidationError as error:
            raise Refusal(error.messages[0], field=name) from error
    post = known.get("contact_post")
    if post and post.organization_id != organization.pk:
        raise Refusal(_("联系岗位要是提供单位自己的岗位。"), field="contact_post")
    agreement = known.get("agreement")
    if agreement and not Agreement.objects.of([organization]).filter(pk=agreement.pk).exists():
        raise Refusal(_("提供单位不是这份合同或协议的一方。"), field="agreement")
    refuse_foreign_brands(organization, known.get("brands", []), offer.brands if offer else [])
    return known | {"condition": _condition(values, offer)}


def refuse_foreign_brands(organization, brands, kept=()):
    """Brand labels are those of the region; one that a row carries already stays when the region drops it."""
    strangers = [brand for brand in brands if brand not in {*brands_of(organization.area), *kept}]
    if strangers:
        raise Refusal(_("本地区没有“%s”这个品牌，品牌在地区参数里维护。") % strangers[0], field="brands")


def _condition(values, offer):
    """One that came as such stays until another comes; else it is what the simple fields say."""
    if "condition" in values:
        if values["condition"] is not None:
            try:
                read_offer_condition(values["condition"])
            except WrongCondition as wrong:
                raise Refusal("；".join(str(fault) for fault in wrong.faults[:5]), field="condition") from wrong
        return values["condition"]
    if offer and says_more(offer):
        return offer.condition
    asked = {
        name: values[name] if name in values else getattr(offer, name, None)
        for name in ("target_groups", "age_from", "age_to")
    }
    return condition_from(asked["target_groups"] or [], asked["age_from"], asked["age_to"])


class FaultyTable(Refusal):
    """Rows that cannot be imported: {row of the file: why}. None of the others was written either."""

    def __init__(self, faults):
        super().__init__(_("有 %(count)s 行不能导入，整张表都没有写入。") % {"count": len(faults)}, field="file")
        self.faults = dict(sorted(faults.items()))


def import_offers(actor, organization, content):
    """All rows of a table or none."""
    _require(actor, organization)
    rows, faults = read_offers(content, organization)
    with transaction.atomic():
        for number, values in rows:
            try:
                create_offer(actor, organization, values)
            except Refusal as refusal:
                faults[number] = refusal.message
        if faults:
            raise FaultyTable(faults)
        audit.record(actor, "offer.import", organization=organization, changes={"rows": [None, len(rows)]})
    return len(rows)


def export_offers(actor, rows):
    """What the list shows, as a workbook."""
    if "offer.export" not in actor.permissions:
        raise PermissionDenied
    content, number = offers_workbook(rows)
    audit.record(actor, "offer.export", changes={"rows": [None, number]})
    return content


# -- Confirming -------------------------------------------------------------------------------------------------------
def confirm_offer(actor, offer):
    """Somebody of the unit says: this still holds. From today on the region's clock runs anew."""
    return confirm_offers(actor, [offer])


def confirm_offers(actor, offers):
    """Several at once; those that are no longer on offer are left as they are. Returns how many were confirmed."""
    allowed = within_reach(actor, "offer.edit")
    today = timezone.localdate()
    with transaction.atomic():
        rows = Offer.objects.select_for_update(of=("self",)).select_related("organization__area")
        rows = rows.filter(pk__in=[offer.pk for offer in offers], organization__in=allowed, state="open")
        rows = list(rows.order_by("pk"))
        for offer in rows:
            _confirm(actor, offer, today)
    if not rows:
        raise Refusal(_("没有可以确认的供给：已撤下的请先重新提供，别的单位的由它自己确认。"))
    return len(rows)


def _confirm(actor, offer, today):
    old = offer.confirmed_on
    offer.confirmed_on, offer.confirmed_by = today, actor
    days = days_of_confirmation(offer.organization, today, is_urgent=offer.is_urgent)
    offer.confirm_by, offer.lapses_on = days
    offer.save(update_fields=["confirmed_on", "confirmed_by", "confirm_by", "lapses_on"])
    audit.record(actor, "offer.confirm", offer, changes={"confirmed_on": [str(old), str(today)]})


def withdraw_offer(actor, offer, version, reason):
    """No longer suggested to anybody; what is being given is not taken back."""
    _require(actor, offer.organization)
    reason = require_reason(reason)
    with transaction.atomic():
        move_row(actor, offer, version, OFFER_MOVES, "withdraw", reason=reason)
        audit.record(actor, "offer.withdraw", offer, reason=reason)
    return offer


def reopen_offer(actor, offer, version):
    """On offer again, and confirmed by that."""
    _require(actor, offer.organization)
    if offer.valid_until and offer.valid_until < timezone.localdate():
        raise Refusal(_("有效期已经过了，请先修改有效期。"))
    with transaction.atomic():
        move_row(actor, offer, version, OFFER_MOVES, "reopen", reason="")
        audit.record(actor, "offer.reopen", offer)
        _confirm(actor, offer, timezone.localdate())
    return offer


def remind_of_stale_offers(on=None):
    """Each unit hears once a week that offers of its wait to be confirmed; returns how many units."""
    on = on or timezone.localdate()
    codes = sorted(set(Offer.objects.stale(on).values_list("organization__code", flat=True)))
    year, week, _day = on.isocalendar()
    with transaction.atomic():
        for code in codes:
            outbox.put("mail.stale_offers", {"unit": code}, dedup_key=f"mail.stale_offers:{code}:{year}-{week}")
    return len(codes)


# -- Places -----------------------------------------------------------------------------------------------------------
def take(actor, offer, reference, number=1):
    """Places for one case, under a lock on the offer: never more than there are, however many ask at once.

    `reference` is the number of a case, never a name. Asking again for the same case changes nothing.
    """
    if not may(actor, "offer.take", offer.organization):
        raise PermissionDenied
    reference = _checked_reference(reference)
    with transaction.atomic():
        offer = Offer.objects.select_for_update(of=("self",)).select_related("organization__area").get(pk=offer.pk)
        known = offer.takings.filter(reference=reference, given_back_at=None).first()
        if known:
            return _same(known, actor, number)
        today = timezone.localdate()
        _refuse_too_many(offer, number, today)
        taking = OfferTaking.objects.create(
            offer=offer, reference=reference, number=number, month=month_of(today), taken_by=actor,
            organization=actor.organization,
        )  # fmt: skip
        _count(actor, "offer.take", offer, number)
    return taking


def _checked_reference(reference):
    reference = (reference or "").strip()
    if not reference:
        raise Refusal(_("请填写个案编号。"), field="reference")
    if len(reference) > 40:
        raise Refusal(_("个案编号最多 40 个字。"), field="reference")
    if identity.holds_number(reference):
        raise Refusal(_("编号里不要写身份证号或手机号。"), field="reference")
    return reference


def _same(known, actor, number):
    if known.organization_id != actor.organization_id:
        # How many another unit took, and for which case, is not told.
        raise Refusal(_("这个编号现在不能占用名额，请核对。"), field="reference")
    if known.number != number:
        raise Refusal(
            _("这个编号已经占用了 %(number)s 个名额，请先退还。") % {"number": known.number}, field="reference"
        )
    return known


def _refuse_too_many(offer, number, today):
    if number < 1:
        raise Refusal(_("至少占用 1 个名额。"), field="number")
    if not Offer.objects.current(today).filter(pk=offer.pk).exists():
        raise Refusal(_("“%(offer)s”现在不提供，请另选。") % {"offer": offer})
    if offer.lapses_on < today:
        raise Refusal(_("“%(offer)s”很久没有确认，请先请提供单位确认。") % {"offer": offer})
    words = {"offer": offer, "unit": offer.unit}
    if offer.capacity is not None and offer.taken + number > offer.capacity:
        raise Refusal(_("“%(offer)s”现在只剩 %(left)s %(unit)s，不够用。") % {**words, "left": offer.left})
    if offer.monthly is not None:
        left = offer.monthly - used_in_month(offer, today)
        if number > left:
            raise Refusal(_("“%(offer)s”本月只剩 %(left)s %(unit)s，不够用。") % {**words, "left": max(left, 0)})


def give_back(actor, offer, reference, *, was_used=True):
    """The places of one case are free again: by the unit that took them, or the one that gives the help.

    Used ones still count in their month; unused ones do not.
    """
    with transaction.atomic():
        offer = Offer.objects.select_for_update(of=("self",)).select_related("organization__area").get(pk=offer.pk)
        takings = offer.takings.filter(reference=reference, given_back_at=None)
        if not may(actor, "offer.edit", offer.organization):
            if "offer.take" not in actor.permissions:
                raise PermissionDenied
            # Whether a case of another unit is helped here is no stranger's business.
            takings = takings.filter(organization=actor.organization_id)
        taking = takings.first()
        if taking is None:
            raise Refusal(_("编号 %(reference)s 没有占用这里的名额，或已经退还。") % {"reference": reference})
        taking.given_back_at, taking.given_back_by, taking.was_used = timezone.now(), actor, was_used
        taking.save(update_fields=["given_back_at", "given_back_by", "was_used"])
        _count(actor, "offer.give_back", offer, -taking.number)
    return taking


def _count(actor, deed, offer, number):
    """The offer is locked. Its version stays: taking a place is no change of what is offered."""
    offer.taken += number
    offer.save(update_fields=["taken"])
    audit.record(actor, deed, offer, changes={"taken": [offer.taken - number, offer.taken]})


def _require(actor, organization):
    if not may(actor, "offer.edit", organization):
        raise PermissionDenied
