"""How allauth and axes do things our way: adapters, lock-out, and what a sign-in leaves behind."""

import time
from datetime import timedelta

from allauth.account import app_settings as account_settings
from allauth.account import signals as account_signals
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa import signals as mfa_signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from axes import signals as axes_signals
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import signals as django_signals
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import audit, outbox
from members.actions import second_factors
from members.actions.passwords import set_password
from members.actions.sessions import end_sessions, keep_newest_sessions
from members.forms.sign_in import LoginForm
from members.models import SecurityPolicy, Staff
from portal.lib import encryption

SAID = {
    "account/messages/password_changed.txt": _("口令已更换，其他各处的登录已全部退出。"),
    "usersessions/messages/sessions_logged_out.txt": _("其他各处的登录已退出。"),
    "mfa/messages/totp_activated.txt": _("验证器应用已启用，下次登录时要输入其中的数字。"),
    "mfa/messages/totp_deactivated.txt": _("验证器应用已停用。"),
    "mfa/messages/webauthn_added.txt": _("安全密钥已登记。"),
    "mfa/messages/webauthn_removed.txt": _("安全密钥已移除。"),
    "mfa/messages/recovery_codes_generated.txt": _("已生成一组恢复码，请保存好。"),
}
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("登录名或口令不正确。"),
        "too_many_login_attempts": _("尝试过于频繁，请一分钟后再试。"),
        "incorrect_password": _("口令不正确。"),
        "enter_current_password": _("当前口令不正确。"),
        "password_mismatch": _("两次输入的口令不一致。"),
        "invalid_password_reset": _("链接已失效。"),
    }

    def is_open_for_signup(self, request):
        """Accounts are made by invitation only (members.actions.invitations)."""
        return False

    def authenticate(self, request, **credentials):
        """Somebody suspended hears what everybody with a wrong password hears."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def respond_user_inactive(self, request, user):
        clear_login(request)
        messages.error(request, self.error_messages["username_password_mismatch"])
        return HttpResponseRedirect(reverse("account_login"))

    def set_password(self, user, password):
        """Change, reset and first setting all pass here; only the owner comes this way."""
        set_password(user, user, password)

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=365 * 86400, samesite="Lax")
        return response

    def send_password_reset_mail(self, user, email, context):
        """Left in the outbox: an address that nobody has is answered as fast as one that somebody has."""
        with transaction.atomic():
            outbox.put("mail.password_reset", {"staff": user.code})

    def is_reauthentication_required(self, *, app, **kwargs):
        """Who signed in a moment ago has just shown who they are."""
        clocks = context.request.session.get("clocks")
        return not clocks or time.time() - clocks["began"] > account_settings.REAUTHENTICATION_TIMEOUT

    def get_password_change_redirect_url(self, request):
        return reverse("home")

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        """Its greetings say nothing that the page does not say; what matters is said in our words."""
        text = message or SAID.get(message_template)
        if text:
            messages.add_message(request, level, text, extra_tags=extra_tags)


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("验证码不正确，请输入应用中正显示的 6 位数字。"),
        "cannot_delete_authenticator": _("您的角色必须使用第二重验证；先添加另一种，再停用这一种。"),
    }

    def get_totp_label(self, user):
        return user.username

    def get_totp_issuer(self):
        return str(settings.PRODUCT_NAME)

    def get_public_key_credential_rp_entity(self):
        return {**super().get_public_key_credential_rp_entity(), "name": str(settings.PRODUCT_NAME)}

    def encrypt(self, text):
        """Whoever copies the database must not be able to reckon the codes."""
        return encryption.encrypt_text(text, *second_factors.PLACE)

    def decrypt(self, encrypted_text):
        return encryption.decrypt_text(encrypted_text, *second_factors.PLACE)

    def can_delete_authenticator(self, authenticator):
        """Who needs a second factor keeps one."""
        if not authenticator.user.needs_second_factor:
            return True
        others = Authenticator.objects.filter(user=authenticator.user, type__in=SECOND_FACTORS)
        return others.exclude(pk=authenticator.pk).exists()


class SocialAdapter(DefaultSocialAccountAdapter):
    """Government single sign-on: opens an account that is there, under the same login name, and never makes one."""

    def pre_social_login(self, request, sociallogin):
        claim = settings.OIDC_CLAIM
        given = _claims(sociallogin.account.extra_data).get(claim) or ""
        staff = Staff.objects.filter(username__iexact=str(given), is_active=True).first() if given else None
        if sociallogin.is_existing:
            staff = sociallogin.user if sociallogin.user.is_active else None
        if staff is None:
            audit.record(None, "sign_in.fail", outcome="refused", reason="oidc: no such active account")
            messages.error(request, _("统一认证的账号没有对应的在用账号，请联系本单位管理员。"))
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
        if not sociallogin.is_existing:
            sociallogin.connect(request, staff)

    def is_open_for_signup(self, request, sociallogin):
        return False


def _claims(data):
    return data.get("userinfo") or data.get("id_token") or data


# -- Lock-out (axes) --------------------------------------------------------------------------------------------------
def typed_username(request, credentials):
    """By login name only: an office behind one address does not lock itself out. In any case of letters."""
    name = (credentials or {}).get("username") or request.POST.get("login") or ""
    return name.strip().lower()[:255]


def failure_limit(request, credentials):
    return SecurityPolicy.current().failures


def cool_off(request):
    return timedelta(minutes=SecurityPolicy.current().lock_minutes)


def locked_out(request, response=None, credentials=None):
    """The sign-in page again, saying until when. The same for a name that nobody has."""
    until = lock_ends_at(typed_username(request, credentials))
    form = LoginForm(request=request)
    context = {"form": form, "locked_until": until, "policy": SecurityPolicy.current()}
    return render(request, "account/login.html", context, status=429)


def lock_ends_at(username):
    """When this login name may try again, or None if it may now."""
    policy = SecurityPolicy.current()
    window = timedelta(minutes=policy.lock_minutes)
    attempts = AccessAttempt.objects.filter(username=username.lower(), attempt_time__gte=timezone.now() - window)
    found = list(attempts.values_list("failures_since_start", "attempt_time"))
    if sum(failures for failures, _at in found) < policy.failures:
        return None
    return max(at for _failures, at in found) + window


# -- What a sign-in leaves behind -------------------------------------------------------------------------------------
def listen():
    """Called once, when the app is ready."""
    django_signals.user_logged_in.connect(stamp_session)
    django_signals.user_logged_out.connect(note_sign_out)
    django_signals.user_login_failed.connect(note_failure)
    account_signals.user_logged_in.connect(note_sign_in)
    account_signals.password_changed.connect(note_password_change)
    axes_signals.user_locked_out.connect(note_lock)
    mfa_signals.authenticator_added.connect(note_factor_added)
    mfa_signals.authenticator_removed.connect(note_factor_removed)
    mfa_signals.authenticator_reset.connect(note_codes_renewed)
    mfa_signals.authentication_failed.connect(note_code_refused)


def stamp_session(sender, request, user, **kwargs):
    """The clocks of this session, taken from the policy once, so that no request has to read it again."""
    policy = SecurityPolicy.current()
    now = int(time.time())
    request.session["clocks"] = {
        "began": now,
        "used": now,
        "idle": policy.idle_minutes * 60,
        "whole": policy.session_hours * 3600,
    }
    if policy.is_too_old(user.password_changed_at):
        request.session["password_is_old"] = True


def note_sign_in(sender, request, user, **kwargs):
    audit.record(user, "sign_in.enter", user, organization=user.organization)
    limit = SecurityPolicy.current().session_limit
    if limit:
        keep_newest_sessions(user, limit, request.session.session_key)


def note_password_change(sender, request, user, **kwargs):
    request.session.pop("password_is_old", None)


def note_sign_out(sender, request, user, **kwargs):
    if user is not None:
        audit.record(user, "sign_in.leave", user, organization=user.organization)


def note_failure(sender, credentials, request=None, **kwargs):
    """What was typed is not kept: people type their password into the wrong field."""
    staff = Staff.objects.filter(username__iexact=(credentials or {}).get("username") or "").first()
    audit.record(None, "sign_in.fail", staff, organization=staff and staff.organization, outcome="refused")


def note_lock(sender, request, username, **kwargs):
    staff = Staff.objects.filter(username__iexact=username or "").first()
    audit.record(None, "sign_in.lock", staff, organization=staff and staff.organization, outcome="refused")


def note_factor_added(sender, request, user, authenticator, **kwargs):
    """Whoever else came in with the password alone has not shown this one, and goes."""
    end_sessions(user, user, reason="second factor added", keep=request.session.session_key)
    audit.record(user, "second_factor.add", user, organization=user.organization, reason=authenticator.type)


def note_factor_removed(sender, request, user, authenticator, **kwargs):
    request.session.pop("has_second_factor", None)
    audit.record(user, "second_factor.remove", user, organization=user.organization, reason=authenticator.type)


def note_codes_renewed(sender, request, user, **kwargs):
    audit.record(user, "second_factor.renew", user, organization=user.organization)


def note_code_refused(sender, request, user, **kwargs):
    audit.record(user, "second_factor.fail", user, organization=user.organization, outcome="refused")
