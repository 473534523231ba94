"""A link for a post of the receiver; and what somebody fills in who came by it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import LinesField, StyledForm, VersionField
from referrals.guest_links import DIGITS
from referrals.workflow import MOVES, reason_choices


class GuestForm(StyledForm):
    post = forms.ModelChoiceField(
        label=_("接收单位的联系岗位"), queryset=None, to_field_name="code", empty_label=_("请选择"),
        help_text=_("单位名录里登记的岗位；没有的，请先在单位名录登记。"),
    )  # fmt: skip
    email = forms.EmailField(
        label=_("该岗位的工作邮箱"), max_length=120, help_text=_("邮件里只有链接，没有任何个人信息。")
    )

    def __init__(self, *args, unit, **options):
        super().__init__(*args, **options)
        self.fields["post"].queryset = unit.contact_posts.filter(ended_at=None)


class CodeForm(StyledForm):
    code = forms.CharField(
        label=_("验证码"), max_length=20, help_text=_("转出单位在电话里告诉您的 8 位数字，用一次就失效。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip

    def clean_code(self):
        return "".join(letter for letter in self.cleaned_data["code"] if letter.isdigit())[:DIGITS]


class _ByGuest(StyledForm):
    name = forms.CharField(label=_("办理人姓名和岗位"), max_length=60)
    version = VersionField()


class SignForm(_ByGuest):
    is_unrelated = forms.BooleanField(label=_("我与当事人没有亲属或利害关系"))


class AskForm(_ByGuest):
    questions = LinesField(label=_("要对方答复的问题"), entry_max_length=300, help_text=_("每行一个问题。"))


class RejectForm(_ByGuest):
    reason = forms.ChoiceField(label=_("原因"))
    note = forms.CharField(label=_("说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        offered = [(group, pairs) for group, pairs in reason_choices(MOVES["reject"])
                   if not pairs[0][0].startswith("incomplete.")]  # fmt: skip
        self.fields["reason"].choices = [("", _("请选择")), *offered]


FORMS = {"sign": SignForm, "return": AskForm, "reject": RejectForm}
