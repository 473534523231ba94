"""A person's consents: what was agreed to, by whom, before whom; and what was taken back.

A consent is written as a draft, frozen and hashed when it is given or refused, and never changed after: what changes is
a new record. What may still change are envelopes (when keys are rotated), whether the unit was warned of the end, and
when it looked at what the family took back.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import APPEND_ONLY, NO_TRUNCATE
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import BlindIndexField, EncryptedJSONField
from referrals.coverage import Rule, Terms, Withdrawn
from referrals.items import Purpose, words_of
from referrals.kinds import GuardianRelation

_LOOSE = "- 'private' - 'paper_index' - 'expiry_warned_at' - 'withdrawal_seen_at'"
# Rows that belong to a consent move only while it is a draft.
WITH_THE_DRAFT = pgtrigger.Trigger(
    name="with_the_draft",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF EXISTS (
            SELECT 1 FROM referrals_consent WHERE state <> 'draft' AND id =
                CASE WHEN TG_OP = 'INSERT' THEN NEW.consent_id ELSE OLD.consent_id END
        ) THEN
            RAISE EXCEPTION 'a consent is frozen once it is answered' USING ERRCODE = 'check_violation';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)


class ConsentQuerySet(models.QuerySet):
    def taken_back_unseen(self):
        """Those the family took back on the public page, where nobody of the unit has looked since."""
        online = ConsentWithdrawal.objects.filter(consent=OuterRef("pk"), channel=ConsentWithdrawal.Channel.ONLINE)
        seen = F("consent__withdrawal_seen_at")
        return self.given().filter(Exists(online.filter(Q(consent__withdrawal_seen_at=None) | Q(at__gt=seen))))

    def of(self, person):
        """A person's own, and those of the records that were merged into theirs."""
        return self.filter(Q(person=person) | Q(person__merged_into=person))

    def answered(self):
        return self.exclude(state=Consent.State.DRAFT)

    def given(self):
        return self.filter(state=Consent.State.GIVEN)

    def in_time(self, on=None):
        on = on or timezone.localdate()
        return self.given().filter(valid_from__lte=on, valid_until__gte=on)

    def refusal_in_force(self, person, purpose):
        """The last word on a purpose, when it was no; None when it was yes, or never asked."""
        last = self.of(person).answered().filter(purpose=purpose).order_by("-recorded_at", "-pk").first()
        return last if last is not None and last.state == Consent.State.REFUSED else None

    def with_terms(self):
        return self.prefetch_related("recipients", "namings", "withdrawals")


class Consent(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", _("待答复")
        GIVEN = "given", _("同意")
        REFUSED = "refused", _("不同意")

    class Form(models.TextChoices):
        SIGNED = "signed", _("书面签字")
        ORAL = "oral", _("口头同意，有人见证")
        SCREEN = "screen", _("屏幕上签字")

    class Giver(models.TextChoices):
        SELF = "self", _("本人")
        GUARDIAN = "guardian", _("监护人")
        AGENT = "agent", _("受托代理人")

    class Language(models.TextChoices):
        MANDARIN = "mandarin", _("普通话")
        DIALECT = "dialect", _("当地方言")
        MINORITY = "minority", _("少数民族语言")
        SIGN = "sign", _("手语")
        WRITING = "writing", _("书面、大字或盲文")
        OTHER = "other", _("其他语言")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="consents")
    # The unit that asked; the unit to turn to.
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    purpose = models.CharField(_("用途"), max_length=30, choices=Purpose)
    wording = models.ForeignKey("referrals.ConsentWording", models.PROTECT, related_name="consents")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # A class of recipients instead of names, or beside them (coverage.Rule).
    recipient_rule = models.JSONField(null=True, blank=True)
    items = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    sensitive_items = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    valid_from = models.DateField(_("生效日期"), null=True, blank=True)
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    form = models.CharField(_("同意的形式"), max_length=10, choices=Form, blank=True)
    giver = models.CharField(_("由谁同意"), max_length=10, choices=Giver, blank=True)
    relation = models.CharField(_("与本人的关系"), max_length=20, choices=GuardianRelation, blank=True)
    is_signed_by_minor = models.BooleanField(_("未成年人本人也已签字"), default=False)
    alone_reason = models.CharField(_("只有一人签字的原因"), max_length=200, blank=True)
    language = models.CharField(_("讲解使用的语言"), max_length=10, choices=Language, default=Language.MANDARIN)
    explained_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    explained = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    # Names, numbers and telephones of whoever agreed and whoever witnessed; the check of the paper; salt of the digest.
    private = EncryptedJSONField(default=dict)
    paper_index = BlindIndexField(source="paper_key", unique=True)
    signed_on = models.DateField(_("答复日期"), null=True, blank=True)
    refused_reason = models.CharField(_("不同意的原因"), max_length=500, blank=True)
    # Why somebody who refused was asked again: on their own word only.
    reopened_reason = models.CharField(_("再次征求的原因"), max_length=200, blank=True)
    earlier = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="later")
    file_key = models.CharField(max_length=32, blank=True, editable=False)
    file_name = models.CharField(max_length=100, blank=True, editable=False)
    file_size = models.PositiveIntegerField(default=0, editable=False)
    # What the paper said, word for word, and its digest.
    paper = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    expiry_warned_at = models.DateTimeField(null=True, blank=True)
    # When the unit last looked at what the family took back by itself.
    withdrawal_seen_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    begun_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    # A merger leaves it with the record it speaks of; it is found through `merged_into`.
    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["person", "purpose"], name="consents_of_person"),
            models.Index(fields=["valid_until"], condition=Q(state="given"), name="consents_by_end"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"], condition=Q(state="draft"), name="one_open_question_of_a_purpose"
            ),
            models.CheckConstraint(
                condition=~Q(state="given")
                | (
                    ~Q(digest="")
                    & Q(recorded_by__isnull=False, valid_from__isnull=False, valid_until__gte=F("valid_from"))
                    & ~Q(form="")
                    & ~Q(giver="")
                ),
                name="given_consent_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(recorded_by__isnull=False, signed_on__isnull=False),
                name="refusal_was_recorded",
            ),
            models.CheckConstraint(
                condition=~Q(state="given") | ~Q(form="signed") | ~Q(file_key=""), name="signed_consent_has_its_scan"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_consent",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state__in=["given", "refused"]),
                func=f"""
                    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) {_LOOSE}) IS DISTINCT FROM (to_jsonb(NEW) {_LOOSE}) THEN
                        RAISE EXCEPTION 'a consent is frozen once it is answered' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self):
        """For the audit: what it is for, not whose."""
        return f"{self.get_purpose_display()} {self.code}"

    @property
    def paper_check(self):
        return self.private.get("check", "")

    @property
    def paper_key(self):
        """What the family types in: the code and the check of the paper, as one word."""
        return f"{self.code}{self.paper_check}" if self.paper_check else ""

    @property
    def all_items(self):
        return [*self.items, *self.sensitive_items]

    @property
    def rule(self):
        return Rule.read(self.recipient_rule)

    @property
    def terms(self):
        """For coverage; asks nothing when loaded `with_terms()`."""
        named = {one.organization_id for one in self.recipients.all()}
        named |= {one.organization_id for one in self.namings.all()}
        taken = tuple(Withdrawn(one.recipient_id, frozenset(one.items)) for one in self.withdrawals.all())
        return Terms(
            self.code,
            self.purpose,
            frozenset(self.all_items),
            frozenset(named),
            self.valid_from,
            self.valid_until,
            taken,
        )

    @property
    def standing(self):
        """draft, refused; or of a given one: in_force, reduced, withdrawn, expired, planned."""
        return self.terms.state(timezone.localdate()) if self.state == self.State.GIVEN else self.state

    @property
    def is_live(self):
        return self.standing in {"in_force", "reduced"}

    @property
    def giver_name(self):
        return self.private.get("giver_name", "")

    @property
    def witness(self):
        told = (self.private.get("witness_name", ""), self.private.get("witness_post", ""))
        return " ".join(one for one in told if one)

    @property
    def file_kind(self):
        return self.file_name.rsplit(".", 1)[-1]


class ConsentRecipient(models.Model):
    """A unit that is named as recipient, with its name and contact as the paper says them."""

    consent = models.ForeignKey(Consent, models.CASCADE, related_name="recipients")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["consent", "organization"], name="recipient_named_once")]
        triggers = [WITH_THE_DRAFT, NO_TRUNCATE]

    def __str__(self):
        return str(self.organization)


class ConsentNaming(models.Model):
    """Under a class of recipients: the unit that the rule named when something was sent to it. Append-only."""

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="namings")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    named_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    named_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["consent", "organization"], name="class_names_a_unit_once")]
        triggers = [APPEND_ONLY, NO_TRUNCATE]

    def __str__(self):
        return str(self.organization)


class ConsentWithdrawal(models.Model):
    """What was taken back: wholly, from one recipient, or some items. Append-only."""

    class Channel(models.TextChoices):
        COUNTER = "counter", _("当面")
        PAPER = "paper", _("书面")
        PHONE = "phone", _("电话")
        ONLINE = "online", _("凭告知书编号在网上")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="withdrawals")
    recipient = models.ForeignKey("members.Organization", models.PROTECT, null=True, related_name="+")
    items = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    channel = models.CharField(_("途径"), max_length=10, choices=Channel)
    reason = models.CharField(_("说明"), max_length=500, blank=True)
    # Nobody of staff when the family did it on the public page.
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = [APPEND_ONLY, NO_TRUNCATE]

    def __str__(self):
        return f"{self.consent} {self.code}"

    @property
    def item_words(self):
        return words_of(self.items)
