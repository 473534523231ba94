"""Facts, categories, government aid and guardians in forms."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField, IdentityNumberField, MoneyField, TelephoneField
from portal.lib.forms import StyledForm, VersionField, style
from referrals.actions import government_aid
from referrals.kinds import AidRhythm, AidState, Category, GuardianRelation, Scheme, SupportForm
from referrals.local_facts import vocabulary

NOTHING = "-"


def field_of(fact, value=None):
    """A control for one fact. Blank always means: not known."""
    options = {"label": fact.label, "required": False, "help_text": fact.unit}
    if fact.type == "bool":
        choices = [("", _("不清楚")), ("yes", _("是")), ("no", _("否"))]
        return forms.ChoiceField(choices=choices, **options)
    if fact.type == "choice":
        return forms.ChoiceField(choices=[("", _("不清楚")), *_choices(fact, [value])], **options)
    if fact.type == "choices":
        choices = [*_choices(fact, value or ()), (NOTHING, _("都没有"))]
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **options)
    if fact.type == "grants":
        # What was granted is known from the books, not from a form; that nothing was, somebody can say.
        return forms.ChoiceField(choices=[("", _("不清楚，或者得到过")), (NOTHING, _("没有得到过"))], **options)
    if fact.type == "int":
        return forms.IntegerField(min_value=fact.minimum, max_value=fact.maximum, **options)
    if fact.type == "decimal":
        return forms.DecimalField(
            min_value=fact.minimum, max_value=fact.maximum, max_digits=12, decimal_places=2, **options
        )
    return {"money": MoneyField, "date": DayField}.get(fact.type, _text)(**options)


def _text(**options):
    return forms.CharField(max_length=200, **options)


def _choices(fact, held):
    """The known ones, and what was recorded before it left the list."""
    known = [(code, fact.label_of(code)) for code in fact.choices]
    return known + [(code, code) for code in held if code and code not in fact.choices]


def to_field(fact, value):
    if value is None:
        return None
    if fact.type == "bool":
        return "yes" if value else "no"
    if fact.type == "choices":
        return list(value) or [NOTHING]
    if fact.type == "grants":
        return "" if value else NOTHING
    return value


def from_field(fact, value):
    """Back to a fact; blank is None, and "none of these" is an answer."""
    if value in ("", None, []):
        return None
    if fact.type == "bool":
        return value == "yes"
    if fact.type == "grants":
        return []
    if fact.type == "choices":
        return [] if value == [NOTHING] else [code for code in value if code != NOTHING]
    return value


class FactsForm(StyledForm):
    """Some facts (a page of referrals.facts.GROUPS, or the questions of a match), with the paper they rest on."""

    source = forms.CharField(
        label=_("依据"),
        max_length=120,
        required=False,
        help_text=_("从哪份材料或哪次走访得知，例如：3 月 5 日入户记录。"),
    )
    valid_on = DayField(label=_("情况截至"), required=False, help_text=_("材料上的日期；不填为今天。"))

    def __init__(self, *args, names, known, **options):
        self.names = names
        self.words = vocabulary()
        initial = {name: to_field(self.words[name], known.get(name)) for name in self.names}
        super().__init__(*args, initial={**initial, "valid_on": timezone.localdate()}, **options)
        asked = {name: field_of(self.words[name], known.get(name)) for name in self.names}
        for field in asked.values():
            style(field)
        self.fields = {**asked, **self.fields}

    def clean(self):
        values = super().clean()
        for name in self.names:
            chosen = values.get(name)
            if isinstance(chosen, list) and NOTHING in chosen and len(chosen) > 1:
                self.add_error(name, _("选了“都没有”，就不能再选别的。"))
        return values

    def facts(self):
        return {name: from_field(self.words[name], self.cleaned_data.get(name)) for name in self.names}

    def rests_on(self):
        """Where they are known from: words, a day, a paper."""
        return {name: self.cleaned_data.get(name) for name in ("source", "valid_on", "document")}


class QuestionsForm(FactsForm):
    """Questions that may be left open: what is blank stays unknown and is not recorded."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name in self.names:
            self.fields[name].label = self.words[name].question or self.words[name].label
            self.fields[name].help_text = self.words[name].proof or self.words[name].unit

    def facts(self):
        return {name: value for name, value in super().facts().items() if value is not None}


class CategoryForm(StyledForm):
    category = forms.ChoiceField(label=_("对象类别"), choices=[("", _("请选择")), *Category.choices])
    form = forms.ChoiceField(
        label=_("供养形式"), choices=[("", _("不适用")), *SupportForm.choices], required=False,
        help_text=_("只有特困人员填写。"),
    )  # fmt: skip
    since = DayField(label=_("认定日期"))
    until = DayField(label=_("有效期至"), required=False, help_text=_("没有期限可以不填；临时救助对象满一年自动失效。"))
    certified_by = forms.CharField(label=_("认定单位"), max_length=120)
    paper = forms.CharField(
        label=_("证件或文书号"), max_length=60, required=False, help_text=_("低保证、残疾人证等的编号，加密保存。")
    )


class EndCategoryForm(StyledForm):
    last_day = DayField(label=_("最后一天"))
    reason = forms.CharField(label=_("终止原因"), max_length=200)


class AidForm(StyledForm):
    scheme = forms.ChoiceField(label=_("哪项政府救助"), choices=[("", _("请选择")), *Scheme.choices])
    state = forms.ChoiceField(label=_("结果"), choices=[("", _("请选择")), *AidState.choices])
    applied_on = DayField(label=_("申请日期"), required=False)
    decided_on = DayField(label=_("决定日期"), required=False)
    decided_by = forms.CharField(label=_("决定单位"), max_length=120, required=False)
    amount_yuan = MoneyField(label=_("金额（元）"), required=False, help_text=_("服务或免缴等没有金额的不填。"))
    rhythm = forms.ChoiceField(label=_("发放"), choices=[("", _("不适用")), *AidRhythm.choices], required=False)
    since = DayField(label=_("享受期起"), required=False)
    until = DayField(label=_("享受期止"), required=False)
    reason = forms.CharField(
        label=_("未批准、停止或未申请的原因"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    version = VersionField(required=False)

    def clean(self):
        said = super().clean()
        for field, words in government_aid.wanting(said.get("state"), said.get("decided_on"), said.get("reason")):
            if field not in self.errors:
                self.add_error(field, words)
        return said


class GuardianForm(StyledForm):
    relation = forms.ChoiceField(label=_("与被监护人的关系"), choices=[("", _("请选择")), *GuardianRelation.choices])
    who = forms.CharField(
        label=_("监护人已在系统中"), max_length=60, required=False,
        help_text=_("填其证件号码、姓名或编号；不在系统中的，填下面三项。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    name = forms.CharField(label=_("监护人姓名或单位名称"), max_length=60, required=False)
    number = IdentityNumberField(label=_("监护人证件号码"), required=False)
    phone = TelephoneField(label=_("监护人电话"), required=False)
    paper = forms.CharField(label=_("依据"), max_length=120, required=False, help_text=_("户口簿、判决书、指定书等。"))
    since = DayField(label=_("自"), required=False)

    def clean(self):
        values = super().clean()
        if not self.errors and bool(values.get("who")) == bool(values.get("name")):
            self.add_error("who", _("监护人在系统中的填这一项，不在的填姓名，两者选一。"))
        return values

    def values(self):
        values = {**self.cleaned_data}
        values["number"] = str(values["number"] or "")
        return values


class ReasonForm(StyledForm):
    reason = forms.CharField(label=_("原因"), max_length=200)
