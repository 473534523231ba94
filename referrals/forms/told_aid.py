"""What a unit gave by its own ways: whom, what, how much, when; and the same again to put it right."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import NeedKind
from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, VersionField
from programs.models import Program
from referrals.forms.aid import words_field
from referrals.kinds import AID_FORMS, GOODS_FORMS, MONEY_FORMS


class WhoForm(StyledForm):
    """Whom it was given to: somebody who is registered already."""

    who = forms.CharField(
        label=_("给了谁"), max_length=60, help_text=_("证件号码、姓名或人员编号；只在本单位登记的人里找。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class OtherAidForm(StyledForm):
    """One entry. Which of the sums is asked follows from the form of help."""

    form = forms.ChoiceField(label=_("帮扶形式"), choices=[("", _("请选择")), *AID_FORMS])
    need_kind = forms.ChoiceField(
        label=_("解决哪类需求"), choices=[("", _("不单指一类")), *NeedKind.choices], required=False
    )
    amount = MoneyField(label=_("金额（元）"), required=False, help_text=_("资金类填写。"))
    value = MoneyField(label=_("物资折价（元）"), required=False, help_text=_("物资类填写。"))
    hours = forms.DecimalField(
        label=_("服务时长（小时）"), required=False, max_digits=7, decimal_places=1, min_value=0,
        help_text=_("服务类填写。"),
    )  # fmt: skip
    given_on = DayField(label=_("哪一天给的"), initial=timezone.localdate)
    receipt = forms.CharField(label=_("回单或签收编号"), max_length=60, required=False)
    paid_from = forms.CharField(
        label=_("资金来源"), max_length=60, required=False,
        help_text=_("例如：本单位自有资金、某企业定向捐赠。不写捐赠人个人的姓名。"),
    )  # fmt: skip
    program = forms.ModelChoiceField(
        label=_("按哪个项目给的"), queryset=None, to_field_name="code", required=False, empty_label=_("不按项目"),
        help_text=_("选了项目的，计入这个项目对此人的次数和金额上限。"),
    )  # fmt: skip
    description = words_field(_("内容说明"), help_text=_("例如：面粉 2 袋、食用油 1 桶。"))

    def __init__(self, *args, staff, **options):
        super().__init__(*args, **options)
        own = Program.objects.filter(organization=staff.organization_id, is_container=False, versions__state="released")
        self.fields["program"].queryset = own.distinct().order_by("name", "pk")
        self.fields["given_on"].widget.attrs["max"] = f"{timezone.localdate():%Y-%m-%d}"

    def ask_whether_another(self):
        """The same entry stands there already: somebody has to say that this is another one."""
        self.fields["is_another"] = forms.BooleanField(label=_("确实是另一笔，不是重复登记"), required=False)
        self.order_fields(["is_another", *self.fields])

    def values(self):
        return {name: self.cleaned_data[name] for name in OtherAidForm.base_fields}


class CorrectAidForm(OtherAidForm):
    """As it stands, to be changed; and why."""

    reason = words_field(_("为什么更正"), required=True, most=200)
    version = VersionField()

    def __init__(self, *args, line, **options):
        initial = {name: getattr(line, name) for name in OtherAidForm.base_fields} | {"version": line.version}
        initial["program"] = line.program.code if line.program else ""
        super().__init__(*args, initial=initial, **options)


# What goes with which form of help, for the script that hides what is not asked.
MEASURES = {
    "amount": sorted(MONEY_FORMS), "value": sorted(GOODS_FORMS),
    "hours": sorted({code for code, _label in AID_FORMS} - MONEY_FORMS - GOODS_FORMS),
}  # fmt: skip
