"""What is asked of help: a proposal, and what each step of a line wants to know."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS
from portal.lib import money, uploads
from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, VersionField
from programs.kinds import AidForm
from programs.models import Fund, Program
from referrals import instalments
from referrals.actions.aid import has_own_account
from referrals.forms.instalments import pay_field, plan_fields, sign_fields, skip_fields
from referrals.kinds import AID_FORMS, FUNDED_FORMS, GOODS_FORMS, MONEY_FORMS, AidLineState, AidPaperKind, PayeeKind
from referrals.workflow import Effectiveness

MOST_FILES = 6
SCANS = ("pdf", *uploads.PICTURES)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ProofsField(forms.FileField):
    """Scans and photos that show that help arrived, each looked at before it is kept."""

    def __init__(self, **options):
        attrs = {"multiple": True, "accept": "application/pdf,image/jpeg,image/png"}
        super().__init__(widget=FilesInput(attrs=attrs), required=False, **options)

    def clean(self, data, initial=None):
        files = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("一次最多 %(most)d 个文件。"), params={"most": MOST_FILES})
        return [uploads.check(super(ProofsField, self).clean(one), SCANS) for one in files]


def words_field(label, *, required=False, rows=2, most=500, help_text=""):
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=most, required=required, widget=widget, help_text=help_text)


class FundChoice(forms.ModelChoiceField):
    def label_from_instance(self, fund):
        return fund.name


class NeedChoice(forms.ModelChoiceField):
    def label_from_instance(self, need):
        cost = _("预计 %(sum)s") % {"sum": money.show(need.estimated_yuan)} if need.estimated_yuan is not None else ""
        return f"{need.get_kind_display()} {cost}".strip()


def own_programs(staff):
    """The programs of one's own unit that are in force."""
    return Program.objects.released_on(timezone.localdate()).filter(
        organization=staff.organization_id, is_container=False
    )


class ProposeForm(StyledForm):
    """One line of a referral. Which of the sums is asked follows from the form of help."""

    form = forms.ChoiceField(label=_("帮扶形式"), choices=[("", _("请选择")), *AID_FORMS])
    need = NeedChoice(label=_("解决哪项需求"), queryset=None, to_field_name="code", required=False)
    program = forms.ModelChoiceField(
        label=_("按哪个项目的标准"), queryset=None, to_field_name="code", required=False, empty_label=_("不按项目标准"),
        help_text=_("选了项目的，金额按项目规定核对。"),
    )  # fmt: skip
    amount = MoneyField(label=_("金额（元）"), required=False, help_text=_("资金类填写。"))
    value = MoneyField(label=_("物资折价（元）"), required=False, help_text=_("物资类填写。"))
    hours = forms.DecimalField(
        label=_("服务时长（小时）"), required=False, max_digits=7, decimal_places=1, min_value=0,
        help_text=_("服务类填写。"),
    )  # fmt: skip
    fund = FundChoice(
        label=_("从哪项基金支出"), queryset=None, to_field_name="code", required=False,
        help_text=_("资金、拨付医院、食堂卡和保险要选；批准时从基金承诺，支付时入账。"),
    )  # fmt: skip
    description = words_field(_("内容说明"), help_text=_("例如：面粉 2 袋、食用油 1 桶；康复训练每周一次。"))
    is_own_account = forms.BooleanField(
        label=_("付到本人登记的账户"), required=False, help_text=_("账号不在这里显示，批准后支付的人可以查看。")
    )
    payee_kind = forms.ChoiceField(label=_("付给谁"), choices=PayeeKind.choices, initial=PayeeKind.SELF, required=False)
    payee_holder = forms.CharField(label=_("户名"), max_length=60, required=False)
    payee_bank = forms.CharField(label=_("开户行"), max_length=80, required=False)
    payee_account = forms.RegexField(
        r"[0-9 -]{6,40}", label=_("账号"), max_length=40, required=False,
        error_messages={"invalid": _("账号只有数字。")}, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("加密保存；只有支付的人可以查看全部，每次查看留下记录。"),
    )  # fmt: skip
    exception_reason = words_field(
        _("与规定金额不同的理由"),
        help_text=_("金额与项目规定不同，或者按规定还不能确定的，必须填写，并由两位审批人同意。"),
    )

    def __init__(self, *args, staff, person, referral=None, **options):
        super().__init__(*args, **options)
        self.fields["need"].queryset = referral.needs.all() if referral else person.needs.open()
        self.fields["need"].empty_label = _("不单指一项")
        self.fields["program"].queryset = self._programs(staff, referral)
        self.fields["fund"].queryset = Fund.objects.open().filter(organization=staff.organization_id)
        self.fields["fund"].empty_label = _("不从基金支出")
        if not has_own_account(staff, person):
            del self.fields["is_own_account"]

    @staticmethod
    def _programs(staff, referral):
        own = own_programs(staff)
        return own | Program.objects.filter(pk=referral.program_id) if referral else own

    @property
    def sections(self):
        parts = [
            (_("给什么"), ("form", "need", "program", "amount", "value", "hours", "fund", "description")),
            (_("付给谁"), ("is_own_account", "payee_kind", "payee_holder", "payee_bank", "payee_account")),
            (_("例外"), ("exception_reason",)),
        ]
        return [(heading, [self[name] for name in names if name in self.fields]) for heading, names in parts]

    def values(self):
        said = self.cleaned_data
        payee = {name: said[f"payee_{name}"] for name in ("holder", "bank", "account") if said[f"payee_{name}"]}
        if payee:
            payee["kind"] = said["payee_kind"] or PayeeKind.SELF
        names = ("form", "need", "program", "amount", "value", "hours", "fund", "description", "exception_reason")
        is_own = said.get("is_own_account", False)
        return {**{name: said[name] for name in names}, "payee": payee, "is_own_account": is_own}


# What goes with which form of help, for the script that hides what is not asked.
MEASURES = {
    "amount": sorted(MONEY_FORMS), "value": sorted(GOODS_FORMS), "fund": sorted(FUNDED_FORMS),
    "hours": sorted(set(AidForm) - MONEY_FORMS - GOODS_FORMS),
    **{f"payee_{name}": sorted(FUNDED_FORMS) for name in ("kind", "holder", "bank", "account")},
}  # fmt: skip


def _paper_fields():
    return {
        "kind": forms.ChoiceField(label=_("凭证种类"), choices=AidPaperKind.choices, initial=AidPaperKind.SIGNATURE),
        "files": ProofsField(label=_("凭证或照片"), help_text=_("PDF 或照片，一次最多 6 个；照片不要拍到无关的人。")),
    }


def _paid(line):
    """Months of its schedule, or a sum."""
    if instalments.of_line(line):
        return {"numbers": pay_field(line)}
    return {"amount": MoneyField(label=_("支付金额（元）"), initial=line.left_to_pay)}


def _asked(verb, line):
    """The fields of a step, in order."""
    today = {"initial": timezone.localdate}
    return {
        "approve": lambda: {"note": words_field(_("意见"), help_text=_("有重复或超额提示的，请写明仍要同意的理由。"))},
        "pay": lambda: {
            **_paid(line),
            "day": DayField(label=_("支付日期"), **today),
            "reference": forms.CharField(
                label=_("凭证号"), max_length=40, help_text=_("银行回单或付款凭证的编号，一号一笔，不写姓名。")
            ),
        },
        "settle": dict,
        "redraw": lambda: {"reason": words_field(_("为什么重新抽取"), required=True, most=200)},
        "plan": lambda: plan_fields(line),
        "sign": lambda: {**sign_fields(line, _paper_fields()), "note": words_field(_("说明"))},
        "skip": lambda: {**skip_fields(line), "note": words_field(_("具体情况"), required=True, most=200)},
        "deliver": lambda: {
            "day": DayField(label=_("交付日期"), **today),
            "receipt": forms.CharField(
                label=_("签收编号"), max_length=60, required=False, help_text=_("没有编号的，在下面上传签收单或照片。")
            ),
            **_paper_fields(),
            "note": words_field(_("说明")),
        },
        "receive": lambda: {
            "receipt": forms.CharField(label=_("回单或签收编号"), max_length=60, required=False),
            **_paper_fields(),
            "note": words_field(_("说明")),
        },
        "rate": lambda: {
            "effect": forms.ChoiceField(label=_("效果"), choices=Effectiveness.choices, widget=forms.RadioSelect),
            "note": words_field(_("怎么看出来的")),
        },
        "answer": lambda: {"note": words_field(_("仍要支付的理由"), required=True)},
        "decline": lambda: {"note": words_field(_("为什么不同意"), required=True)},
        "bounce": lambda: {"reason": words_field(_("为什么退回"), required=True, most=200)},
        "cancel": lambda: {"reason": words_field(_("为什么取消"), required=True, most=200)},
        "void": lambda: {"reason": words_field(_("为什么作废"), required=True, most=200)},
    }[verb]()


def step_form(move, line, data=None, files=None):
    """The form of one step, with the version that the person saw."""
    made = type("StepForm", (StyledForm,), {**_asked(move.verb, line), "version": VersionField()})
    return made(data, files, initial={"version": line.version})


class LedgerFilter(forms.Form):
    """Read from the URL; what nobody can choose narrows nothing."""

    state = forms.ChoiceField(required=False)
    form = forms.ChoiceField(required=False)
    program = forms.ModelChoiceField(queryset=None, required=False, to_field_name="code")
    fund = forms.ModelChoiceField(queryset=None, required=False, to_field_name="code")
    month = forms.RegexField(r"[1-9][0-9]{3}-(0[1-9]|1[0-2])", required=False, label=_("月份"))

    def __init__(self, data, *, staff):
        super().__init__(data)
        self.fields["state"].choices = [("", _("全部状态")), *AidLineState.choices]
        self.fields["form"].choices = [("", _("全部形式")), *AID_FORMS]
        is_bureau = staff.organization.kind in BUREAU_KINDS
        own = Fund.objects.none() if is_bureau else Fund.objects.filter(organization=staff.organization_id)
        self.fields["fund"].queryset = own.order_by("name", "pk")
        self.fields["program"].queryset = Program.objects.ever_in_force().filter(is_container=False)
        for name, words in (("program", _("全部项目")), ("fund", _("全部基金"))):
            self.fields[name].empty_label = words
        for name in ("state", "form", "program", "fund"):
            self.fields[name].widget.attrs.update(
                {"class": "form-select form-select-sm", "aria-label": self._label(name)}
            )
        self.fields["month"].widget = forms.TextInput(
            attrs={"type": "month", "class": "form-control form-control-sm", "aria-label": _("发放月份")}
        )
        self.is_valid()

    @staticmethod
    def _label(name):
        return {"state": _("状态"), "form": _("帮扶形式"), "program": _("项目"), "fund": _("基金")}[name]

    @property
    def is_narrow(self):
        return any(self.cleaned_data.get(name) for name in self.fields)

    def narrow(self, rows):
        for name in ("state", "form", "program", "fund"):
            if value := self.cleaned_data.get(name):
                rows = rows.filter(**{name: value})
        if month := self.cleaned_data.get("month"):
            year, number = map(int, month.split("-"))
            rows = rows.filter(given_on__year=year, given_on__month=number)
        return rows
