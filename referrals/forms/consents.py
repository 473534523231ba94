"""What the counter asks: to whom, what, how long; then the answer, and who gave it before whom."""

import base64
import binascii
from datetime import timedelta
from io import BytesIO

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS, CHARITY_KINDS, MEMBER_UNIT_KINDS, OrganizationKind
from members.models import Area, Organization
from portal.lib import uploads
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm, VersionField
from referrals.actions.consents import USUAL_DAYS, Explained
from referrals.coverage import Rule
from referrals.items import TO_ORGANIZATIONS, Purpose, choices, in_order
from referrals.kinds import GuardianRelation
from referrals.models import Consent, ConsentWithdrawal, DataAgreement

SCANS = ("pdf", "jpg", "png")
LONGEST_DRAWING = 400_000
MOST_SUGGESTED = 60
# Kinds that may be agreed to as a class.
CLASSES = MEMBER_UNIT_KINDS | CHARITY_KINDS | {"hospital", "school"}


class OrganizationsField(forms.CharField):
    """Units beside those that are offered: one full name a line."""

    def __init__(self, *, most=20, **options):
        super().__init__(**{"max_length": 130 * most, "widget": forms.Textarea(attrs={"rows": 2}), **options})
        self.most = most

    def clean(self, value):
        names = [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]
        if len(names) > self.most:
            raise forms.ValidationError(_("最多 %(most)s 个单位。"), params={"most": self.most})
        return [self._find(name) for name in dict.fromkeys(names)]

    def _find(self, name):
        found = list(Organization.objects.active().filter(name=name)[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("没有找到“%(name)s”，请填写单位名录里的全称。"), params={"name": name})
        return found[0]

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else "\n".join(one.name for one in value)


class BeginForm(StyledForm):
    purpose = forms.ChoiceField(label=_("为了什么"), choices=Purpose.choices, widget=forms.RadioSelect)
    reopened_reason = forms.CharField(
        label=_("本人主动提出的情况"), max_length=200, required=False,
        help_text=_("只在本人以前表示过不同意时填写：什么时候、怎样提出的。系统不提示再次征求。"),
    )  # fmt: skip


class ScopeForm(StyledForm):
    """Common items and sensitive ones are asked in two places, because they are agreed to separately."""

    recipients = forms.MultipleChoiceField(
        label=_("给哪些单位"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("列出的是签有个人信息条款的单位和民政部门。"),
    )  # fmt: skip
    others = OrganizationsField(
        label=_("其他单位"),
        required=False,
        help_text=_("每行一个全称。没有个人信息条款的，同意了也不能马上发送。"),
    )
    rule_kinds = forms.MultipleChoiceField(
        label=_("或者一类单位"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("还不知道是哪一家时选。发送时确定名称，并告诉本人。"),
    )  # fmt: skip
    rule_area = forms.ChoiceField(label=_("这类单位在哪个范围"), required=False)
    items = forms.MultipleChoiceField(
        label=_("提供哪些内容"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("只勾办这件事用得上的。"),
    )  # fmt: skip
    sensitive_items = forms.MultipleChoiceField(
        label=_("其中的敏感个人信息（单独同意）"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("逐项问，本人不同意的不勾。"),
    )  # fmt: skip
    until = DayField(label=_("有效期至"), help_text=_("最长三年；办完事就到期更好。"))
    version = VersionField(required=False)

    def __init__(self, *args, consent, **kwargs):
        super().__init__(*args, **kwargs)
        self.consent = consent
        if consent.purpose in TO_ORGANIZATIONS:
            self._offer_recipients(consent)
        else:
            for name in ("recipients", "others", "rule_kinds", "rule_area"):
                del self.fields[name]
        self.fields["items"].choices = choices(is_sensitive=False)
        self.fields["sensitive_items"].choices = [
            (group, [(code, f"{label}（{in_order([code])[0].reason}）") for code, label in pairs])
            for group, pairs in choices(is_sensitive=True)
        ]
        if consent.purpose == Purpose.COLLECT_SENSITIVE:
            del self.fields["items"]
        today = timezone.localdate()
        self.fields["until"].widget.attrs.update(min=today.isoformat())
        self.fields["until"].initial = today + timedelta(days=USUAL_DAYS)

    def _offer_recipients(self, consent):
        self.offered = {one.code: one for one in offered_to(consent.person)}
        self.fields["recipients"].choices = [(code, one.name) for code, one in self.offered.items()]
        self.fields["rule_kinds"].choices = [(one.value, one.label) for one in OrganizationKind if one in CLASSES]
        area = consent.person.residence
        codes = [*area.ancestor_codes, area.code]
        areas = Area.objects.filter(code__in=codes).exclude(level__in=["town", "village"]).order_by("-code")
        self.fields["rule_area"].choices = [(one.code, one.name) for one in areas]

    @staticmethod
    def initial_of(consent, proposal=None):
        """As it was left; with a proposal for one program where nothing was chosen yet."""
        offered = {one.code for one in offered_to(consent.person)}
        named = [one.organization for one in consent.recipients.select_related("organization")]
        items = consent.items
        if proposal and consent.purpose in TO_ORGANIZATIONS and not named and not consent.all_items:
            named = [proposal.unit] if proposal.unit.pk != consent.person.keeper_id else []
            items = proposal.common
        rule = consent.rule
        return {
            "recipients": [one.code for one in named if one.code in offered],
            "others": [one for one in named if one.code not in offered],
            "rule_kinds": sorted(rule.kinds) if rule else [],
            "rule_area": rule.area if rule else "",
            "items": items,
            "sensitive_items": consent.sensitive_items,
            "until": consent.valid_until,
            "version": consent.version,
        }

    def scope(self):
        """What the action takes."""
        said = self.cleaned_data
        named = [self.offered[code] for code in said.get("recipients", [])] + list(said.get("others") or [])
        rule = Rule(frozenset(said["rule_kinds"]), said["rule_area"]) if said.get("rule_kinds") else None
        return {
            "recipients": named,
            "rule": rule,
            "items": said.get("items", []),
            "sensitive_items": said.get("sensitive_items", []),
            "until": said["until"],
        }


def offered_to(person):
    """Units with clauses on data in force, and the bureaus of the person's area; never the keeper itself."""
    area = person.residence
    held = DataAgreement.objects.current().values("receiver")
    here = [area.code, *area.ancestor_codes]
    bureaus = Organization.objects.filter(kind__in=sorted(BUREAU_KINDS), area__code__in=here)
    units = Organization.objects.active().filter(pk__in=held)
    # The civil-affairs side sees its own people by law; it is a recipient only for units outside.
    units = units.exclude(kind__in=sorted(BUREAU_KINDS)) if person.is_official else units | bureaus.active()
    return list(units.exclude(pk=person.keeper_id).distinct().order_by("name")[:MOST_SUGGESTED])


class AnswerForm(StyledForm):
    """The answer yes: what was explained, who agreed, in which form, before whom."""

    explained = forms.MultipleChoiceField(
        label=_("逐项讲明，讲一项勾一项"),
        choices=Explained.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    language = forms.ChoiceField(label=_("讲解使用的语言"), choices=Consent.Language.choices)
    giver = forms.ChoiceField(label=_("由谁同意"), choices=Consent.Giver.choices, widget=forms.RadioSelect)
    giver_name = forms.CharField(
        label=_("同意的人的姓名"), max_length=60, required=False, help_text=_("不是本人同意的填写。")
    )
    relation = forms.ChoiceField(
        label=_("监护人是本人的"), choices=[("", _("不选")), *GuardianRelation.choices], required=False
    )
    giver_phone = forms.CharField(label=_("监护人或代理人的电话"), max_length=40, required=False)
    authority = forms.CharField(
        label=_("委托或监护的依据"), max_length=200, required=False,
        help_text=_("代理人填委托书日期或编号；成年人由监护人同意的，填法院判决等认定依据。"),
    )  # fmt: skip
    second_giver_name = forms.CharField(label=_("另一位监护人的姓名"), max_length=60, required=False)
    is_signed_by_minor = forms.BooleanField(label=_("未成年人本人也已同意并签字（满 14 周岁）"), required=False)
    alone_reason = forms.CharField(label=_("本人不能签字的原因"), max_length=200, required=False)
    form = forms.ChoiceField(label=_("同意的形式"), choices=Consent.Form.choices, widget=forms.RadioSelect)
    check = forms.CharField(
        label=_("签字纸上的校验码"), max_length=20, required=False,
        help_text=_("印在告知书右上角，用来确认签的是最新一稿。"),
    )  # fmt: skip
    file = forms.FileField(
        label=_("签好字的告知书"), required=False, max_length=200,
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.png"}), help_text=_("扫描件或照片，加密保存。"),
    )  # fmt: skip
    signature = forms.CharField(
        label=_("在屏幕上签名"), required=False, max_length=LONGEST_DRAWING,
        widget=forms.HiddenInput(attrs={"data-signature": ""}),
    )  # fmt: skip
    witness_name = forms.CharField(label=_("见证人姓名"), max_length=60, required=False)
    witness_post = forms.CharField(label=_("见证人身份"), max_length=60, required=False, help_text=_("如邻居。"))
    signed_on = DayField(label=_("答复日期"))
    version = VersionField(required=False)

    # heading, fields, what must be chosen for them to matter: (field, value)
    SECTIONS = [
        (_("一、讲明"), ("explained", "language"), None),
        (_("二、谁同意"), ("giver",), None),
        (_("监护人或代理人"), ("giver_name", "relation", "giver_phone", "authority", "second_giver_name"), "giver"),
        (_("未成年人"), ("is_signed_by_minor", "alone_reason"), None),
        (_("三、怎样同意"), ("form", "signed_on"), None),
        (_("书面签字"), ("check", "file"), "form=signed"),
        (_("口头同意"), ("witness_name", "witness_post"), "form=oral"),
    ]  # fmt: skip

    def __init__(self, *args, consent, **kwargs):
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["signed_on"].initial = today
        self.fields["signed_on"].widget.attrs.update(max=today.isoformat())
        if not consent.sensitive_items:
            self.fields["explained"].choices = [one for one in Explained.choices if one[0] != Explained.SENSITIVE]
        if consent.person.is_minor:
            self.fields["giver"].choices = [(Consent.Giver.GUARDIAN, Consent.Giver.GUARDIAN.label)]
            self.fields["giver"].initial = Consent.Giver.GUARDIAN
        else:
            del self.fields["is_signed_by_minor"], self.fields["alone_reason"]

    @property
    def sections(self):
        for heading, names, shown_for in self.SECTIONS:
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                yield heading, fields, shown_for

    def clean_file(self):
        return uploads.check(self.cleaned_data["file"], SCANS) if self.cleaned_data["file"] else None

    def clean_signature(self):
        """A drawing from the browser, as a data URL; it is looked at like every other file."""
        text = self.cleaned_data["signature"]
        if not text:
            return None
        head, _comma, data = text.partition(",")
        if head != "data:image/png;base64":
            raise forms.ValidationError(_("签名没有传完整，请重新签。"))
        try:
            content = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError) as error:
            raise forms.ValidationError(_("签名没有传完整，请重新签。")) from error
        upload = SimpleUploadedFile("签名.png", content)
        upload.file = BytesIO(content)
        return uploads.check(upload, ("png",))

    def kept_file(self):
        """The scan or the drawing, whichever the form of consent asks for."""
        wanted = {Consent.Form.SIGNED: "file", Consent.Form.SCREEN: "signature"}.get(self.cleaned_data["form"])
        return self.cleaned_data.get(wanted) if wanted else None


class DiscardForm(StyledForm):
    version = VersionField()


class RefusalForm(StyledForm):
    signed_on = DayField(label=_("答复日期"))
    reason = forms.CharField(
        label=_("本人说的原因"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("本人不必说明原因，不追问。"),
    )  # fmt: skip
    version = VersionField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["signed_on"].initial = timezone.localdate()

    def clean_signed_on(self):
        day = self.cleaned_data["signed_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("答复日期不能晚于今天。"))
        return day


class WithdrawalForm(StyledForm):
    """All of it, or only some recipients and items. Nothing ticked below means all of them."""

    extent = forms.ChoiceField(
        label=_("撤回多少"), widget=forms.RadioSelect,
        choices=[("whole", _("全部撤回")), ("part", _("只撤回下面勾选的"))],
    )  # fmt: skip
    recipients = forms.MultipleChoiceField(
        label=_("不再给这些单位"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("一个都不勾，表示对所有单位。"),
    )  # fmt: skip
    items = forms.MultipleChoiceField(
        label=_("不再提供这些内容"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("一项都不勾，表示全部内容。"),
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=_("途径"), choices=[one for one in ConsentWithdrawal.Channel.choices if one[0] != "online"]
    )
    reason = forms.CharField(label=_("说明"), max_length=500, required=False, help_text=_("本人不必说明理由。"))

    def __init__(self, *args, consent, is_online=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.units = {one.code: one for one in recipients_left(consent)}
        self.fields["recipients"].choices = [(code, one.name) for code, one in self.units.items()]
        self.fields["items"].choices = [
            (item.code, item.label) for item in in_order(consent.terms.items_left(timezone.localdate()))
        ]
        if not self.units:
            del self.fields["recipients"]
        if is_online:
            del self.fields["channel"], self.fields["reason"]

    def clean(self):
        said = super().clean()
        is_part, is_ticked = said.get("extent") == "part", bool(said.get("recipients") or said.get("items"))
        if is_part and not is_ticked:
            raise forms.ValidationError(_("请勾选要撤回的单位或内容；都要撤回的，选“全部撤回”。"))
        if not is_part and is_ticked:
            # Whoever ticks one thing and overlooks the choice above would lose everything.
            raise forms.ValidationError(
                _("下面勾了具体的单位或内容。只撤回这些，请选“只撤回下面勾选的”；全部撤回，请先把勾去掉。")
            )
        return said

    def parts(self):
        """What the action takes; nothing for the whole."""
        said = self.cleaned_data
        if said["extent"] == "whole":
            return {}
        return {
            "recipients": [self.units[code] for code in said.get("recipients", [])],
            "items": said.get("items", []),
        }


def recipients_left(consent):
    """The units that still may be shown something under it: named ones, and those a class has named."""
    left = consent.terms.recipients_left(timezone.localdate())
    return Organization.objects.filter(pk__in=left).order_by("name")


class LookUpForm(StyledForm):
    """What stands on the paper in the family's hand."""

    code = forms.CharField(label=_("编号"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    check = forms.CharField(label=_("校验码"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def paper_key(self):
        said = self.cleaned_data
        return "".join(part for text in (said["code"], said["check"]) for part in text.lower().split() if part)
