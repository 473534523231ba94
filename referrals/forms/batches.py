"""Making a list, and what is asked while it goes its way."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import OrganizationField
from members.models import Organization
from portal.lib import money, uploads
from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, VersionField
from programs.models import Fund, Program, Round
from programs.words import PARTIES, say
from referrals import instalments
from referrals.list_kinds import NOTICE_ITEMS, BatchState, CheckResult, ObjectionWay
from referrals.models import AidInstalment, BatchPaper

TABS = (("open", _("在办")), ("late", _("已逾期")), ("ended", _("已了结")), ("all", _("全部")))


class ProgramChoice(forms.ModelChoiceField):
    def label_from_instance(self, program):
        return f"{program.code} {program}"


class BatchFilter(StyledForm):
    show = forms.ChoiceField(choices=TABS, required=False, widget=forms.HiddenInput)
    program = ProgramChoice(
        Program.objects.none(), label=_("项目"), required=False, to_field_name="code", empty_label=_("全部项目")
    )
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部状态")), *BatchState.choices])

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["program"].queryset = (
            Program.objects.ever_in_force().filter(is_container=False).order_by("position", "code")
        )
        for name in ("program", "state"):
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def narrow(self, batches):
        """`show` decides by itself; what cannot be read narrows nothing."""
        said = self.cleaned_data if self.is_valid() else {}
        show = said.get("show") or "open"
        if show == "open":
            batches = batches.open()
        elif show == "late":
            batches = batches.late()
        elif show == "ended":
            batches = batches.exclude(pk__in=batches.open().values("pk"))
        if said.get("program"):
            batches = batches.filter(program=said["program"])
        if said.get("state"):
            batches = batches.filter(state=said["state"])
        return batches

    @property
    def shown(self):
        return (self.cleaned_data.get("show") if self.is_valid() else "") or "open"


class BatchForm(StyledForm):
    program = ProgramChoice(
        Program.objects.none(), label=_("项目"), to_field_name="code", empty_label=_("请选择"),
        help_text=_("名册走哪些环节、附哪些表，按这个项目现在的版本。"),
    )  # fmt: skip
    label = forms.CharField(label=_("名称"), max_length=80, help_text=_("例如：2026 年秋季第一批。不要写人的姓名。"))
    round = forms.ModelChoiceField(
        Round.objects.none(), label=_("批次"), required=False, to_field_name="code", empty_label=_("不限"),
        help_text=_("只列这一批次的人；项目没有分批次的留空。"),
    )  # fmt: skip
    since = DayField(label=_("从"), required=False, help_text=_("按季度、年度汇总的，填这段时间。"))
    until = DayField(label=_("到"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        today = timezone.localdate()
        in_force = Program.objects.released_on(today).filter(is_container=False)
        self.fields["program"].queryset = in_force.order_by("position", "code")
        self.fields["round"].queryset = Round.objects.open_on(today).select_related("program")
        self.fields["round"].label_from_instance = lambda one: f"{one.program.code} {one.label}"

    def clean(self):
        said = super().clean()
        if said.get("round") and said.get("program") and said["round"].program_id != said["program"].pk:
            self.add_error("round", _("这个批次不属于所选的项目。"))
        if said.get("since") and said.get("until") and said["until"] < said["since"]:
            self.add_error("until", _("结束日期早于开始日期。"))
        return said

    def values(self):
        return {name: self.cleaned_data[name] for name in ("label", "round", "since", "until")}


class VersionForm(StyledForm):
    version = VersionField()


class StrikeForm(StyledForm):
    reason = forms.CharField(
        label=_("原因"), max_length=200, help_text=_("会写入名册和此人的时间线，例如：抽查与申报不符。")
    )
    version = VersionField()


class CheckForm(StyledForm):
    checked_on = DayField(label=_("走访日期"))
    result = forms.ChoiceField(label=_("结果"), choices=CheckResult.choices, widget=forms.RadioSelect)
    findings = forms.CharField(
        label=_("看到的情况"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["checked_on"].initial = timezone.localdate()


class NoticeForm(StyledForm):
    place = forms.CharField(label=_("张贴地点"), max_length=120, help_text=_("例如：学校公告栏、团委公告栏。"))
    telephone = forms.CharField(
        label=_("异议电话"), max_length=40, help_text=_("单位的办公电话，写在公示上，供群众反映情况。")
    )
    items = forms.MultipleChoiceField(
        label=_("公示内容"), widget=forms.CheckboxSelectMultiple, initial=list(NOTICE_ITEMS),
        choices=(("name", _("姓，名隐去")), ("residence", _("所在镇街或村居"))),
        help_text=_("每个人只公示本人同意公示的内容；证件号码、电话、住址、病情和账户一律不公示。"),
    )  # fmt: skip
    shows_sums = forms.BooleanField(label=_("公示金额"), required=False, initial=True)
    is_online = forms.BooleanField(
        label=_("同时在公开网页上公示"), required=False, initial=True, help_text=_("不用登录就能看到；期满自动撤下。")
    )
    version = VersionField()

    def values(self):
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class TakeDownForm(StyledForm):
    reason = forms.CharField(label=_("原因"), max_length=200)


class ObjectionForm(StyledForm):
    row = forms.ChoiceField(label=_("针对"), required=False)
    received_on = DayField(label=_("收到日期"))
    way = forms.ChoiceField(label=_("途径"), choices=ObjectionWay.choices)
    who = forms.CharField(label=_("反映人"), max_length=60, required=False, help_text=_("不愿留名的留空；不对外公开。"))
    text = forms.CharField(label=_("反映的情况"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args, rows, **options):
        super().__init__(*args, **options)
        self.rows = {str(row.number): row for row in rows if row.is_listed}
        numbers = [(number, _("序号 %(n)s") % {"n": number}) for number in self.rows]
        self.fields["row"].choices = [("", _("整份名册")), *numbers]
        self.fields["received_on"].initial = timezone.localdate()

    def values(self):
        return {**self.cleaned_data, "row": self.rows.get(self.cleaned_data["row"])}


class DecideObjectionForm(StyledForm):
    answer = forms.ChoiceField(
        label=_("处理结果"), widget=forms.RadioSelect,
        choices=(("dismissed", _("不成立")), ("upheld", _("成立；针对某人的，将其剔除"))),
    )  # fmt: skip
    findings = forms.CharField(
        label=_("查实的情况"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("也用来答复反映人。"),
    )  # fmt: skip


class ApproveForm(StyledForm):
    decided_on = DayField(label=_("审定日期"), help_text=_("开会审定的，填会议那一天。"))
    note = forms.CharField(
        label=_("意见"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("有人被提示重复或者不按规则测算的，写明为什么仍然同意；这些人还要第二位审批人同意。"),
    )  # fmt: skip
    version = VersionField()

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["decided_on"].initial = timezone.localdate()


class DeclineForm(StyledForm):
    reason = forms.CharField(
        label=_("原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("退回时告诉报送的人。")
    )
    version = VersionField()


class PayForm(StyledForm):
    day = DayField(label=_("支付日期"))
    reference = forms.CharField(label=_("凭证号"), max_length=40, help_text=_("整批的凭证号；每个人的后面自动加序号。"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["day"].initial = timezone.localdate()


class PayByScheduleForm(PayForm):
    """Of what the donor pays together, one period for everybody ticked."""

    period = forms.TypedChoiceField(label=_("支付哪一段"), coerce=date.fromisoformat)

    def __init__(self, *args, lines, **options):
        super().__init__(*args, **options)
        self.fields["period"].choices = [
            (due.isoformat(), _period_words(since, until, money.show(total)))
            for due, since, until, _number, total in instalments.periods_of(lines)
        ]
        self.order_fields(["period"])


def _period_words(since, until, total):
    months = f"{since:%Y-%m}" if since == until else _("%(since)s 至 %(until)s") % {
        "since": f"{since:%Y-%m}", "until": f"{until:%Y-%m}"
    }  # fmt: skip
    return f"{months} · {total}"


class ReceiveForm(StyledForm):
    day = DayField(label=_("领取日期"))
    signer = forms.CharField(label=_("代领人"), max_length=40, required=False, help_text=_("本人领取的留空。"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["day"].initial = timezone.localdate()


class SignMonthForm(ReceiveForm):
    """One month, for everybody ticked."""

    month = forms.TypedChoiceField(label=_("签收哪个月"), coerce=date.fromisoformat)

    def __init__(self, *args, lines, **options):
        super().__init__(*args, **options)
        months = instalments.months_of(lines, AidInstalment.objects.unsigned())
        self.fields["month"].choices = [(one.isoformat(), f"{one:%Y-%m}") for one in months]
        self.order_fields(["month"])


class HandOnForm(StyledForm):
    done_on = DayField(label=_("办理日期"))
    to = OrganizationField(
        label=_("交给哪个单位"), required=False,
        help_text=_("在本系统里的，选单位，由它登记回执；不在的留空，写在下面。"),
    )  # fmt: skip
    to_words = forms.CharField(label=_("系统外的收件方"), max_length=80, required=False)
    note = forms.CharField(label=_("说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = VersionField()

    def __init__(self, *args, station, organization, decider=None, **options):
        super().__init__(*args, **options)
        self.fields["done_on"].initial = timezone.localdate()
        if station.step.kind == "forward" and decider is None:
            self.fields["to"].suggest(Organization.objects.in_area(organization.area).exclude(pk=organization.pk))
            self.fields["to_words"].initial = say(PARTIES, station.step.to)
        else:
            for name in ("to", "to_words"):
                del self.fields[name]

    def values(self):
        return {"to": None, "to_words": "", **{k: v for k, v in self.cleaned_data.items() if k != "version"}}


class FileForm(StyledForm):
    """Somebody the unit keeps; of a patient with what it cost."""

    person = forms.ChoiceField(label=_("谁"))
    treated_on = DayField(label=_("手术日期"))
    bill = MoneyField(label=_("费用总额（元）"), help_text=_("结算单上的总费用。"))
    own_share = MoneyField(
        label=_("本人自付（元）"), help_text=_("各种保险和报销以后自己付的；项目按它算金额，也记入此人的情况。")
    )
    listed = MoneyField(label=_("申请金额（元）"), required=False, help_text=_("项目由审批单位定金额的，可以留空。"))
    version = VersionField()

    def __init__(self, *args, people, asks_bill, **options):
        super().__init__(*args, **options)
        self.fields["person"].choices = [("", _("请选择")), *people]
        if not asks_bill:
            for name in ("treated_on", "bill", "own_share"):
                del self.fields[name]

    def values(self):
        return {name: value for name, value in self.cleaned_data.items() if name not in ("person", "version")}


class SumsForm(StyledForm):
    """What each of them gets, from which fund; a sum for each row stands beside its row on the page."""

    fund = forms.ModelChoiceField(
        Fund.objects.none(), label=_("从哪项基金支出"), to_field_name="code", empty_label=_("请选择")
    )
    reason = forms.CharField(
        label=_("与规定不同的理由"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("金额与项目规定不同，或者按规定还不能确定的，必须填写，并由两位审批人同意。"),
    )  # fmt: skip
    version = VersionField()

    def __init__(self, *args, organization, rows, **options):
        super().__init__(*args, **options)
        funds = Fund.objects.open().filter(organization=organization)
        self.fields["fund"].queryset, self.fields["fund"].label_from_instance = funds, lambda one: one.name
        self.rows = rows
        for row in rows:
            label = _("序号 %(n)s 的金额") % {"n": row.number}
            field = MoneyField(label=label, required=False, initial=row.suggested)
            field.widget.attrs.update({"class": "form-control form-control-sm", "aria-label": label})
            self.fields[f"sum_{row.code}"] = field

    @property
    def asked(self):
        return [self[name] for name in ("fund", "reason", "version")]

    @property
    def lines(self):
        return [(row, self[f"sum_{row.code}"]) for row in self.rows]

    @property
    def sums(self):
        found = {row.code: self.cleaned_data.get(f"sum_{row.code}") for row in self.rows}
        return {code: amount for code, amount in found.items() if amount is not None}


class AnswerForm(StyledForm):
    answer = forms.ChoiceField(
        label=_("回执"), widget=forms.RadioSelect, choices=(("taken", _("已收到")), ("returned", _("退回")))
    )
    answered_on = DayField(label=_("回执日期"))
    receipt = forms.CharField(label=_("回执编号"), max_length=60, required=False)
    note = forms.CharField(
        label=_("说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("退回的，写明原因。"),
    )  # fmt: skip

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["answered_on"].initial = timezone.localdate()


class SignForm(StyledForm):
    body = forms.ChoiceField(label=_("会签单位"))
    agrees = forms.ChoiceField(
        label=_("意见"), widget=forms.RadioSelect, choices=(("yes", _("同意")), ("no", _("不同意"))), initial="yes"
    )
    signed_on = DayField(label=_("会签日期"))
    signer = forms.CharField(label=_("签字人"), max_length=40, required=False)
    note = forms.CharField(label=_("说明"), max_length=300, required=False, help_text=_("不同意的，写明理由。"))

    def __init__(self, *args, bodies, **options):
        super().__init__(*args, **options)
        self.fields["body"].choices = [(body, say(PARTIES, body)) for body in bodies]
        self.fields["signed_on"].initial = timezone.localdate()

    def values(self):
        return {**self.cleaned_data, "agrees": self.cleaned_data["agrees"] == "yes"}


class PaperForm(StyledForm):
    kind = forms.ChoiceField(label=_("种类"), choices=BatchPaper.Kind.choices)
    file = forms.FileField(label=_("文件"), help_text=_("PDF 或照片。"))

    def clean_file(self):
        return uploads.check(self.cleaned_data["file"], ("pdf", *uploads.PICTURES))
