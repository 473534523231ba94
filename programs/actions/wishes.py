"""Micro-wishes: registered without a name, published, claimed by one unit, fulfilled."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, is_within, may
from programs.actions.rows import refuse_what_cannot_be, require_reason, take_step, write_row
from programs.listings import wishes_workbook
from programs.models import Wish
from programs.supply import refuse_numbers
from programs.workflow import WISH_MOVES

EDITABLE = ("title", "area", "age_band", "need_kind", "cost", "description", "contact_post", "wanted_by")
WRITTEN_FREELY = ("title", "description")
LONGEST_PROMISE = timedelta(days=180)


def create_wish(actor, organization, values):
    _require(actor, "wish.edit", organization)
    wish = Wish(organization=organization, changed_by=actor, **_checked(organization, values))
    refuse_what_cannot_be(wish)
    with transaction.atomic():
        wish.save()
        audit.record(actor, "wish.create", wish)
    return wish


def edit_wish(actor, wish, version, values):
    """Until it is claimed; then somebody has promised what it says."""
    _require(actor, "wish.edit", wish.organization)
    if wish.state not in ("draft", "open"):
        raise Refusal(_("已有人认领，不能再改；要改请先请对方放弃认领。"))
    with transaction.atomic():
        wish, changes = write_row(actor, wish, version, _checked(wish.organization, values))
        if wish.state not in ("draft", "open"):
            raise Refusal(_("刚刚有人认领了，不能再改。"))
        audit.record(actor, "wish.edit", wish, changes=changes)
    return wish


def _checked(organization, values):
    known = {name: values[name] for name in EDITABLE if name in values}
    for name in WRITTEN_FREELY:
        _refuse_numbers(known.get(name, ""), name)
    area = known.get("area")
    if area and area.level == "village":
        raise Refusal(_("请只写到乡镇（街道）：写到村（社区）容易认出是谁。"), field="area")
    if area and not is_within(area, organization.area) and not is_within(organization.area, area):
        raise Refusal(_("请选择本单位所在的地区。"), field="area")
    post = known.get("contact_post")
    if post and (post.organization_id != organization.pk or not post.is_public):
        raise Refusal(_("联系岗位要是本单位对外公开的岗位。"), field="contact_post")
    return known


def _refuse_numbers(text, name):
    try:
        refuse_numbers(text)
    except ValidationError as error:
        raise Refusal(error.messages[0], field=name) from error


def publish_wish(actor, wish, version):
    """From now on anybody may read it."""
    _require(actor, "wish.edit", wish.organization)
    return _move(actor, "wish.publish", wish, version, published_at=timezone.now())


def claim_wish(actor, wish, version, *, promised_on, donor=""):
    """By the actor's unit, for itself or for a giver whom it brings. The first who claims has it."""
    if "wish.claim" not in actor.permissions:
        raise PermissionDenied
    today = timezone.localdate()
    if not today <= promised_on <= today + LONGEST_PROMISE:
        raise Refusal(_("承诺日期要在今天以后的 180 天内。"), field="promised_on")
    _refuse_numbers(donor, "donor")
    values = {
        "claimed_by": actor.organization, "claimer": actor, "claimed_at": timezone.now(), "promised_on": promised_on,
        "donor": donor,
    }  # fmt: skip
    return _move(actor, "wish.claim", wish, version, **values)


def release_wish(actor, wish, version, reason):
    """Given up by who claimed it, or taken back by who registered it: open for others again."""
    _require_claimer(actor, wish)
    values = {"claimed_by": None, "claimer": None, "claimed_at": None, "promised_on": None, "donor": ""}
    return _move(actor, "wish.release", wish, version, reason=require_reason(reason), **values)


def fulfill_wish(actor, wish, version, *, fulfilled_on, spent=None, result=""):
    """Said by who registered it, or by who gave: the thing has arrived."""
    _require_claimer(actor, wish)
    if fulfilled_on > timezone.localdate():
        raise Refusal(_("实现日期不能晚于今天。"), field="fulfilled_on")
    _refuse_numbers(result, "result")
    return _move(actor, "wish.fulfill", wish, version, fulfilled_on=fulfilled_on, spent=spent, result=result)


def withdraw_wish(actor, wish, version, reason):
    _require(actor, "wish.edit", wish.organization)
    return _move(actor, "wish.withdraw", wish, version, reason=require_reason(reason))


def export_wishes(actor, rows):
    if "wish.export" not in actor.permissions:
        raise PermissionDenied
    content, number = wishes_workbook(rows)
    audit.record(actor, "wish.export", changes={"rows": [None, number]})
    return content


def may_answer_for(actor, wish):
    """Whoever claimed it, or keeps the register it stands in."""
    is_claimer = wish.claimed_by_id == actor.organization_id and "wish.claim" in actor.permissions
    return is_claimer or may(actor, "wish.edit", wish.organization)


def _require_claimer(actor, wish):
    if not may_answer_for(actor, wish):
        raise PermissionDenied


def _move(actor, deed, wish, version, **values):
    return take_step(actor, deed, wish, version, WISH_MOVES, **values)


def _require(actor, permission, organization):
    if not may(actor, permission, organization):
        raise PermissionDenied
