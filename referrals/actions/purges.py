"""The end of a record: kept as long as a ground or a legal hold says, then wiped by two people.

What stays is a shell without a name, so that sums of the past still add up, and a line that says what was wiped. Every
table that points at a person is named below; one that is not fails a test.
"""

from collections import Counter

import pgtrigger
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, jobs
from members.access import Refusal, Stale
from portal.lib import uploads
from referrals import minors
from referrals.actions import fact_sheets
from referrals.actions.documents import erase
from referrals.kinds import IdentityKind
from referrals.models import (
    AidInstalment,
    AidLine,
    Consent,
    DrawnCheck,
    NoticeObjection,
    Person,
    Provision,
    PurgeOrder,
    Retention,
    RowSignature,
    TimelineEntry,
)
from referrals.permissions import demand

ORDERED, DONE, CALLED_OFF = PurgeOrder.State
# accessor -> the envelopes that are emptied; None: the rows are deleted.
WIPED = {
    "facts": None,
    "changes": ("changes",),
    "categories": ("private",),
    "guardianships": ("private",),
    "timeline": ("details",),
    "subject_requests": ("private",),
    "consents": ("private", "paper_index"),
    "leads": ("private", "phone_index"),
    "import_rows": None,
    "needs": ("private",),
    "visits": ("private",),
    "checks": ("private",),
    "screening_reviews": ("private",),
    "documents": ("private",),
    "aid": ("private",),
    "batch_rows": ("private",),
    "referrals": ("private",),
}
# Of these nothing personal is left once the record is a shell: figures, lists of codes, what two people decided. The
# records that were merged into it are wiped with it, and what their mergers remember (_wipe_twins).
KEPT = {
    "government_aid", "provisions", "disclosures", "minor_approvals", "retention", "purge_orders", "wards", "merged",
    "mergers", "mergers_into", "incidents", "unaided", "telling_duty",
}  # fmt: skip


def set_retention(actor, person, version, *, until, basis, hold_reason):
    """Until when and on what ground; a hold needs nothing but its reason."""
    _demand(actor, "retention.edit", person)
    if until and not basis.strip():
        raise Refusal(_("请写明保存期限的依据。"), field="basis")
    with transaction.atomic():
        current = Retention.objects.select_for_update().filter(person=person).first()
        if (current.version if current else 0) != version:
            raise Stale(
                current, by=current and current.changed_by, at=current.changed_at if current else timezone.now()
            )
        row = current or Retention(person=person, version=0)
        row.until, row.basis, row.hold_reason = until, basis, hold_reason
        row.changed_by, row.changed_at = actor, timezone.now()
        row.version += 1
        row.save()
        audit.record(
            actor, "retention.set", person, organization=person.keeper,
            changes={"until": [None, until.isoformat() if until else ""], "hold": [None, bool(hold_reason)]},
        )  # fmt: skip
    return row


def order_purge(actor, person, reason, request=None):
    _demand(actor, "person.purge", person)
    _refuse_what_stays(person)
    try:
        with transaction.atomic():
            order = PurgeOrder.objects.create(
                person=person, organization=person.keeper, reason=reason, request=request, ordered_by=actor
            )
            audit.record(actor, "person.order_purge", person, organization=person.keeper, reason=reason)
    except IntegrityError as error:
        raise Refusal(_("已经有人提出清除，正等第二个人确认。")) from error
    return order


def call_off_purge(actor, order):
    _demand(actor, "person.purge", order.person)
    with transaction.atomic():
        _close(order, CALLED_OFF, actor)
        audit.record(actor, "person.call_off_purge", order.person, organization=order.organization)


def confirm_purge(actor, order):
    """By a second person, and then there is no way back."""
    _demand(actor, "person.purge", order.person)
    if order.ordered_by_id == actor.pk:
        raise Refusal(_("清除要由第二个人确认：这是您提出的。"))
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).select_related("keeper", "residence").get(
            pk=order.person_id
        )  # fmt: skip
        _refuse_what_stays(person)
        _close(order, DONE, actor)
        counts = _wipe_twins(person)
        for name, columns in WIPED.items():
            counts[name] += _wipe(person, name, columns)
        _wipe_lists(person)
        _make_shell(person)
        fact_sheets.renew(person)
        jobs.drop_files("person.copy", person=person.code)
        PurgeOrder.objects.filter(pk=order.pk).update(counts=counts)
        audit.record(actor, "person.purge", person, organization=order.organization, changes={"rows": [None, counts]})
    return counts


def _wipe_twins(person):
    """Every record that leads here, at whatever remove, and what the mergers took over."""
    counts = Counter(dict.fromkeys(WIPED, 0))
    twins = Person.objects.select_for_update(of=("self",)).select_related("keeper", "residence")
    for twin in twins.filter(merged_into=person):
        counts += _wipe_twins(twin)
        for name, columns in WIPED.items():
            counts[name] += _wipe(twin, name, columns)
        _wipe_lists(twin)
        _make_shell(twin)
        jobs.drop_files("person.copy", person=twin.code)
    _wipe_departures(person)
    for merger in person.mergers.all():
        merger.filled = {}
        merger.save(update_fields=["filled"])
    return counts


def _wipe_lists(person):
    """What was found and said about somebody because they stood on a list; the list itself keeps its numbers."""
    for model in (DrawnCheck, NoticeObjection, RowSignature):
        for row in model.objects.filter(row__person=person):
            _empty(row, ("private",))
    # Who signed in their stead, and why months were left out.
    for row in AidInstalment.objects.filter(line__person=person):
        _empty(row, ("private",))


def _wipe_departures(person):
    """A household that somebody left remembers them by name alone."""
    homes = person.timeline.values("household")
    for entry in TimelineEntry.objects.filter(person=None, kind="person_left", household__in=homes):
        if entry.details.get("name") == person.name:
            entry.details = {}
            entry.save(update_fields=["details"])


def _refuse_what_stays(person):
    """A legal hold, a term that runs, a consent or a provision that stands: each is a reason to keep."""
    for kept in Retention.objects.filter(Q(person=person) | Q(person__merged_into=person)):
        if kept.hold_reason:
            raise Refusal(_("依法留存，不能清除：%(reason)s") % {"reason": kept.hold_reason})
        if kept.until and kept.until >= timezone.localdate():
            words = {"day": kept.until.isoformat(), "basis": kept.basis}
            raise Refusal(_("保存期限到 %(day)s（%(basis)s），没有到期不能清除。") % words)
    if AidLine.objects.filter(Q(person=person) | Q(person__merged_into=person)).unsettled().exists():
        raise Refusal(_("还有没有办完的帮扶，请先办完或取消。"))
    if Provision.objects.about(person).open().exists():
        raise Refusal(_("还在向其他单位提供信息，请先停止提供。"))
    if any(consent.is_live for consent in Consent.objects.of(person).given().with_terms()):
        raise Refusal(_("还有有效的同意，请先由本人撤回或等到期。"))


def _close(order, state, actor):
    mine = PurgeOrder.objects.filter(pk=order.pk, state=ORDERED)
    if not mine.update(state=state, closed_by=actor, closed_at=timezone.now()):
        raise Refusal(_("这项清除已经有人办理。"))


def _wipe(person, accessor, columns):
    rows = getattr(person, accessor).all()
    if columns is None:
        return rows.delete()[0]
    number = 0
    for row in rows:
        if accessor == "documents":
            erase(row)
        elif accessor == "referrals":
            _wipe_case(row)
        else:
            _empty(row, columns)
        number += 1
    return number


def _empty(row, columns):
    """Indexes follow their envelope when it is saved; files go when the wiping is certain."""
    for name in columns:
        if not name.endswith("_index"):
            setattr(row, name, {})
    row.save(update_fields=columns)
    for part in (*_parts(row, "steps"), *_parts(row, "contacts")):
        part.private = {}
        part.save(update_fields=["private"])
    for file in (row, *_parts(row, "photos"), *_parts(row, "papers")):
        if key := getattr(file, "file_key", ""):
            transaction.on_commit(lambda key=key: uploads.delete(key))


def _wipe_case(referral):
    """What was written in a case and what its steps say in words. These are kept against every change but this one."""
    parts = ("steps", "questions", "approvals", "reports", "notes", "files", "shares")
    with pgtrigger.ignore():
        for row in (referral, *(row for accessor in parts for row in getattr(referral, accessor).all())):
            row.private = {}
            row.save(update_fields=["private"])
    for key in referral.files.values_list("file_key", flat=True):
        transaction.on_commit(lambda key=key: uploads.delete(key))


def _parts(row, accessor):
    """What hangs on a row and has an envelope of its own."""
    return getattr(row, accessor).all() if hasattr(row, accessor) else ()


def _make_shell(person):
    person.name, person.private, person.birth_date, person.gender = _("已清除"), {}, None, ""
    person.nationality, person.registration, person.died_on = "", None, None
    person.identity_kind, person.flags, person.causes, person.level = IdentityKind.NONE, [], [], ""
    person.version += 1
    person.save()


def _demand(actor, permission, person):
    demand(actor, permission, person)
    minors.require(actor, person)
