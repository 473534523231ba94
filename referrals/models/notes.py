"""What people write on a case beside its moves: notes of one unit, messages between the two, and files that go with
them. Nothing is edited; what was wrong is withdrawn with a reason, and stays as the trace of it."""

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import APPEND_ONLY
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from portal.lib.uploads import PICTURES
from referrals.items import item_of_paper
from referrals.kinds import PaperKind


def _kept(*loose):
    """Of a row only these columns may change, and it is never deleted."""
    columns = " ".join(f"- '{name}'" for name in loose)
    return pgtrigger.Trigger(
        name="kept_as_written",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) {columns}) IS DISTINCT FROM (to_jsonb(NEW) {columns}) THEN
                RAISE EXCEPTION 'what was written on a case is kept' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )


_WITHDRAWN = ("withdrawn_at", "withdrawn_by_id", "withdraw_reason")


def _withdrawn_with_a_reason(name):
    return models.CheckConstraint(
        condition=Q(withdrawn_at=None, withdrawn_by=None, withdraw_reason="")
        | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdraw_reason="")),
        name=name,
    )


class CaseNoteQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(withdrawn_at=None)

    def to_unit(self, organization_id):
        """Messages of the other side to this unit."""
        return self.standing().filter(to=organization_id)

    def unread_by(self, organization_id):
        """Written by others for this unit too, and opened by nobody here."""
        read = CaseNoteReading.objects.filter(note=OuterRef("pk"), staff__organization=organization_id)
        others = self.standing().exclude(audience=CaseNote.Audience.OWN).exclude(organization=organization_id)
        return others.filter(~Exists(read))


class CaseNote(models.Model):
    class Audience(models.TextChoices):
        OWN = "own", _("只有本单位")
        BOTH = "both", _("双方")
        ALL = "all", _("所有能看到本案的单位")
        # Between the two sides and those to whom the case was shared.
        SHARE = "share", _("双方和共享的人员")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, related_name="notes")
    audience = models.CharField(_("谁能看到"), max_length=6, choices=Audience)
    # The unit on the other side, of a message to it.
    to = models.ForeignKey("members.Organization", models.PROTECT, null=True, related_name="+")
    # Of a note on what was shared with a third unit.
    share = models.ForeignKey("referrals.ReferralShare", models.PROTECT, null=True, related_name="notes")
    author = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    # {"text": …}
    private = EncryptedJSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    # When somebody of the unit it is addressed to first opened it.
    read_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    withdraw_reason = models.CharField(_("撤回的原因"), max_length=200, blank=True)

    objects = CaseNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["referral", "-id"], name="notes_of_referral"),
            models.Index(fields=["to", "-id"], condition=Q(to__isnull=False), name="messages_to_unit"),
            models.Index(
                fields=["to"], condition=Q(to__isnull=False, read_at=None, withdrawn_at=None), name="unread_of_unit"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(audience="both", to__isnull=False) | (~Q(audience="both") & Q(to=None)),
                name="message_has_its_unit",
            ),
            models.CheckConstraint(
                condition=Q(audience="share", share__isnull=False) | (~Q(audience="share") & Q(share=None)),
                name="note_on_a_share_has_it",
            ),
            _withdrawn_with_a_reason("note_withdrawn_with_a_reason"),
        ]
        triggers = [_kept("private", "read_at", *_WITHDRAWN)]

    def __str__(self):
        """For the audit: never what it says."""
        return self.code

    @property
    def text(self):
        return self.private.get("text", "")


class CaseNoteReading(models.Model):
    """Who of another unit has read a note, and when first."""

    note = models.ForeignKey(CaseNote, models.PROTECT, related_name="readings")
    staff = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["note", "staff"], name="note_read_once_by_a_person")]
        triggers = [APPEND_ONLY]

    def __str__(self):
        return f"{self.note_id} {self.staff_id}"


class CaseFile(models.Model):
    """A file that goes with a note, a question or a report. What it holds of the person is shown under the consent."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, related_name="files")
    note = models.ForeignKey(CaseNote, models.PROTECT, null=True, related_name="files")
    question = models.ForeignKey("referrals.ReferralQuestion", models.PROTECT, null=True, related_name="files")
    report = models.ForeignKey("referrals.OutcomeReport", models.PROTECT, null=True, related_name="files")
    # What of the person it holds; empty for nothing.
    paper = models.CharField(_("含有本人的什么材料"), max_length=40, choices=PaperKind, blank=True)
    # {"file_name": …}
    private = EncryptedJSONField(default=dict)
    file_key = models.CharField(max_length=32, blank=True, editable=False)
    file_kind = models.CharField(max_length=10, editable=False)
    file_size = models.PositiveIntegerField(editable=False)
    checksum = models.CharField(max_length=64, blank=True, editable=False)
    uploaded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    withdraw_reason = models.CharField(_("撤回的原因"), max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["referral"], name="files_of_referral")]
        constraints = [
            models.CheckConstraint(
                condition=Q(note__isnull=False, question=None, report=None)
                | Q(note=None, question__isnull=False, report=None)
                | Q(note=None, question=None, report__isnull=False),
                name="case_file_goes_with_one_thing",
            ),
            models.UniqueConstraint(fields=["file_key"], condition=~Q(file_key=""), name="one_case_file_per_file"),
            _withdrawn_with_a_reason("case_file_withdrawn_with_a_reason"),
        ]
        triggers = [_kept("private", "file_key", "checksum", *_WITHDRAWN)]

    def __str__(self):
        return self.code

    @property
    def file_name(self):
        return self.private.get("file_name", "")

    @property
    def item(self):
        """The item of the data dictionary it falls under; None when it holds nothing of the person."""
        return item_of_paper(self.paper).code if self.paper else None

    @property
    def is_picture(self):
        return self.file_kind in PICTURES

    @property
    def served_name(self):
        """For somebody's disk: which case and which file, never who."""
        return f"{self.referral.number}-{self.code}.{self.file_kind}"
