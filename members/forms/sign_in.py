"""allauth's forms in our words and our look. Named in settings."""

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.models import Staff
from members.passwords import PolicyValidator, reset_tokens
from portal.lib.forms import style

MAX_PASSWORD = 128


class Styled:
    """Our classes, our labels, no placeholders (they vanish when one types), no reset link inside the help text."""

    labels = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if "password" in name:
                field.help_text = ""
                field.widget.attrs["maxlength"] = MAX_PASSWORD
            style(field)
        if "password1" in self.fields:
            self.fields["password1"].help_text = PolicyValidator().get_help_text()


class TwicePassword(Styled):
    """Where a new password is typed twice: allauth's own sentence calls it by another word than ours."""

    def add_error(self, field, error):
        first, again = (self.cleaned_data.get(name) for name in ("password1", "password2"))
        if field == "password2" and first and again and first != again:
            error = _("两次输入的口令不一致。")
        super().add_error(field, error)


class LoginForm(Styled, account.LoginForm):
    labels = {"login": _("登录名"), "password": _("口令")}


class ChangePasswordForm(TwicePassword, account.ChangePasswordForm):
    labels = {"oldpassword": _("当前口令"), "password1": _("新口令"), "password2": _("再输一次新口令")}


class ResetPasswordForm(Styled, account.ResetPasswordForm):
    labels = {"email": _("工作邮箱")}

    def clean_email(self):
        """Only the address that the unit keeps for the person counts; addresses nobody checked do not."""
        email = self.cleaned_data["email"]
        self.users = list(Staff.objects.filter(email__iexact=email, is_active=True).select_related("organization")[:5])
        return email

    def save(self, request, **kwargs):
        return super().save(request, **{**kwargs, "token_generator": reset_tokens})


class ResetPasswordKeyForm(TwicePassword, account.ResetPasswordKeyForm):
    labels = {"password1": _("新口令"), "password2": _("再输一次新口令")}


class UserTokenForm(account.UserTokenForm):
    token_generator = reset_tokens


class ReauthenticateForm(Styled, account.ReauthenticateForm):
    labels = {"password": _("口令")}


class CountsCodes:
    """Wrong codes count as wrong passwords do, by name: six digits fall quickly to who may try at leisure."""

    def clean_code(self):
        request, credentials = context.request, {"username": self.user.get_username()}
        if not AxesProxyHandler.is_allowed(request, credentials):
            request.axes_locked_out, request.axes_credentials = True, credentials
            raise ValidationError(_("这个登录名已暂停登录"))
        try:
            return super().clean_code()
        except ValidationError:
            AxesProxyHandler.user_login_failed(type(self), credentials, request)
            raise


class AuthenticateForm(CountsCodes, Styled, second_factor.AuthenticateForm):
    labels = {"code": _("验证码或恢复码")}


class ReauthenticateCodeForm(CountsCodes, Styled, second_factor.ReauthenticateForm):
    labels = {"code": _("验证码或恢复码")}


class ActivateTOTPForm(Styled, totp.ActivateTOTPForm):
    labels = {"code": _("应用中显示的验证码")}


class KeyField(forms.JSONField):
    """Endless digits and endless brackets are no JSON either; Django's field would fall over them."""

    def to_python(self, value):
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def bound_data(self, data, initial):
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return None


class ReadsKey:
    """What a browser sends in a key's name may be anything; the library below takes its shape for granted."""

    def clean(self):
        try:
            return super().clean()
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ValidationError(_("没有读懂安全密钥的回答，请再试一次。")) from None


class ChecksKey:
    def clean_credential(self):
        try:
            return super().clean_credential()
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ValidationError(_("没有读懂安全密钥的回答，请再试一次。")) from None


class AuthenticateWebAuthnForm(ChecksKey, webauthn.AuthenticateWebAuthnForm):
    credential = KeyField(widget=forms.HiddenInput)


class ReauthenticateWebAuthnForm(ChecksKey, webauthn.ReauthenticateWebAuthnForm):
    credential = KeyField(widget=forms.HiddenInput)


class AddWebAuthnForm(ReadsKey, Styled, webauthn.AddWebAuthnForm):
    credential = KeyField(widget=forms.HiddenInput)
    labels = {"name": _("名称")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A key beside the password, not instead of it.
        self.fields.pop("passwordless", None)
        self.fields["name"].max_length = 40


class EditWebAuthnForm(Styled, webauthn.EditWebAuthnForm):
    labels = {"name": _("名称")}
