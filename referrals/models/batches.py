"""名册: a list of people whom a program is to help together, and what happens to it as a whole.

A list is written as a draft and then closed: from then on its rows stay as they are, in number, order and sum; somebody
may only be struck off, with a reason. What is drawn from it, hung out of it, signed on it and paid by it stands in rows
of its own.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organization
from members.models.audit import APPEND_ONLY, KEPT, NO_TRUNCATE
from members.roles import ALL, OWN
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.list_kinds import OPEN_STATES, BatchState, CheckResult

# Rows come and go while the list is a draft; then nothing of them moves but what happens to them.
CLOSED_WITH_THE_LIST = pgtrigger.Trigger(
    name="closed_with_the_list",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF (SELECT state = 'draft' FROM referrals_batch
            WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.batch_id ELSE OLD.batch_id END)
        THEN
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        IF TG_OP <> 'UPDATE'
            OR (NEW.batch_id, NEW.number, NEW.code, NEW.person_id) IS DISTINCT FROM
               (OLD.batch_id, OLD.number, OLD.code, OLD.person_id)
            OR (NEW.listed, NEW.is_filed, NEW.bill, NEW.own_share, NEW.treated_on) IS DISTINCT FROM
               (OLD.listed, OLD.is_filed, OLD.bill, OLD.own_share, OLD.treated_on)
            OR NEW.referral_id IS DISTINCT FROM OLD.referral_id
            OR (OLD.line_id IS NOT NULL AND NEW.line_id IS DISTINCT FROM OLD.line_id)
        THEN
            RAISE EXCEPTION 'the rows of a closed list are kept' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


class BatchQuerySet(models.QuerySet):
    def visible_to(self, staff):
        """Those of one's unit, made or received; for who oversees an area, of all units in it."""
        reach = staff.permissions.get("batch.view")
        if reach is None:
            return self.none()
        if reach == ALL:
            return self
        concerned = BatchUnit.objects.filter(batch=OuterRef("pk"))
        if reach == OWN:
            return self.filter(Exists(concerned.filter(organization=staff.organization_id)))
        units = Organization.objects.in_area(staff.organization.area).values("pk")
        return self.filter(Exists(concerned.filter(organization__in=units)))

    def open(self):
        return self.filter(state__in=sorted(OPEN_STATES))

    def late(self, on=None):
        return self.open().filter(due_on__lt=on or timezone.localdate())

    def as_held(self):
        """With what every action on it asks for."""
        related = ("program__organization__area", "program_version", "organization__area", "holder__area", "round")
        return self.select_related(*related, "changed_by")

    def as_rows(self):
        return self.select_related("program", "organization", "holder").defer("private", "text")


class Batch(models.Model):
    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    program = models.ForeignKey("programs.Program", models.PROTECT, related_name="batches", verbose_name=_("项目"))
    # The version of the day it was begun: its steps and papers are those of the list.
    program_version = models.ForeignKey("programs.ProgramVersion", models.PROTECT, related_name="+")
    round = models.ForeignKey("programs.Round", models.PROTECT, null=True, blank=True, related_name="+")
    label = models.CharField(_("名称"), max_length=80)
    # For lists of a quarter or a year.
    since = models.DateField(_("从"), null=True, blank=True)
    until = models.DateField(_("到"), null=True, blank=True)
    # Who made it, and where it lies now.
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="batches")
    holder = models.ForeignKey("members.Organization", models.PROTECT, related_name="held_batches")
    state = models.CharField(_("状态"), max_length=10, choices=BatchState, default=BatchState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    # Shown from the beginning, so that nobody can choose what is drawn: purpose -> digest of the secret.
    commitments = models.JSONField(default=dict)
    # The secrets until they are drawn with; reasons in words.
    private = EncryptedJSONField(default=dict)
    # The list as text without anybody's name, and its digest, from the day it was closed.
    text = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    due_on = models.DateField(_("期限"), null=True, blank=True)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    frozen_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    # The day of the decision itself: a committee may have met before anybody wrote it down here.
    decided_on = models.DateField(_("审定日期"), null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["program", "-id"], name="batches_of_program"),
            models.Index(fields=["due_on"], condition=Q(state__in=sorted(OPEN_STATES)), name="open_batches_by_clock"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"])
                | (Q(frozen_at__isnull=False, frozen_by__isnull=False) & ~Q(digest="")),
                name="closed_list_has_its_digest",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "finished", "declined"])
                | Q(decided_by__isnull=False, decided_at__isnull=False, decided_on__isnull=False),
                name="decided_list_was_decided",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | (~Q(decided_by=F("made_by")) & ~Q(decided_by=F("frozen_by"))),
                name="nobody_decides_their_own_list",
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")), name="list_ends_after_it_begins"
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="promised", fields=["code", "program", "program_version", "commitments", "made_by"]
            ),
            pgtrigger.Protect(
                name="digest_stays",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__digest="")
                & (
                    pgtrigger.Q(old__digest__df=pgtrigger.F("new__digest"))
                    | pgtrigger.Q(old__text__df=pgtrigger.F("new__text"))
                ),
            ),
        ]

    def __str__(self):
        return self.label

    @property
    def is_open(self):
        return self.state in OPEN_STATES

    @property
    def is_late(self):
        return self.is_open and self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def note(self):
        return self.private.get("note", "")


class BatchUnit(models.Model):
    """Whom a list concerns: who made it, and everybody it was handed on to."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="units")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "organization"], name="list_concerns_a_unit_once")]
        indexes = [models.Index(fields=["organization", "-batch"], name="batches_of_unit")]

    def __str__(self):
        return str(self.organization)


class BatchRowQuerySet(models.QuerySet):
    def listed(self):
        return self.filter(struck_at=None)

    def with_people(self):
        """With all that a list shows of somebody, in the order of the list."""
        related = (
            "person__keeper__area", "person__residence", "person__registration", "person__household",
            "line__referral", "referral", "check_made",
        )  # fmt: skip
        return self.select_related(*related).order_by("number")


class BatchRow(models.Model):
    """Somebody on a list: by what was proposed for them, by the referral that asks for it, or filed by who keeps them.

    Of somebody filed, whoever decides proposes the help later.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField(_("序号"))
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="batch_rows")
    line = models.ForeignKey("referrals.AidLine", models.PROTECT, null=True, blank=True, related_name="batch_rows")
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, null=True, blank=True, related_name="batch_rows")
    is_filed = models.BooleanField(default=False)
    # What a hospital files of a patient: what it cost, and what the patient had to pay themselves.
    bill = models.DecimalField(_("费用总额（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    own_share = models.DecimalField(_("本人自付（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    treated_on = models.DateField(_("手术日期"), null=True, blank=True)
    # The sum as it stood when the list was closed; none where whoever decides sets it.
    listed = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    # While it stands on a list that was not given up: nobody stands on two.
    is_live = models.BooleanField(default=True)
    is_drawn = models.BooleanField(default=False)
    struck_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    struck_at = models.DateTimeField(null=True, blank=True)
    received_on = models.DateField(_("领取日期"), null=True, blank=True)
    received_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    receipt = models.CharField(_("回执编号"), max_length=60, blank=True)
    # Why struck off; who took it in their stead.
    private = EncryptedJSONField(default=dict)
    added_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = BatchRowQuerySet.as_manager()

    # A merger leaves it with the record that stood on the list; it is found through `merged_into`.
    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "number"], name="one_row_for_a_number", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(fields=["batch", "person"], name="somebody_stands_on_a_list_once"),
            models.UniqueConstraint(
                fields=["line"], condition=Q(is_live=True, line__isnull=False), name="aid_stands_on_one_list"
            ),
            models.UniqueConstraint(
                fields=["referral"], condition=Q(is_live=True, referral__isnull=False),
                name="referral_stands_on_one_list",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False) | Q(referral__isnull=False) | Q(is_filed=True),
                name="row_stands_for_something",
            ),
            models.CheckConstraint(
                condition=Q(bill=None) | (Q(own_share__lte=F("bill")) & Q(own_share__gte=0)),
                name="own_share_within_the_bill",
            ),
            models.CheckConstraint(condition=Q(struck_at=None) | Q(is_live=False), name="struck_row_is_not_live"),
        ]  # fmt: skip
        triggers = [CLOSED_WITH_THE_LIST, NO_TRUNCATE]

    def __str__(self):
        """For the audit: nobody's name."""
        return f"{self.number} {self.code}"

    @property
    def is_listed(self):
        return self.struck_at is None

    @property
    def reason(self):
        return self.private.get("reason", "")

    @property
    def check_result(self):
        """What came of the visit to somebody drawn; None before it was written down."""
        return getattr(self, "check_made", None)


class BatchDraw(models.Model):
    """What was drawn by lot, with all that is needed to reckon it again (portal.lib.draws). Append-only."""

    class Purpose(models.TextChoices):
        SAMPLE = "sample", _("抽查对象")
        REVIEWER = "reviewer", _("审核人")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="draws")
    purpose = models.CharField(max_length=10, choices=Purpose)
    # What was drawn from, line by line; its digest; the secret that was promised before.
    text = models.TextField()
    digest = models.CharField(max_length=64)
    secret = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    pool = ArrayField(models.CharField(max_length=12))
    number = models.PositiveIntegerField()
    drawn = ArrayField(models.CharField(max_length=12))
    # Drawn from an earlier list that was given up, and not visited since: they stay drawn.
    owed = ArrayField(models.CharField(max_length=12), default=list)
    drawn_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "purpose"], name="drawn_once")]
        triggers = [APPEND_ONLY, NO_TRUNCATE]

    def __str__(self):
        return f"{self.batch} {self.get_purpose_display()}"


class DrawnCheck(models.Model):
    """The visit to somebody drawn by lot: by whom, when, with what result. Written once."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    row = models.OneToOneField(BatchRow, models.PROTECT, related_name="check_made")
    checked_on = models.DateField(_("走访日期"))
    result = models.CharField(_("结果"), max_length=10, choices=CheckResult)
    private = EncryptedJSONField(default=dict)
    checked_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(name="as_written", fields=["row", "checked_on", "result", "checked_by", "recorded_at"]),
        ]

    def __str__(self):
        return self.get_result_display()

    @property
    def findings(self):
        return self.private.get("findings", "")
