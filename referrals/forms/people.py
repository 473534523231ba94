"""Registering, changing and finding people. The groups are the headings of the page."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField
from portal.lib import identity
from portal.lib.fields import DayField, TelephoneField
from portal.lib.forms import StyledForm, VersionField
from referrals import groups
from referrals.facts import HOUSING, VOCABULARY
from referrals.kinds import (
    Category,
    FamilyRelation,
    Gender,
    HardshipCause,
    HardshipLevel,
    IdentityKind,
    NeedForm,
    PersonFlag,
)
from referrals.models.people import PRIVATE

# What stands masked on the page is masked in the form too: left blank it stays, "无" clears it.
KEPT_WHEN_BLANK = ("number", "phone", "second_phone", "account")
CLEARED_BY = "无"
COUNTRIES = [
    ("CN", _("中国")), ("RU", _("俄罗斯")), ("KR", _("韩国")), ("KP", _("朝鲜")), ("MN", _("蒙古")), ("JP", _("日本")),
    ("VN", _("越南")), ("MM", _("缅甸")), ("LA", _("老挝")), ("PK", _("巴基斯坦")), ("US", _("美国")),
    ("GB", _("英国")), ("FR", _("法国")), ("DE", _("德国")), ("CA", _("加拿大")), ("AU", _("澳大利亚")),
    ("", _("不清楚")),
]  # fmt: skip


class PersonForm(StyledForm):
    # What is required depends on what is ticked: the form says so, not the browser.
    use_required_attribute = False

    is_identity_unknown = forms.BooleanField(
        label=_("身份还没有查明"), required=False, help_text=_("姓名、证件都不清楚时勾选，写下体貌特征，查明后再补。")
    )
    name = forms.CharField(label=_("姓名"), max_length=60)
    identity_kind = forms.ChoiceField(label=_("证件类型"), choices=IdentityKind.choices, initial=IdentityKind.RESIDENT)
    number = forms.CharField(
        label=_("证件号码"), max_length=identity.MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-identity": ""}),
    )  # fmt: skip
    birth_date = DayField(
        label=_("出生日期"), required=False, help_text=_("居民身份证和居住证的号码里已有，不用填；别的证件请填写。")
    )
    gender = forms.ChoiceField(
        label=_("性别"), choices=[("", _("不清楚")), *Gender.choices], required=False,
        help_text=_("同上，号码里有的不用选。"),
    )  # fmt: skip
    nationality = forms.ChoiceField(label=_("国籍"), choices=COUNTRIES, required=False, initial="CN")
    looks = forms.CharField(
        label=_("体貌特征"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    relation = forms.ChoiceField(
        label=_("与户主关系"), choices=FamilyRelation.choices, initial=FamilyRelation.HEAD,
        help_text=_("单独登记时是户主；给已有家庭添人时选与户主的关系。"),
    )  # fmt: skip
    residence = AreaField(label=_("居住地"), help_text=_("乡镇街道或村社区的名称或代码。"))
    address = forms.CharField(label=_("详细住址"), max_length=200, required=False)
    registration = AreaField(label=_("户籍地"), required=False, help_text=_("到县（市、区）即可；不清楚可以不填。"))
    phone = TelephoneField(label=_("电话"), required=False)
    second_phone = TelephoneField(label=_("备用电话"), required=False)
    account_holder = forms.CharField(label=_("户名"), max_length=60, required=False)
    bank = forms.CharField(label=_("开户行"), max_length=100, required=False)
    bank_code = forms.CharField(label=_("行号"), max_length=20, required=False)
    account = forms.RegexField(
        r"[0-9 ]{8,40}", label=_("银行账号"), max_length=40, required=False,
        error_messages={"invalid": _("银行账号只能是数字。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip
    health_note = forms.CharField(
        label=_("健康情况说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    remark = forms.CharField(label=_("备注"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    died_on = DayField(label=_("死亡日期"), required=False)
    is_another = forms.BooleanField(label=_("已经核对，不是同一个人"), required=False)
    version = VersionField(required=False)

    # Seldom at hand when somebody is first met; one of a group is enough to name it.
    LATER = ("account", "remark")
    GROUPS = [
        (
            _("是谁"),
            ("is_identity_unknown", "name", "identity_kind", "number", "birth_date", "gender", "nationality", "looks"),
        ),
        (_("住在哪里、怎么联系"), ("residence", "address", "registration", "phone", "second_phone")),
        (_("家庭"), ("relation", "died_on")),
        (_("收款账户"), ("account_holder", "bank", "bank_code", "account")),
        (_("说明"), ("health_note", "remark")),
    ]  # fmt: skip

    def __init__(self, *args, person=None, **options):
        super().__init__(*args, **options)
        self.person = person
        # Set by the view when somebody alike was found: only then is there a box to tick.
        self.alike = None
        if person is None:
            del self.fields["died_on"]
            del self.fields["version"]
        else:
            self._keep_masked()
        if self.is_bound:
            self._ask_what_can_be_known()

    def _ask_what_can_be_known(self):
        """Nobody has a number without papers, nor a name while they are unknown."""
        said = {name: self.data.get(self.add_prefix(name), "") for name in ("is_identity_unknown", "identity_kind")}
        if said["is_identity_unknown"]:
            self.fields["name"].required = self.fields["identity_kind"].required = False
        if said["is_identity_unknown"] or said["identity_kind"] == IdentityKind.NONE:
            self.fields["number"].required = False

    def _keep_masked(self):
        """A number that is kept shows as it does on the page, under the empty field."""
        self.fields["number"].required = not self.person.number and self.person.is_identity_known
        for name in KEPT_WHEN_BLANK:
            if masked := self._masked(name):
                self.fields[name].help_text = _("现登记 %(masked)s；不改请留空，清除请填“无”。") % {"masked": masked}

    def _masked(self, name):
        shown = {
            "number": self.person.masked_number,
            "phone": self.person.masked_phone,
            "second_phone": self.person.masked_second_phone,
            "account": self.person.masked_account,
        }
        return shown[name]

    def groups(self):
        """(heading, fields, can it wait): of a new record, what nobody has filled in of LATER stands folded."""
        for title, names in self.GROUPS:
            fields = [self[name] for name in names if name in self.fields]
            is_said = self.person is not None or any(field.errors or field.value() for field in fields)
            yield title, fields, not is_said and not set(names).isdisjoint(self.LATER)

    def clean_account(self):
        return self.cleaned_data["account"].replace(" ", "")

    def _clean_fields(self):
        """ "无" clears what a blank would keep; it need not pass as a number or a telephone."""
        self._cleared = set()
        if self.person is not None and self.data:
            data = self.data.copy()
            for name in KEPT_WHEN_BLANK:
                if data.get(self.add_prefix(name), "").strip() == CLEARED_BY:
                    self._cleared.add(name)
                    data[self.add_prefix(name)] = ""
            self.data = data
        super()._clean_fields()

    def values(self):
        """For the actions: what the person of staff said, and nothing of what was left as it is."""
        said = self.cleaned_data
        values = {name: said[name] for name in PRIVATE if name in said}
        values |= {
            name: said[name]
            for name in ("name", "identity_kind", "birth_date", "gender", "nationality", "relation", "residence",
                         "registration", "died_on")
            if name in said
        }  # fmt: skip
        values["is_identity_known"] = not said["is_identity_unknown"]
        values["identity_kind"] = values["identity_kind"] or IdentityKind.NONE
        if self.person is not None:
            for name in KEPT_WHEN_BLANK:
                if not values[name] and name not in self._cleared:
                    del values[name]
            if values["identity_kind"] == IdentityKind.NONE:
                values["number"] = ""
        return values


GROUP_CHOICES = [
    ("special", _("特殊困难人员")), ("weak", _("老弱病残")), ("girl_in_difficulty", _("困境女童")),
]  # fmt: skip


def _housing_choices():
    """Ways to live and what is wrong with the dwelling, as the facts of records name them."""
    facts = [VOCABULARY[name] for name in HOUSING]
    return [(fact.label, [(f"{fact.name}-{code}", fact.label_of(code)) for code in fact.choices]) for fact in facts]


def _work_choices():
    wishes = VOCABULARY["work_wishes"]
    return [
        ("able", _("有劳动能力")), ("seeking", _("有劳动能力、没有就业")),
        (wishes.label, [(code, wishes.label_of(code)) for code in wishes.choices]),
    ]  # fmt: skip


class PersonFilter(StyledForm):
    """No name and no number here: they travel by POST, and in a sealed token."""

    RARER = ("cause", "level", "roll", "housing", "work", "state")

    area = AreaField(required=False, label=_("区划"))
    category = forms.ChoiceField(required=False, label=_("类别"), choices=[("", _("各种类别")), *Category.choices])
    cause = forms.ChoiceField(
        required=False, label=_("致困原因"), choices=[("", _("各种原因")), *HardshipCause.choices]
    )
    level = forms.ChoiceField(
        required=False, label=_("困难程度"), choices=[("", _("各种程度")), *HardshipLevel.choices]
    )
    flag = forms.ChoiceField(
        required=False, label=_("特殊情况"), choices=[("", _("不限情况")), *GROUP_CHOICES, *PersonFlag.choices]
    )
    roll = forms.ChoiceField(
        required=False, label=_("名册"),
        choices=[
            ("", _("不限名册")), ("rolls", _("在册救助对象")), ("monitored", _("监测对象")),
            ("neither", _("不在册也不在监测")),
        ],
    )  # fmt: skip
    housing = forms.ChoiceField(required=False, label=_("住房"))
    work = forms.ChoiceField(required=False, label=_("就业"))
    need = forms.ChoiceField(
        required=False, label=_("需求"), choices=[("", _("不限需求")), *NeedForm.choices]
    )  # fmt: skip
    state = forms.ChoiceField(
        required=False,
        label=_("状态"),
        choices=[("", _("在世")), ("stale", _("半年未核实")), ("died", _("已去世")), ("all", _("全部"))],
    )

    def __init__(self, data):
        super().__init__(data)
        self.fields["housing"].choices = [("", _("不限住房")), *_housing_choices()]
        self.fields["work"].choices = [("", _("不限就业")), *_work_choices()]
        self.fields["area"].widget.attrs["placeholder"] = _("区划名称或代码")
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def narrow(self, people):
        """What cannot be read is left out, and said beside the field."""
        self.is_valid()
        asked = self.cleaned_data
        if asked.get("area"):
            people = people.in_area(asked["area"])
        if asked.get("category"):
            people = people.in_category(asked["category"])
        if asked.get("cause"):
            people = people.filter(causes__contains=[asked["cause"]])
        if asked.get("level"):
            people = people.filter(level=asked["level"])
        if flag := asked.get("flag"):
            people = people.filter(groups.GROUPS[flag]() if flag in groups.GROUPS else Q(flags__contains=[flag]))
        if asked.get("roll"):
            people = people.filter(groups.ROLL_KINDS[asked["roll"]]())
        if asked.get("housing"):
            people = people.filter(groups.housed(*asked["housing"].split("-", 1)))
        if work := asked.get("work"):
            people = people.filter(groups.WORK[work]() if work in groups.WORK else groups.wishing(work))
        if asked.get("need"):
            people = people.filter(groups.needing(asked["need"]))
        return self._in_state(people, asked.get("state", ""))

    @property
    def puts_weak_first(self):
        """Whoever needs help by service: special people first, then the old, the frail, the ill and the disabled."""
        return self.cleaned_data.get("need") == groups.SERVICE

    @property
    def is_wide(self):
        """Is one of the rarer conditions set?"""
        return any(self.cleaned_data.get(name) for name in self.RARER)

    @staticmethod
    def _in_state(people, state):
        if state == "stale":
            return people.not_verified()
        if state == "died":
            return people.exclude(died_on=None)
        return people if state == "all" else people.living()


class FindForm(StyledForm):
    text = forms.CharField(
        label=_("查找"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("姓名、首字母、证件号码、电话")}
        ),
    )


class UnmaskForm(StyledForm):
    reason = forms.CharField(label=_("为什么要看完整号码"), max_length=200, help_text=_("会记入审计，本人可以查询。"))


class MeansPersonForm(StyledForm):
    """A form that means somebody who is in the system."""

    who = forms.CharField(
        label=_("是谁"), max_length=60, help_text=_("填证件号码、姓名或编号，须在您能看到的范围内。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class MoveForm(MeansPersonForm):
    relation = forms.ChoiceField(label=_("与新户主的关系"), choices=FamilyRelation.choices)
    reason = forms.CharField(label=_("原因"), max_length=200, help_text=_("例如：结婚、分户、登记有误。"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["who"].required = False
        self.fields["who"].label = _("加入谁的家庭")
        self.fields["who"].help_text = _("填那个家庭里任一人的证件号码、姓名或编号；单独立户请留空。")
