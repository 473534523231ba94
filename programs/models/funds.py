from datetime import timedelta
from decimal import Decimal

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code

ZERO = Decimal("0.00")
# After so many days somebody should compare the ledger with the bank again.
CONFIRMED_FOR = timedelta(days=31)


class FundKind(models.TextChoices):
    """基金类型."""

    CHARITY_SPECIAL = "charity_special", _("慈善帮扶专项基金")
    ASSISTANCE_SPECIAL = "assistance_special", _("社会救助专项基金")
    NAMED = "named", _("慈善冠名基金")
    COMPANY_SPECIAL = "company_special", _("企业专项基金")
    EMERGENCY = "emergency", _("困难群众救急难慈善专项基金")
    COMMUNITY = "community", _("社区慈善基金")
    FEDERATION_ASSISTANCE = "federation_assistance", _("慈善总会社会救助资金")
    DIRECTED = "directed", _("定向捐赠资金")
    UNDIRECTED = "undirected", _("非定向资金")
    LOTTERY = "lottery", _("中央专项彩票公益金")
    DISEASE_EMERGENCY = "disease_emergency", _("疾病应急救助基金")
    FISCAL_ACCOUNT = "fiscal_account", _("社会保障基金财政专户")
    DONOR_AGREEMENT = "donor_agreement", _("合作协议资金")


# Public money: it is held where the budget puts it. All other kinds are charity's, and a charity hosts them.
PUBLIC_MONEY = frozenset({"assistance_special", "lottery", "disease_emergency", "fiscal_account"})


class FounderKind(models.TextChoices):
    CITIZEN = "citizen", _("公民")
    LEGAL_PERSON = "legal_person", _("法人")
    OTHER_ORG = "other_org", _("其他组织")
    LARGE_COMPANY = "large_company", _("大型企业")
    BUREAU = "bureau", _("民政部门")


class Naming(models.TextChoices):
    """How somebody who gives agreed to be named. What they did not agree to is not kept here at all."""

    REAL = "real", _("公开名称")
    ALIAS = "alias", _("化名")
    ANONYMOUS = "anonymous", _("匿名")


class EmergencyCause(models.TextChoices):
    SUDDEN_EVENT = "sudden_event", _("突发事件")
    ACCIDENT = "accident", _("意外伤害")
    GRAVE_ILLNESS = "grave_illness", _("重大疾病")
    OTHER = "other_special", _("其他特殊原因")


class EmergencyGap(models.TextChoices):
    NOT_REACHED = "not_reached", _("其他社会救助制度暂时无法覆盖")
    STILL_GRAVE = "still_grave", _("救助之后基本生活仍有严重困难")


class Recipient(models.TextChoices):
    PERSON = "person", _("个人")
    HOUSEHOLD = "household", _("家庭")


def named_rightly(prefix):
    """Anonymous has no name, and everyone else has one."""
    style, name = f"{prefix}_naming", f"{prefix}_name"
    return Q(**{style: "anonymous", name: ""}) | (~Q(**{style: "anonymous"}) & ~Q(**{name: ""}))


class FundQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_on=None)

    def with_figures(self, on=None):
        """Each with what came in, was paid, is committed, has lapsed, and what can still be committed today."""
        on = on or timezone.localdate()
        left = F("pots__income") - F("pots__paid") - F("pots__committed")
        rows = self.annotate(
            total_income=_total(F("pots__income")),
            total_paid=_total(F("pots__paid")),
            total_committed=_total(F("pots__committed")),
            total_lapsed=_total(left, filter=Q(pots__until__lt=on)),
            total_free=_total(left, filter=Q(pots__is_general=True)),
        )
        rows = rows.annotate(balance=F("total_income") - F("total_paid"), kept_back=Least("reserve", "total_free"))
        able = F("balance") - F("total_committed") - F("total_lapsed") - F("kept_back")
        return rows.annotate(available=Greatest(able, _money(ZERO)))

    def short(self):
        """With figures: less can be committed than the host wants to be warned of."""
        return self.open().filter(available__lt=F("warn_below"))

    def unconfirmed(self, on=None):
        """Open ones of which nobody said lately that the ledger agrees with the bank."""
        day = (on or timezone.localdate()) - CONFIRMED_FOR
        return self.open().filter(Q(confirmed_on__lt=day) | Q(confirmed_on=None, opened_on__lt=day))


def _money(value):
    return Value(value, output_field=models.DecimalField(max_digits=16, decimal_places=2))


def _total(expression, **options):
    return Coalesce(Sum(expression, **options), _money(ZERO))


class Fund(models.Model):
    """A fund of a host organization: what it is for, who founded it, who runs it. Its money is in the ledger."""

    # Chosen when it is registered: programs name their funds by it (ProgramVersion.fund_codes).
    code = models.SlugField(_("基金编号"), max_length=60, unique=True, default=public_code)
    name = models.CharField(_("基金名称"), max_length=120)
    kind = models.CharField(_("基金类型"), max_length=30, choices=FundKind)
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("管理单位"), related_name="funds"
    )
    # The bureau of the same level that runs the fund together with the host.
    joint_bureau = models.ForeignKey(
        "members.Organization", models.PROTECT, null=True, blank=True, verbose_name=_("共同管理的民政部门"),
        related_name="funds_run_jointly",
    )  # fmt: skip
    founder_kind = models.CharField(_("发起人类型"), max_length=20, choices=FounderKind)
    founder_naming = models.CharField(_("发起人怎么署名"), max_length=10, choices=Naming, default=Naming.REAL)
    founder_name = models.CharField(_("发起人署名"), max_length=120, blank=True)
    purpose = models.TextField(_("用途"), max_length=2000)
    # Why the fund lies within the charity's own purpose and scope.
    fit = models.CharField(_("与宗旨和业务范围的关系"), max_length=300, blank=True)
    area = models.ForeignKey("members.Area", models.PROTECT, verbose_name=_("使用地区"), related_name="+")
    causes = ArrayField(models.CharField(max_length=30), default=list, blank=True, verbose_name=_("救助情形"))
    gaps = ArrayField(models.CharField(max_length=30), default=list, blank=True, verbose_name=_("与其他救助的关系"))
    recipients = ArrayField(models.CharField(max_length=30), default=list, blank=True, verbose_name=_("救助对象"))
    # Of what is not earmarked, so much is not committed (量力而行).
    reserve = models.DecimalField(_("留存（元）"), max_digits=14, decimal_places=2, default=ZERO)
    warn_below = models.DecimalField(_("预警线（元）"), max_digits=14, decimal_places=2, null=True, blank=True)
    is_public = models.BooleanField(_("对外公示"), default=True)
    opened_on = models.DateField(_("设立日期"), default=timezone.localdate)
    closed_on = models.DateField(_("停用日期"), null=True, blank=True)
    close_reason = models.CharField(_("停用原因"), max_length=500, blank=True)
    confirmed_on = models.DateField(_("最近核对"), null=True, blank=True)
    confirmed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = FundQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="one_fund_per_name",
                violation_error_message=_("本单位已经有同名的基金。"),
            ),
            models.CheckConstraint(
                condition=named_rightly("founder"),
                name="fund_founder_named_as_agreed",
                violation_error_message=_("发起人匿名时不填名称；公开名称或化名时要填。"),
            ),
            models.CheckConstraint(
                condition=~Q(kind="emergency") | (~Q(causes=[]) & ~Q(gaps=[]) & ~Q(recipients=[])),
                name="emergency_fund_says_for_whom",
                violation_error_message=_("救急难基金要写明救助情形、与其他救助的关系和救助对象。"),
            ),
            models.CheckConstraint(
                condition=Q(reserve__gte=0) & (Q(warn_below=None) | Q(warn_below__gte=0)),
                name="fund_marks_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None, close_reason="") | (Q(closed_on__isnull=False) & ~Q(close_reason="")),
                name="fund_closed_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(joint_bureau=None) | ~Q(joint_bureau=F("organization")),
                name="fund_run_jointly_with_another",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def state(self):
        return "closed" if self.closed_on else "open"

    @property
    def founder(self):
        """As they agreed to be named."""
        return str(Naming.ANONYMOUS.label) if self.founder_naming == Naming.ANONYMOUS else self.founder_name

    @property
    def is_stale(self):
        """Nobody compared it with the bank lately."""
        since = self.confirmed_on or self.opened_on
        return not self.closed_on and since < timezone.localdate() - CONFIRMED_FOR

    @property
    def is_short(self):
        """Asked of one that was read with its figures."""
        return not self.closed_on and self.warn_below is not None and self.available < self.warn_below

    def words_of(self, name):
        """The codes of one of the lists of an emergency fund, in words."""
        choices = {"causes": EmergencyCause, "gaps": EmergencyGap, "recipients": Recipient}[name]
        return [str(choices(code).label) for code in getattr(self, name)]

    @property
    def emergency_words(self):
        named = [(self._meta.get_field(name).verbose_name, self.words_of(name)) for name in ("causes", "gaps")]
        named.append((self._meta.get_field("recipients").verbose_name, self.words_of("recipients")))
        return [(label, words) for label, words in named if words]


class FundRules(models.Model):
    """Standard, procedure and running rules of a fund from one day on. Added, never changed: a grant is judged by
    the rules of its day."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="rules")
    number = models.PositiveIntegerField()
    valid_from = models.DateField(_("从哪一天起执行"))
    standard = models.TextField(_("救助标准"), max_length=4000)
    procedure = models.TextField(_("办理程序"), max_length=4000)
    running = models.TextField(_("运行和监督规则"), max_length=4000, blank=True)
    note = models.CharField(_("修改说明"), max_length=500, blank=True)
    # The signed paper (portal.lib.uploads), if it was handed in.
    file_key = models.CharField(max_length=32, blank=True, editable=False)
    file_name = models.CharField(max_length=100, blank=True, editable=False)
    file_size = models.PositiveIntegerField(default=0, editable=False)
    written_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["fund", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["fund", "number"], name="one_set_of_rules_per_number"),
            models.UniqueConstraint(
                fields=["fund", "valid_from"],
                name="one_set_of_rules_per_day",
                violation_error_message=_("这一天已经有一版开始执行。"),
            ),
        ]
        triggers = [pgtrigger.Protect(name="fund_rules_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return _("%(fund)s 第 %(number)s 版规则") % {"fund": self.fund, "number": self.number}

    @property
    def file_kind(self):
        return self.file_name.rsplit(".", 1)[-1]
