"""Papers of a person: taken in, described, put aside with a reason, taken back, erased for good; and opened."""

from contextlib import ExitStack
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from portal.lib import pictures, uploads
from referrals import disclosure, timeline
from referrals.models import Consent, DisclosureLog, Document
from referrals.permissions import demand, refuse_related

# What a scan may be.
SCANS = ("pdf", *uploads.PICTURES)
EDITABLE = ("kind", "title", "issued_on", "valid_until", "consent")
MOST_PER_PERSON = 200
# So long a paper that was put aside can be taken back; then its file is erased.
KEPT_ASIDE = timedelta(days=30)


def add_document(actor, person, values, file):
    """`file` is what portal.lib.uploads.check() let through. The same file is not kept twice."""
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    if person.documents.standing().count() >= MOST_PER_PERSON:
        raise Refusal(_("已有 %(most)s 份材料，请先移除不再需要的。") % {"most": MOST_PER_PERSON})
    document = Document(person=person, uploaded_by=actor, changed_by=actor, checksum=file.sha256, file_kind=file.kind)
    _fill(document, values)
    document.private = {**document.private, "file_name": file.name}
    with ExitStack() as files, transaction.atomic():
        kept = files.enter_context(uploads.kept(file))
        document.file_key, document.file_size = kept["file_key"], kept["file_size"]
        if file.kind in uploads.PICTURES:
            document.preview_key = files.enter_context(_kept_small(file))["file_key"]
        _save_new(document)
        timeline.record("document_added", actor, person=person, paper=document.get_kind_display())
        audit.record(actor, "document.add", document, organization=person.keeper)
    return document


def _kept_small(file):
    small = pictures.thumbnail(file.content)
    return uploads.kept(uploads.CheckedFile("jpg", "preview.jpg", small, small.getbuffer().nbytes, ""))


def _save_new(document):
    try:
        with transaction.atomic():
            document.save()
    except IntegrityError:
        same = document.person.documents.standing().filter(checksum=document.checksum).first()
        words = {"kind": same.get_kind_display() if same else "", "code": same.code if same else ""}
        raise Refusal(_("这份文件已经收存过：%(kind)s %(code)s。") % words, field="files") from None


def change_document(actor, document, version, values):
    """What it is and until when it holds; another file is another document."""
    person = document.person
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    with transaction.atomic():
        current = Document.objects.select_for_update(of=("self",)).select_related("person").get(pk=document.pk)
        if current.version != version:
            raise Stale(current, by=current.changed_by, at=current.changed_at)
        if not current.is_standing:
            raise Refusal(_("这份材料已经移除，不能再修改。"))
        before = {name: getattr(current, name) for name in EDITABLE}
        _fill(current, values)
        changed = [name for name in EDITABLE if getattr(current, name) != before[name]]
        if not changed:
            return current
        _save_version(actor, current)
        audit.record(
            actor, "document.edit", current, organization=person.keeper,
            changes={name: ["…", "…"] for name in changed},
        )  # fmt: skip
    return current


def put_aside_document(actor, document, reason):
    """Shown to nobody from now on, receivers included."""
    person = document.person
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    with transaction.atomic():
        standing = Document.objects.standing().filter(pk=document.pk)
        now, version = timezone.now(), document.version + 1
        if not standing.update(
            put_aside_at=now, put_aside_by=actor, put_aside_reason=reason, changed_by=actor, changed_at=now,
            version=version,
        ):  # fmt: skip
            raise Refusal(_("这份材料已经移除。"))
        timeline.record("document_put_aside", actor, person=person, paper=document.get_kind_display(), reason=reason)
        audit.record(actor, "document.put_aside", document, organization=person.keeper, reason=reason)


def take_back_document(actor, document):
    """As it was, as long as the file is there."""
    person = document.person
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    with transaction.atomic():
        current = Document.objects.select_for_update(of=("self",)).select_related("person").get(pk=document.pk)
        if current.put_aside_at is None:
            raise Refusal(_("这份材料没有移除。"))
        if not current.file_key:
            raise Refusal(_("文件已经删除，不能恢复，请重新上传。"))
        current.put_aside_at, current.put_aside_by, current.put_aside_reason = None, None, ""
        _retake(actor, current)
        timeline.record("document_taken_back", actor, person=person, paper=document.get_kind_display())
        audit.record(actor, "document.take_back", document, organization=person.keeper)


def _retake(actor, document):
    try:
        with transaction.atomic():
            _save_version(actor, document)
    except IntegrityError:
        raise Refusal(_("同一份文件后来又收存过，不用恢复。")) from None


def open_document(actor, document, *, is_download=False):
    """May it be opened? If so it leaves its line, and for a receiver one in the log that the family may ask for."""
    permitted, provision = disclosure.opened_by(actor, document)
    if not permitted:
        return False
    with transaction.atomic():
        if permitted.basis == disclosure.CONSENT:
            _log(actor, document, provision)
        audit.record(
            actor, "document.download" if is_download else "document.view", document.person,
            organization=document.person.keeper, reason=document.code,
        )  # fmt: skip
    return True


def _log(actor, document, provision):
    DisclosureLog.objects.create(
        kind=DisclosureLog.Kind.SEEN, person_id=provision.person_id, provision=provision, receiver=provision.receiver,
        receiver_name=provision.receiver.name, items=[document.item.code], actor=actor, actor_name=str(actor),
        payload_hash=disclosure.keyed(document.checksum),
    )  # fmt: skip


def demand_own(person, document):
    """A paper that is to prove something of somebody: theirs, and not put aside."""
    if document is not None and (document.person_id != person.pk or not document.is_standing):
        raise Refusal(_("这份材料不是此人的，或者已经移除。"), field="document")


# -- By the clock -----------------------------------------------------------------------------------------------------
def erase_put_aside():
    """The files of what was put aside long enough ago; a legal hold keeps them. Returns how many."""
    long_ago = timezone.now() - KEPT_ASIDE
    rows = Document.objects.filter(put_aside_at__lt=long_ago).exclude(file_key="", preview_key="")
    rows = rows.exclude(person__retention__hold_reason__gt="")
    number = 0
    for document in rows.select_related("person__keeper").order_by("pk")[:1000]:
        with transaction.atomic():
            erase(document)
            audit.record(None, "document.erase", document, organization=document.person.keeper)
        number += 1
    return number


def erase(document):
    """The file for good, and what it was called; the row stays."""
    for key in (document.file_key, document.preview_key):
        if key:
            transaction.on_commit(lambda key=key: uploads.delete(key))
    document.file_key = document.preview_key = document.checksum = ""
    document.private = {}
    document.save(update_fields=["file_key", "preview_key", "checksum", "private"])


# -- What is written --------------------------------------------------------------------------------------------------
def _fill(document, values):
    for name in ("kind", "issued_on", "valid_until", "consent"):
        if name in values:
            setattr(document, name, values[name])
    if "title" in values:
        document.private = {**document.private, "title": values["title"].strip()}
    if document.issued_on and document.issued_on > timezone.localdate():
        raise Refusal(_("出具日期晚于今天。"), field="issued_on")
    if document.issued_on and document.valid_until and document.valid_until < document.issued_on:
        raise Refusal(_("有效期止早于出具日期。"), field="valid_until")
    if document.consent_id and not Consent.objects.of(document.person).filter(pk=document.consent_id).exists():
        raise Refusal(_("这份同意不是此人的。"), field="consent")


def _save_version(actor, document):
    document.version += 1
    document.changed_by, document.changed_at = actor, timezone.now()
    document.save()
