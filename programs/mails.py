"""The mails of this room, made when they are delivered: a link to what waits, and nothing about anybody."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from members.models import Organization
from members.outbox import Undeliverable
from programs.models import Offer


def send_stale_offers(code):
    """To those of the unit who can confirm; nobody, when it has been done meanwhile."""
    unit = Organization.objects.filter(code=code, is_suspended=False).first()
    if unit is None or not Offer.objects.stale().filter(organization=unit).exists():
        raise Undeliverable(_("已经没有需要确认的供给。"), is_final=True)
    people = [person for person in unit.staff.filter(is_active=True).exclude(email="") if _may_confirm(person)]
    if not people:
        raise Undeliverable(_("单位里没有能确认供给、并登记了邮箱的人员。"), is_final=True)
    link = settings.SITE_URL.rstrip("/") + reverse("programs:list_offers") + "?show=stale"
    for person in people:
        with translation.override(person.language):
            subject = render_to_string("emails/stale_offers_subject.txt").strip()
            send_mail(subject, render_to_string("emails/stale_offers.txt", {"link": link}), None, [person.email])


def _may_confirm(person):
    return "offer.edit" in person.permissions
