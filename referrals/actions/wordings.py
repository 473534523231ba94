"""What families are told: written by one, released by another, then frozen. Consents point at what was heard."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may_in
from referrals.models import ConsentWording
from referrals.wordings import checksum_of, wording_for

DRAFT, RELEASED, RETIRED = ConsentWording.State
# Released ahead, so that everybody can read it before it is used; never into the past.
LONGEST_AHEAD = timedelta(days=366)


def start_wording(actor, purpose, area, source=None):
    """The next version for an area, as a copy of what holds there."""
    _require(actor, "wording.edit", area)
    source = source or wording_for(purpose, area)
    texts = {name: getattr(source, name) if source else "" for name in ConsentWording.TEXTS}
    number = ConsentWording.objects.filter(purpose=purpose, area=area).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            wording = ConsentWording.objects.create(
                purpose=purpose, area=area, number=number + 1, written_by=actor, **texts
            )
            audit.record(actor, "wording.start", wording)
    except IntegrityError as error:
        raise Refusal(_("这个用途已经有一份草稿，请先办完它。")) from error
    return wording


def save_wording(actor, wording, version, values):
    _require(actor, "wording.edit", wording.area)
    with transaction.atomic():
        current = _draft(wording, version)
        for name in (*ConsentWording.TEXTS, "note"):
            setattr(current, name, values[name])
        current.written_by, current.written_at = actor, timezone.now()
        current.version += 1
        current.save()
        audit.record(actor, "wording.edit", current)
    return current


def discard_wording(actor, wording, version):
    _require(actor, "wording.edit", wording.area)
    with transaction.atomic():
        current = _draft(wording, version)
        audit.record(actor, "wording.discard", current)
        current.delete()


def release_wording(actor, wording, version, valid_from):
    """In force from that day on, by somebody who did not write it."""
    _require(actor, "wording.release", wording.area)
    with transaction.atomic():
        current = _draft(wording, version)
        if current.written_by_id == actor.pk:
            raise Refusal(_("发布要由第二个人办理：这一版是您写的，请同事核对后发布。"))
        today = timezone.localdate()
        if not today <= valid_from <= today + LONGEST_AHEAD:
            raise Refusal(_("启用日期应在今天到一年之内。"), field="valid_from")
        if not all(getattr(current, name).strip() for name in ConsentWording.TEXTS):
            raise Refusal(_("告知书的每一部分都要写，必要性和影响是法律规定要告知的。"))
        current.state, current.valid_from, current.checksum = RELEASED, valid_from, checksum_of(current)
        current.released_by, current.released_at = actor, timezone.now()
        current.save()
        audit.record(actor, "wording.release", current, changes={"valid_from": ["", valid_from.isoformat()]})
    return current


def retire_wording(actor, wording, reason):
    """No new consents under it; those given stay as they are."""
    _require(actor, "wording.release", wording.area)
    with transaction.atomic():
        current = ConsentWording.objects.select_for_update().get(pk=wording.pk)
        if current.state != RELEASED:
            raise Refusal(_("只有已发布的告知书可以停用。"))
        ConsentWording.objects.filter(pk=current.pk).update(state=RETIRED, retired_by=actor, retired_at=timezone.now())
        audit.record(actor, "wording.retire", current, reason=reason)
    return current


@transaction.atomic
def load_wording(entry, valid_from):
    """One shipped wording, unless it is there already or people have released one of their own. True when new."""
    if ConsentWording.objects.filter(purpose=entry["purpose"], area=None).exists():
        return False
    wording = ConsentWording(
        number=1,
        state=RELEASED,
        valid_from=valid_from,
        released_at=timezone.now(),
        shipped_as=entry["purpose"],
        **entry,
    )
    wording.checksum = checksum_of(wording)
    wording.full_clean(exclude={"written_by", "released_by", "retired_by"}, validate_constraints=False)
    wording.save()
    audit.record(None, "wording.load", wording)
    return True


def _draft(wording, version):
    current = ConsentWording.objects.select_for_update(of=("self",)).select_related("area").get(pk=wording.pk)
    if current.state != DRAFT:
        raise Refusal(_("这一版已经发布，不能再改。请另起一版。"))
    if current.version != version:
        raise Stale(current, by=current.written_by, at=current.written_at)
    return current


def _require(actor, permission, area):
    if not may_in(actor, permission, area):
        raise PermissionDenied
