"""The mails this app sends, made when they are delivered: the outbox holds codes, never an address or a link."""

from datetime import timedelta

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from members.invitation_links import token_of
from members.models import Invitation, Staff
from members.outbox import Undeliverable
from members.passwords import reset_tokens

# An address that somebody else entered gets no reset link for so long: time for its owner to notice.
TRUSTED_AFTER = timedelta(days=7)


def send_password_reset(code):
    staff = Staff.objects.filter(code=code, is_active=True).exclude(email="").first()
    if staff is None:
        raise Undeliverable(_("账号已停用或没有登记邮箱。"), is_final=True)
    if staff.email_set_by_other_at and timezone.now() - staff.email_set_by_other_at < TRUSTED_AFTER:
        raise Undeliverable(_("邮箱由他人修改不满 7 天，不向它发重设链接。"), is_final=True)
    arguments = {"uidb36": user_pk_to_url_str(staff), "key": reset_tokens.make_token(staff)}
    with translation.override(staff.language):
        _send("password_reset", staff.email, reverse("account_reset_password_from_key", kwargs=arguments))


def send_invitation(code, number):
    """Only the newest link of an open invitation goes out."""
    invitation = Invitation.objects.open().filter(code=code, round=number).exclude(email="").first()
    token = invitation and token_of(invitation)
    if not token:
        raise Undeliverable(_("邀请已被使用、撤回或重新发出。"), is_final=True)
    _send("invitation", invitation.email, reverse("members:accept_invitation", args=[token]))


def _send(name, address, path):
    """Only a link goes out by mail; who and what it is about, the page behind it tells."""
    link = settings.SITE_URL.rstrip("/") + path
    subject = render_to_string(f"emails/{name}_subject.txt").strip()
    send_mail(subject, render_to_string(f"emails/{name}.txt", {"link": link}), None, [address])
