"""The ledger of a fund. Lines are added and never changed; what they add up to is kept by the database itself.

A fund's money lies in pots: one that is free, and one for each wish that donors have tied it to. A trigger books each
line into its pot, and the pot's own constraint refuses what would overdraw it, whichever code wrote the line.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import APPEND_ONLY, NO_TRUNCATE
from portal.lib.codes import public_code
from programs.models.funds import ZERO, FounderKind, Naming, named_rightly

MONEY = {"max_digits": 16, "decimal_places": 2, "default": ZERO}


class Channel(models.TextChoices):
    """By which way money came in."""

    PUBLIC_RAISING = "public_raising", _("公开募捐")
    INTERNET = "internet", _("互联网募捐平台")
    CHARITY_DAY = "charity_day", _("慈善日募捐")
    GIVEN = "given", _("单位和个人捐赠")
    AGREEMENT = "agreement", _("合作协议资金")
    FEDERATION = "federation", _("上级慈善组织拨入")
    FISCAL = "fiscal", _("财政资金")
    LOTTERY = "lottery", _("彩票公益金")
    INTEREST = "interest", _("利息收益")
    OTHER = "other", _("其他")


# Somebody gave it, and may have said what for and how to be named.
DONATED = frozenset({"public_raising", "internet", "charity_day", "given", "agreement"})


class LineKind(models.TextChoices):
    INCOME = "income", _("收入")
    COMMITMENT = "commitment", _("承诺")
    RELEASE = "release", _("解除承诺")
    PAYMENT = "payment", _("支付")
    PAYEE_RETURN = "payee_return", _("收款方退回")
    PAYMENT_CORRECTION = "payment_correction", _("冲正支付")
    INCOME_CORRECTION = "income_correction", _("冲正收入")
    DONOR_REFUND = "donor_refund", _("退还捐赠人")


# What each kind of line adds to (income, committed, paid) of its pot.
EFFECTS = {
    LineKind.INCOME: (1, 0, 0),
    LineKind.COMMITMENT: (0, 1, 0),
    LineKind.RELEASE: (0, -1, 0),
    LineKind.PAYMENT: (0, -1, 1),
    LineKind.PAYEE_RETURN: (0, 0, -1),
    LineKind.PAYMENT_CORRECTION: (0, 1, -1),
    LineKind.INCOME_CORRECTION: (-1, 0, 0),
    LineKind.DONOR_REFUND: (-1, 0, 0),
}
# Written only after a second person agreed.
TWO_PEOPLE = ("payment", "payee_return", "payment_correction", "income_correction", "donor_refund")
# Of a commitment, so they name their part of it.
OF_COMMITMENT = ("commitment", "release", "payment", "payee_return", "payment_correction")
# Entries against an earlier line.
COUNTER = ("payee_return", "payment_correction", "income_correction", "donor_refund")


def _case(column):
    """The SQL that says what a new line adds to one column."""
    place = ("income", "committed", "paid").index(column)
    cases = " ".join(f"WHEN '{kind.value}' THEN {effect[place]}" for kind, effect in EFFECTS.items())
    return f"NEW.amount * (CASE NEW.kind {cases} END)"


BOOK = f"""
    UPDATE programs_fundpot SET income = income + {_case("income")}, committed = committed + {_case("committed")},
        paid = paid + {_case("paid")} WHERE id = NEW.pot_id AND fund_id = NEW.fund_id;
    IF NOT FOUND THEN RAISE EXCEPTION 'the pot is of another fund'; END IF;
    IF NEW.part_id IS NOT NULL THEN
        UPDATE programs_fundcommitmentpart SET
            amount = amount + CASE NEW.kind WHEN 'commitment' THEN NEW.amount ELSE 0 END,
            released = released + CASE NEW.kind WHEN 'release' THEN NEW.amount ELSE 0 END,
            paid = paid + CASE NEW.kind WHEN 'payment' THEN NEW.amount
                WHEN 'payment_correction' THEN -NEW.amount ELSE 0 END,
            returned = returned + CASE NEW.kind WHEN 'payee_return' THEN NEW.amount ELSE 0 END
        WHERE id = NEW.part_id AND pot_id = NEW.pot_id;
        IF NOT FOUND THEN RAISE EXCEPTION 'the part is of another pot'; END IF;
    END IF;
    RETURN NEW;
"""  # noqa: S608 - of our own words only


def booked_only(name):
    """Figures move when a line is booked and in no other way; a new row begins at nothing."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="IF pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'only lines of the ledger move figures'; END IF; "
        "RETURN NEW;",
    )


class FundPot(models.Model):
    """Money of a fund that is tied in one way, or not at all. An empty list ties nothing; `until` is its last day."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    fund = models.ForeignKey("programs.Fund", models.PROTECT, related_name="pots")
    is_general = models.BooleanField(default=False)
    programs = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    groups = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    areas = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    until = models.DateField(null=True, blank=True)
    # Names the wish: the same wish of two donors is one pot.
    digest = models.CharField(max_length=64)
    income = models.DecimalField(**MONEY)
    committed = models.DecimalField(**MONEY)
    paid = models.DecimalField(**MONEY)

    class Meta:
        ordering = ["fund", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["fund", "digest"], name="one_pot_per_wish"),
            models.CheckConstraint(
                condition=Q(income__gte=0, committed__gte=0, paid__gte=0) & Q(income__gte=F("committed") + F("paid")),
                name="pot_never_overdrawn",
            ),
            models.CheckConstraint(
                condition=Q(is_general=False) | Q(programs=[], kinds=[], groups=[], areas=[], until=None),
                name="general_pot_ties_nothing",
            ),
        ]
        triggers = [
            booked_only("pot_moves_by_lines"),
            pgtrigger.Protect(
                name="pot_begins_empty",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__income=0, new__committed=0, new__paid=0),
            ),
        ]

    def __str__(self):
        return self.code

    @property
    def balance(self):
        return self.income - self.paid

    @property
    def left(self):
        """Neither paid nor committed."""
        return self.income - self.paid - self.committed

    @property
    def has_lapsed(self):
        return self.until is not None and self.until < timezone.localdate()


class FundCommitment(models.Model):
    """Money set aside for one use. Where it comes from, and what became of it, is in its parts."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    fund = models.ForeignKey("programs.Fund", models.PROTECT, related_name="commitments")
    # The code of a case or of another paper; no personal data.
    reference = models.CharField(_("依据编号"), max_length=40)
    amount = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2)
    program_code = models.CharField(_("项目"), max_length=20, blank=True)
    kinds = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("帮扶类别"))
    groups = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("对象类别"))
    area = models.ForeignKey("members.Area", models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(_("说明"), max_length=200, blank=True)
    made_on = models.DateField(_("承诺日期"))
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["fund", "reference"], name="one_commitment_per_reference"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="commitment_of_something"),
            models.CheckConstraint(condition=~Q(reference=""), name="commitment_has_a_reference"),
        ]
        triggers = [APPEND_ONLY, NO_TRUNCATE]

    def __str__(self):
        return self.reference

    @property
    def organization(self):
        return self.fund.organization

    def total(self, name):
        """Of one column over its parts, which are read once."""
        return sum((getattr(part, name) for part in self.parts.all()), ZERO)

    @property
    def open_amount(self):
        return self.total("open_amount")

    @property
    def paid(self):
        return self.total("paid")

    @property
    def returned(self):
        return self.total("returned")

    @property
    def released(self):
        return self.total("released")


class FundCommitmentPart(models.Model):
    """What of a commitment comes from one pot."""

    commitment = models.ForeignKey(FundCommitment, models.PROTECT, related_name="parts")
    pot = models.ForeignKey(FundPot, models.PROTECT, related_name="parts")
    amount = models.DecimalField(**MONEY)
    released = models.DecimalField(**MONEY)
    paid = models.DecimalField(**MONEY)
    returned = models.DecimalField(**MONEY)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "pot"], name="one_part_per_pot"),
            models.CheckConstraint(
                condition=Q(released__gte=0, returned__gte=0, paid__gte=F("returned"))
                & Q(amount__gte=F("released") + F("paid")),
                name="part_within_its_commitment",
            ),
        ]
        triggers = [
            booked_only("part_moves_by_lines"),
            pgtrigger.Protect(
                name="part_begins_empty",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__amount=0, new__released=0, new__paid=0, new__returned=0),
            ),
        ]

    def __str__(self):
        return f"{self.commitment} / {self.pot}"

    @property
    def open_amount(self):
        return self.amount - self.released - self.paid


class FundOrder(models.Model):
    """A payment or a counter-entry that one person wrote and a second one has to agree to before it is booked."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待复核")
        APPROVED = "approved", _("已复核入账")
        REJECTED = "rejected", _("已退回")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    fund = models.ForeignKey("programs.Fund", models.PROTECT, related_name="orders")
    kind = models.CharField(_("事项"), max_length=20, choices=LineKind)
    amount = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2)
    day = models.DateField(_("发生日期"))
    reference = models.CharField(_("凭证号"), max_length=40)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    commitment = models.ForeignKey(FundCommitment, models.PROTECT, null=True, related_name="orders")
    # The line that a counter-entry is against.
    against = models.ForeignKey("programs.FundLine", models.PROTECT, null=True, related_name="orders")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(_("退回原因"), max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["fund"], condition=Q(state="waiting"), name="waiting_fund_orders")]
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "kind", "reference"],
                condition=~Q(state="rejected"),
                name="one_order_per_voucher",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="order_of_something"),
            models.CheckConstraint(condition=Q(kind__in=TWO_PEOPLE), name="order_for_what_needs_two"),
            models.CheckConstraint(
                condition=Q(kind="payment", commitment__isnull=False, against=None)
                | (~Q(kind="payment") & Q(against__isnull=False) & ~Q(reason="")),
                name="order_says_against_what",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None, decided_at=None)
                | (~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="order_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("recorded_by")), name="order_approved_by_a_second"
            ),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(decision=""), name="order_rejected_with_reason"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="decided_order_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=~pgtrigger.Q(old__state="waiting"),
            ),
        ]

    def __str__(self):
        return self.code

    @property
    def organization(self):
        return self.fund.organization


class FundLine(models.Model):
    """One line of the ledger. Amounts are positive; the kind says which way they go."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    fund = models.ForeignKey("programs.Fund", models.PROTECT, related_name="lines")
    # Without a gap in each fund: a line that was taken out would be missed.
    number = models.PositiveIntegerField(_("序号"))
    kind = models.CharField(_("类别"), max_length=20, choices=LineKind)
    amount = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2)
    day = models.DateField(_("发生日期"))
    pot = models.ForeignKey(FundPot, models.PROTECT, related_name="lines")
    part = models.ForeignKey(FundCommitmentPart, models.PROTECT, null=True, related_name="lines")
    order = models.ForeignKey(FundOrder, models.PROTECT, null=True, related_name="lines")
    against = models.ForeignKey("self", models.PROTECT, null=True, related_name="counter_entries")
    channel = models.CharField(_("资金渠道"), max_length=20, choices=Channel, blank=True)
    program_code = models.CharField(_("项目"), max_length=20, blank=True)
    reference = models.CharField(_("编号"), max_length=40)
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    # What may be written only once.
    once = models.CharField(max_length=120)
    written_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["fund", "-number"]
        indexes = [
            models.Index(fields=["fund", "program_code", "number"], name="fund_lines_by_program"),
            models.Index(fields=["fund", "day"], name="fund_lines_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["fund", "number"], name="one_line_per_number"),
            models.UniqueConstraint(fields=["fund", "once"], name="each_line_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="line_of_something"),
            models.CheckConstraint(condition=Q(kind__in=LineKind.values), name="line_of_known_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=OF_COMMITMENT, part__isnull=False) | (~Q(kind__in=OF_COMMITMENT) & Q(part=None)),
                name="line_names_its_commitment",
            ),
            models.CheckConstraint(
                condition=(Q(kind="income") & ~Q(channel="")) | (~Q(kind="income") & Q(channel="")),
                name="income_names_its_channel",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=TWO_PEOPLE)
                | (Q(order__isnull=False, approved_by__isnull=False) & ~Q(approved_by=F("written_by"))),
                name="line_agreed_by_a_second",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=COUNTER) | (Q(against__isnull=False) & ~Q(reason="")),
                name="counter_entry_says_why",
            ),
        ]
        triggers = [
            APPEND_ONLY,
            NO_TRUNCATE,
            pgtrigger.Trigger(name="book", when=pgtrigger.After, operation=pgtrigger.Insert, func=BOOK),
        ]

    def __str__(self):
        return _("第 %(number)s 笔 %(kind)s") % {"number": self.number, "kind": self.get_kind_display()}

    @property
    def organization(self):
        return self.fund.organization


class Donation(models.Model):
    """Who gave a line of income, named as they agreed. Beside the ledger, because they may change their mind."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    line = models.OneToOneField(FundLine, models.PROTECT, related_name="donation")
    donor_kind = models.CharField(_("捐赠人类型"), max_length=20, choices=FounderKind)
    donor_naming = models.CharField(_("怎么署名"), max_length=10, choices=Naming)
    donor_name = models.CharField(_("署名"), max_length=120, blank=True)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=named_rightly("donor"), name="donor_named_as_agreed")]

    def __str__(self):
        """Never a name: this text goes into the audit."""
        return self.code

    @property
    def donor(self):
        return str(Naming.ANONYMOUS.label) if self.donor_naming == Naming.ANONYMOUS else self.donor_name
