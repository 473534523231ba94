"""A fact of a place: how it is called, what it may be, who knows it."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import LinesField, StyledForm, VersionField
from programs.actions.local_facts import coded

TYPES = [
    ("bool", _("是或否")), ("choice", _("几个选项里的一个")), ("choices", _("几个选项，可以有几个")),
    ("int", _("整数")), ("money", _("金额（元）")), ("decimal", _("可带小数的数")), ("date", _("日期")),
    ("area", _("行政区划")), ("text", _("文字")),
]  # fmt: skip
KNOWERS = [
    ("family", _("家庭自己")), ("bureau", _("民政部门")), ("hospital", _("医院")), ("school", _("学校")),
]  # fmt: skip
CHOICE = re.compile(r"(?:([A-Za-z0-9][A-Za-z0-9._-]{0,59})[ \t]*[=＝:：][ \t]*)?([^|｜]{1,60})(?:[|｜](.{0,80}))?")


class LocalFactForm(StyledForm):
    """The words of a fact. Type and limits are asked only once: conditions rest on them."""

    label = forms.CharField(label=_("名称"), max_length=40, help_text=_("例如“是否独居”“参保档次”。"))
    label_en = forms.CharField(label=_("英文名称"), max_length=60, required=False)
    question = forms.CharField(
        label=_("怎样问"), max_length=120, required=False, help_text=_("问家庭时说的话，例如“您一个人住吗？”")
    )
    knows = forms.ChoiceField(label=_("谁通常知道"), choices=KNOWERS)
    proof = forms.CharField(label=_("什么材料能证明"), max_length=60, required=False)
    unit = forms.CharField(label=_("单位"), max_length=10, required=False, help_text=_("只有数字才有，例如“平方米”。"))
    choices = LinesField(
        label=_("选项"), required=False, entry_max_length=200, entries_max=100,
        help_text=_("每行一个，例如“独居”；要写英文的写成“独居 | lives alone”。代码会自动生成。"),
    )  # fmt: skip

    def __init__(self, *args, known=None, **options):
        """`known`: the choices there are; their codes stay."""
        super().__init__(*args, **options)
        self.known = known or {}

    def clean_choices(self):
        """{code: [Chinese, English]} in the order of the lines."""
        found = {}
        by_label = {pair[0]: code for code, pair in self.known.items()}
        for line in self.cleaned_data["choices"]:
            match = CHOICE.fullmatch(line)
            if not match or not match[2].strip():
                raise ValidationError(_("看不懂这一行：%s") % line[:40])
            label = match[2].strip()
            code = match[1] or by_label.get(label) or coded(label, {*found, *self.known})
            if code in found:
                raise ValidationError(_("选项重复：%s") % label)
            found[code] = [label, (match[3] or "").strip()]
        return found

    def definition(self):
        values = self.cleaned_data
        found = {"label": [values["label"], values["label_en"]], "knows": values["knows"]}
        found |= {key: values[key] for key in ("question", "proof")}
        found["unit"] = [values["unit"], ""] if values["unit"] else ["", ""]
        return found | {"choices": values["choices"]}


class NewLocalFactForm(LocalFactForm):
    type = forms.ChoiceField(label=_("答案是什么样的"), choices=TYPES, help_text=_("添加后不能改。"))
    name = forms.SlugField(
        label=_("代码"), max_length=60, required=False,
        help_text=_("小写字母、数字和下划线；不填就按拼音生成。添加后不能改。"),
    )  # fmt: skip
    min = forms.IntegerField(label=_("最小值"), required=False)
    max = forms.IntegerField(label=_("最大值"), required=False)
    field_order = ("label", "label_en", "type", "choices", "unit", "min", "max", "question", "knows", "proof", "name")

    def definition(self):
        values = self.cleaned_data
        limits = {key: values[key] for key in ("min", "max") if values[key] is not None}
        return super().definition() | limits | {"type": values["type"], "name": values["name"]}


class ChangedLocalFactForm(LocalFactForm):
    version = VersionField()


class RetireForm(StyledForm):
    version = VersionField()
