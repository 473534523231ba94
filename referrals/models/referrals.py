"""转介单: one question from one organization to another about one person, until the answer has come back.

The state is moved by actions alone, each time over the state and the version that were seen. The database holds what
must never be: two open referrals of one person and program, a rejection without a reason, a sent row without a number.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import Direction
from members.models.audit import KEPT
from members.roles import OWN
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from referrals.kinds import RANKS, Ground, Scheme, Urgency
from referrals.models.referral_access import KEEP_IN_STEP, ReferralAccess
from referrals.workflow import (
    BEFORE_ACCEPTANCE,
    ENDS,
    LED_BY_RECEIVER,
    LIVE,
    OPEN,
    STANDINGS,
    TO_BUREAU_KINDS,
    Decision,
    Effectiveness,
    Extent,
    FirstAction,
    Procedure,
    ReferralKind,
    Rung,
    Side,
    State,
    is_led_by_receiver,
    reason_words,
)

# Steps stay as they are; only with a draft that is thrown away do they go.
WITH_THE_REFERRAL = pgtrigger.Trigger(
    name="append_only",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE' AND EXISTS (
            SELECT 1 FROM referrals_referral WHERE id = OLD.referral_id AND state = 'draft'
        ) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'the steps of a referral are kept' USING ERRCODE = 'check_violation';
    """,
)
IN_CONSULTATION = Q(state=State.REPORTED, consultation_asked_at__isnull=False, consultation_ended_at=None)
HANDED_OVER = Q(kind=ReferralKind.HANDOVER) & (
    Q(state__in=sorted(LED_BY_RECEIVER)) | Q(state=State.ON_HOLD, paused_in__in=sorted(LED_BY_RECEIVER))
)
# Sealed words of a referral.
TOLD = ("circumstances", "government", "gap", "receiver_choice", "urgent_basis", "application", "helper")


class ReferralQuerySet(models.QuerySet):
    def visible_to(self, staff):
        """Those of one's own unit, sent or received; for civil affairs also what lies below, as far as roles reach.

        The rows of ReferralAccess say who is concerned, so that no list asks the organizations' tree. What of the
        person may be seen is another question: referrals.disclosure. A case shared with one of the unit's people is
        read on the page of the share, by them alone.
        """
        reach = staff.permissions.get("referral.view")
        if reach is None:
            return self.none()
        concerned = ReferralAccess.objects.filter(referral=OuterRef("pk"), organization=staff.organization_id)
        if reach == OWN:
            concerned = concerned.filter(reason__in=ReferralAccess.OWN_REASONS)
        else:
            concerned = concerned.exclude(reason=ReferralAccess.Reason.SHARED)
        return self.filter(Exists(concerned))

    def live(self):
        return self.filter(state__in=LIVE)

    def open(self):
        return self.filter(state__in=OPEN)

    def of(self, person):
        return self.filter(Q(person=person) | Q(person__merged_into=person))

    def counted(self):
        """For figures: neither drafts nor what was entered in error."""
        return self.exclude(state__in=[State.DRAFT, State.IN_ERROR])

    def in_consultation(self):
        return self.filter(IN_CONSULTATION)

    def handed_over(self):
        return self.filter(HANDED_OVER)

    def overdue(self, on=None):
        return self.live().filter(due_on__lt=on or timezone.localdate())


class Referral(models.Model):
    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    # Given when it is sent: what people call it on the telephone.
    number = models.CharField(_("转介单号"), max_length=20, blank=True, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="referrals", verbose_name=_("困难群众"))
    needs = models.ManyToManyField("referrals.Need", related_name="referrals", verbose_name=_("需求"))
    direction = models.CharField(_("方向"), max_length=30, choices=Direction, editable=False)
    kind = models.CharField(_("转介方式"), max_length=20, choices=ReferralKind, default=ReferralKind.SHARE)
    ground = models.CharField(_("转介事由"), max_length=30, choices=Ground)
    procedure = models.CharField(_("程序"), max_length=30, choices=Procedure, default=Procedure.NORMAL)
    urgency = models.CharField(_("紧急程度"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    # 救急难: without a consent beforehand, with its basis and a second person (R73).
    is_urgent_lane = models.BooleanField(_("救急难"), default=False)

    sender = models.ForeignKey("members.Organization", models.PROTECT, related_name="sent_referrals")
    receiver = models.ForeignKey("members.Organization", models.PROTECT, related_name="received_referrals")
    written_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    # Who answers for it on each side.
    sender_handler = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    handler = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="handled_referrals")
    program = models.ForeignKey("programs.Program", models.PROTECT, null=True, blank=True, related_name="referrals")
    # The version of the day it was sent: by it the case is judged.
    program_version = models.ForeignKey("programs.ProgramVersion", models.PROTECT, null=True, related_name="+")
    round = models.ForeignKey("programs.Round", models.PROTECT, null=True, related_name="referrals")
    holds_place = models.BooleanField(default=False)
    offer = models.ForeignKey("programs.Offer", models.PROTECT, null=True, blank=True, related_name="referrals")
    # What the person asked of several at once; when one accepts, the others that exclude it fall away.
    is_exclusive = models.BooleanField(_("由一家接收即可"), default=True)

    # R63: which government scheme was asked and with what result, and which gap remains.
    scheme = models.CharField(_("政府救助"), max_length=20, choices=Scheme, blank=True)
    scheme_result = models.CharField(_("结果"), max_length=20, blank=True)
    gap_yuan = models.DecimalField(_("仍有缺口（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    items = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    papers = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    private = EncryptedJSONField(default=dict)

    state = models.CharField(_("状态"), max_length=20, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    state_since = models.DateTimeField(default=timezone.now)
    # The clock: its last day; while another clock stands still, how many working days it had left.
    due_on = models.DateField(_("期限"), null=True, blank=True)
    # What it was counted from; none for a date that somebody named.
    clock_since = models.DateField(null=True, blank=True)
    clock_days = models.PositiveSmallIntegerField(null=True, blank=True)
    days_left = models.SmallIntegerField(null=True, blank=True)
    review_on = models.DateField(_("复核日期"), null=True, blank=True)
    finish_on = models.DateField(_("约定完成日期"), null=True, blank=True)
    paused_in = models.CharField(max_length=20, choices=State, blank=True)
    paused_by = models.ForeignKey("members.Organization", models.PROTECT, null=True, related_name="+")
    rung = models.CharField(max_length=12, choices=Rung, blank=True, default=Rung.NONE)
    rung_on = models.DateField(null=True, blank=True)
    extent = models.CharField(_("接收范围"), max_length=10, choices=Extent, blank=True)
    first_action = models.CharField(_("首次行动"), max_length=10, choices=FirstAction, blank=True)
    reason_category = models.CharField(max_length=20, blank=True)
    reason_code = models.CharField(max_length=20, blank=True)
    returns = models.PositiveSmallIntegerField(default=0)
    disputes = models.PositiveSmallIntegerField(default=0)
    reopenings = models.PositiveSmallIntegerField(default=0)
    # 工作紧急会商: asked for by the sender when a report is still disputed; until its end no clock closes the case.
    consultation_asked_at = models.DateTimeField(null=True, blank=True)
    consultation_ended_at = models.DateTimeField(null=True, blank=True)

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    depth = models.PositiveSmallIntegerField(default=0)
    # 双向闭环: the one that was answered with a no, and of which this one brings the person back.
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    # 误录作废: the right one, where there is one.
    right_one = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    created_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    # Derived, for sorting.
    rank = models.PositiveSmallIntegerField(default=2, editable=False)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        # What may be granted to somebody of a third unit (ReferralGrant).
        permissions = [("read_shared_referral", "may read what is shared of this referral")]
        indexes = [
            models.Index(fields=["person", "state"], name="referrals_of_person"),
            models.Index(fields=["due_on"], condition=Q(state__in=sorted(LIVE)), name="live_referrals_by_clock"),
            models.Index(fields=["consultation_asked_at"], condition=IN_CONSULTATION, name="referrals_in_consultation"),
            models.Index(fields=["handler", "-id"], condition=Q(state__in=sorted(LIVE)), name="referrals_in_hand"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "program"], condition=Q(state__in=sorted(OPEN), program__isnull=False),
                name="one_open_referral_of_person_and_program",
            ),
            models.UniqueConstraint(
                fields=["person", "kind", "scheme"], name="one_open_telling_of_a_person",
                condition=Q(state__in=sorted(OPEN), kind__in=sorted(TO_BUREAU_KINDS)),
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="referral_number_once"),
            models.CheckConstraint(condition=~Q(sender=F("receiver")), name="referred_to_another"),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.REVIEW]) | (~Q(number="") & Q(sent_at__isnull=False)),
                name="sent_referral_has_its_number",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(ENDS), ended_at__isnull=False)
                | (~Q(state__in=sorted(ENDS)) & Q(ended_at=None)),
                name="referral_ended_when_it_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.WAITLISTED, State.ON_HOLD]) | Q(review_on__isnull=False),
                name="waiting_has_a_review_date",
            ),
            models.CheckConstraint(
                condition=Q(state=State.ON_HOLD) & ~Q(paused_in="") | ~Q(state=State.ON_HOLD) & Q(paused_in=""),
                name="paused_somewhere",
            ),
            models.CheckConstraint(condition=Q(depth__lte=3), name="forwarded_three_times_at_most"),
            models.CheckConstraint(
                condition=~Q(state=State.REJECTED) | ~Q(reason_category=""), name="rejection_has_a_reason"
            ),
        ]  # fmt: skip
        triggers = [
            KEEP_IN_STEP,
            pgtrigger.Protect(
                name="sent_is_kept", operation=pgtrigger.Delete, condition=~pgtrigger.Q(old__state="draft")
            ),
        ]

    def __str__(self):
        """For the audit: what it is, not whose."""
        return self.number or self.code

    def save(self, *args, **options):
        if options.get("update_fields") is None:
            self.rank = RANKS[Urgency(self.urgency)]
        super().save(*args, **options)

    @property
    def standing(self):
        return STANDINGS[State(self.state)]

    @property
    def is_live(self):
        return self.state in LIVE

    @property
    def is_ended(self):
        return self.state in ENDS

    @property
    def is_late(self):
        return self.is_live and self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def is_in_consultation(self):
        is_open = self.consultation_asked_at is not None and self.consultation_ended_at is None
        return is_open and self.state == State.REPORTED

    @property
    def is_before_acceptance(self):
        return self.state in BEFORE_ACCEPTANCE

    @property
    def is_handed_over(self):
        """移交, and taken on: the receiver leads the case; the person's record stays with whoever keeps it."""
        return is_led_by_receiver(self.kind, self.state, self.paused_in)

    @property
    def is_urgent(self):
        return self.urgency != Urgency.NORMAL

    @property
    def reason_words(self):
        return reason_words(self.reason_category, self.reason_code)

    @property
    def circumstances(self):
        return self.private.get("circumstances", "")

    @property
    def government(self):
        return self.private.get("government", "")

    @property
    def gap(self):
        return self.private.get("gap", "")

    def side_of(self, organization_id):
        """sender, receiver, or nothing for whoever only looks on."""
        if organization_id == self.receiver_id:
            return Side.RECEIVER
        return Side.SENDER if organization_id == self.sender_id else ""

    @property
    def turn(self):
        """The unit whose turn it is; None when nobody's."""
        turn = self.standing.turn
        if turn == Side.PAUSER:
            return self.paused_by
        return {Side.SENDER: self.sender, Side.RECEIVER: self.receiver}.get(turn)


class ReferralStep(models.Model):
    """What happened to a referral, who did it, why, and how long it had stood where it stood. Append-only."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey(Referral, models.CASCADE, related_name="steps")
    verb = models.CharField(max_length=20)
    from_state = models.CharField(max_length=20, choices=State)
    to_state = models.CharField(max_length=20, choices=State)
    version = models.PositiveIntegerField()
    # None for the clock.
    actor = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    organization = models.ForeignKey("members.Organization", models.PROTECT, null=True, related_name="+")
    approver = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    took = models.DurationField()
    was_late = models.BooleanField(default=False)
    reason_category = models.CharField(max_length=20, blank=True)
    reason_code = models.CharField(max_length=20, blank=True)
    # The note, and what fills the words of the move.
    private = EncryptedJSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["referral", "version"], name="one_step_for_a_version")]
        triggers = [WITH_THE_REFERRAL]

    def __str__(self):
        return self.verb

    @property
    def note(self):
        return self.private.get("note", "")

    @property
    def guest(self):
        """Who did it without an account; empty for everybody else."""
        return self.private.get("guest", "")

    @property
    def reason_words(self):
        return reason_words(self.reason_category, self.reason_code)


class ReferralManifest(models.Model):
    """信息提供清单 of a referral as it stood from then on: what the receiver may see. Frozen and hashed."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="manifests")
    number = models.PositiveSmallIntegerField()
    items = ArrayField(models.CharField(max_length=30))
    papers = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    provisions = models.ManyToManyField("referrals.Provision", related_name="manifests")
    # What the rules said of the person on that day, sealed: verdict, reasons, sum.
    snapshot = EncryptedJSONField(default=dict)
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["referral", "number"], name="one_manifest_for_a_number")]
        triggers = [KEPT]

    def __str__(self):
        return f"{self.referral_id}/{self.number}"


class ReferralQuestion(models.Model):
    """Something the receiver asked when it returned a referral, and the sender's answer: words, or a paper."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="questions")
    # The kind of paper that is missing; empty for a question in words.
    paper = models.CharField(max_length=60, blank=True)
    private = EncryptedJSONField(default=dict)
    # None for somebody who came by a link (GuestAccess).
    asked_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.code

    @property
    def text(self):
        return self.private.get("text", "")

    @property
    def answer(self):
        return self.private.get("answer", "")


class ReferralApproval(models.Model):
    """A move that waits for a second person: who asks, why, with what; and who agreed."""

    class State(models.TextChoices):
        ASKED = "asked", _("待第二人审核")
        APPROVED = "approved", _("已同意")
        DECLINED = "declined", _("不同意")
        LAPSED = "lapsed", _("已失效")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="approvals")
    verb = models.CharField(max_length=20)
    # The version of the referral that whoever asked had seen.
    seen_version = models.PositiveIntegerField()
    # What the move is to be made with, and why it was flagged.
    private = EncryptedJSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "verb"], condition=Q(state="asked"), name="one_open_approval_of_a_move"
            ),
            models.CheckConstraint(condition=~Q(decided_by=F("asked_by")), name="nobody_approves_what_they_asked"),
        ]

    def __str__(self):
        return self.code

    @property
    def flags(self):
        return self.private.get("flags", [])

    @property
    def note(self):
        return self.private.get("note", "")


class OutcomeReport(models.Model):
    """What a receiver says became of it (T13): each need, in words, or the civil-affairs side's decision."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="reports")
    number = models.PositiveSmallIntegerField()
    # R84: of what a charity told the bureau.
    decision = models.CharField(_("办理结果"), max_length=20, choices=Decision, blank=True)
    scheme = models.CharField(_("政府救助"), max_length=20, choices=Scheme, blank=True)
    decided_on = models.DateField(_("决定日期"), null=True, blank=True)
    # What that decision wrote into the person's record.
    government_aid = models.ForeignKey("referrals.GovernmentAid", models.PROTECT, null=True, related_name="+")
    # Nothing was given: why. Not eligible: on which ground, and in words.
    private = EncryptedJSONField(default=dict)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    satisfaction = models.PositiveSmallIntegerField(_("满意度"), null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["referral", "number"], name="one_report_for_a_number")]

    def __str__(self):
        return f"{self.referral_id}/{self.number}"

    @property
    def summary(self):
        return self.private.get("summary", "")

    @property
    def no_aid_reason(self):
        return self.private.get("no_aid_reason", "")

    @property
    def why_not(self):
        """Of a refusal: the code of the condition that is not met (workflow.REASONS)."""
        return self.private.get("why_not", "")


class NeedOutcome(models.Model):
    report = models.ForeignKey(OutcomeReport, models.PROTECT, related_name="needs")
    need = models.ForeignKey("referrals.Need", models.PROTECT, related_name="outcomes")
    effect = models.CharField(_("效果"), max_length=10, choices=Effectiveness)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["report", "need"], name="one_outcome_for_a_need")]

    def __str__(self):
        return self.get_effect_display()


class CaseSettings(models.Model):
    """How one organization works on referrals, beside what the region says."""

    organization = models.OneToOneField("members.Organization", models.PROTECT, related_name="case_settings")
    # What it sends is looked at by a second person first.
    asks_review = models.BooleanField(_("转出前由第二人审核"), default=False)
    # Its own clocks where they are shorter than the region's: {clock: [normal, urgent]}.
    clocks = models.JSONField(_("本单位时限（工作日）"), default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return str(self.organization)
