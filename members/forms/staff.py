from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.access import within_reach
from members.actions.roles import roles_on_offer
from members.actions.staff import colleagues_of
from members.models import Deputy, Invitation, Organization, Staff
from members.models.staff import Role
from members.passwords import PolicyValidator
from portal.lib.forms import StyledForm, StyledModelForm, VersionField


class StaffFilter(StyledForm):
    """No name here: names do not belong into URLs; the search box finds people."""

    role = forms.ChoiceField(required=False, label=_("角色"))
    state = forms.ChoiceField(
        required=False,
        label=_("状态"),
        choices=[("", _("在用")), ("suspended", _("已停用")), ("left", _("已离岗")), ("all", _("全部"))],
    )
    unit = forms.ModelChoiceField(
        Organization.objects.none(), required=False, to_field_name="code", label=_("单位"), empty_label=_("全部单位")
    )

    def __init__(self, data, *, actor):
        super().__init__(data)
        self.fields["role"].choices = [("", _("全部角色")), *Role.choices]
        self.fields["unit"].queryset = within_reach(actor, "staff.view").order_by("name")
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def narrow(self, queryset):
        asked = self.cleaned_data if self.is_valid() else {}
        state = asked.get("state", "")
        if state == "":
            queryset = queryset.filter(is_active=True)
        elif state != "all":
            queryset = queryset.filter(is_active=False, left_at__isnull=state == "suspended")
        if asked.get("role"):
            queryset = queryset.holding(asked["role"])
        if asked.get("unit"):
            queryset = queryset.filter(organization=asked["unit"])
        return queryset


class StaffForm(StyledModelForm):
    version = VersionField()

    class Meta:
        model = Staff
        fields = ("name", "post", "email", "phone")
        help_texts = {"email": _("替别人改的邮箱，7 天内不能用来重设口令。")}


class OwnDetailsForm(StyledModelForm):
    version = VersionField()

    class Meta:
        model = Staff
        fields = ("post", "email", "phone")
        help_texts = {"email": _("忘记口令时，重设链接发到这里。"), "phone": _("请填办公电话，不要填私人号码。")}


class ReasonForm(StyledForm):
    reason = forms.CharField(label=_("原因"), max_length=200)


class HandoverForm(StyledForm):
    """What was being worked on goes to a colleague, or back to the unit's queue."""

    successor = forms.ModelChoiceField(
        Staff.objects.none(),
        required=False,
        to_field_name="code",
        label=_("手头的工作交给"),
    )
    reason = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["successor"].empty_label = _("放回单位待办，由同事领取")
        self.fields["successor"].queryset = colleagues_of(staff)


class RoleForm(StyledForm):
    role = forms.ChoiceField(label=_("角色"))

    def __init__(self, *args, actor, staff, **kwargs):
        super().__init__(*args, **kwargs)
        held = set(staff.role_assignments.open().values_list("role", flat=True))
        offered = [role for role in roles_on_offer(actor, staff.organization) if role not in held]
        self.fields["role"].choices = [("", _("请选择")), *((role, Role(role).label) for role in offered)]


class DeputyForm(StyledModelForm):
    class Meta:
        model = Deputy
        fields = ("deputy", "since", "until", "reason")
        widgets = {name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("since", "until")}

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deputy"] = forms.ModelChoiceField(
            colleagues_of(staff),
            to_field_name="code",
            label=_("代理人"),
            empty_label=_("请选择"),
            widget=self.fields["deputy"].widget,
        )

    def _post_clean(self):
        """The action makes the row and checks it."""


class InviteForm(StyledModelForm):
    roles = forms.MultipleChoiceField(
        required=False,
        label=_("角色"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("审批、付款和管理类角色在对方开通账号后，还要由安全管理员确认。"),
    )

    class Meta:
        model = Invitation
        fields = ("organization", "label", "post", "roles", "email")
        help_texts = {"email": _("选填。填了就把链接发到这里；不填，请把链接当面或用政务内网交给对方。")}

    def __init__(self, *args, actor, organization=None, **kwargs):
        super().__init__(*args, **kwargs)
        units = within_reach(actor, "staff.invite")
        if units.count() == 1:
            del self.fields["organization"]
        else:
            choice = forms.ModelChoiceField(
                units.order_by("name"), to_field_name="code", label=_("加入单位"), empty_label=_("请选择")
            )
            choice.widget.attrs = self.fields["organization"].widget.attrs
            self.fields["organization"] = choice
        offered = (
            roles_on_offer(actor, organization or actor.organization) if "role.propose" in actor.permissions else []
        )
        self.fields["roles"].choices = [(role, Role(role).label) for role in offered]
        if not offered:
            del self.fields["roles"]

    def _post_clean(self):
        """The action makes the row and checks it."""


class AcceptForm(StyledForm):
    name = forms.CharField(label=_("姓名"), max_length=40)
    username = forms.CharField(
        label=_("登录名"),
        max_length=40,
        validators=[UnicodeUsernameValidator()],
        help_text=_("字母、数字和 . _ - @ +，以后用它登录。"),
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    phone = forms.CharField(
        label=_("办公电话"), max_length=30, required=False, help_text=_("请填办公电话，不要填私人号码。")
    )
    password = forms.CharField(
        label=_("口令"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=_("再输一次口令"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args, invitation, **kwargs):
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.fields["password"].help_text = PolicyValidator().get_help_text()

    def clean_username(self):
        username = self.cleaned_data["username"].strip()
        if Staff.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("这个登录名已有人使用，请换一个。"))
        return username

    def clean(self):
        given = super().clean()
        if {"password", "again"} <= given.keys() and given["password"] != given["again"]:
            self.add_error("again", _("两次输入的口令不一致。"))
        if {"password", "username", "name"} <= given.keys():
            person = Staff(username=given["username"], name=given["name"], organization=self.invitation.organization)
            try:
                validate_password(given["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return given
