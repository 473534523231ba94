"""The mails of casework: only that there is something, and the link to it. Whoever has no address sees it on 今天."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from members.kinds import BUREAU_KINDS
from members.models import Organization, Staff
from members.models.staff import Role
from members.outbox import Undeliverable
from referrals import aid_returns
from referrals.guest_links import token_of
from referrals.kinds import OPEN_LEADS
from referrals.models import GuestAccess, Lead, Person, Referral, ReferralGrant, TellingDuty

HEARERS = (Role.TOWN_CASEWORKER, Role.BUREAU_OFFICER)
MOST = 40


def tell_finder(code):
    """What became of a lead stands behind the link."""
    lead = Lead.objects.select_related("filed_by").filter(code=code, decided_at__isnull=False).first()
    if lead and lead.filed_by.is_active:
        _send("lead_answered", [lead.filed_by], reverse("referrals:show_lead", args=[code]))


def tell_of_urgent(code):
    """The town and the county's bureau, as soon as it is there; nobody else."""
    lead = Lead.objects.select_related("area").filter(code=code, state__in=OPEN_LEADS).first()
    if lead:
        _send("lead_urgent", hearers_of(lead.area), reverse("referrals:show_lead", args=[code]))


def tell_of_referral(name, code, staff_code):
    """To one person: that it moved, or that it is late. What, stands behind the link."""
    staff = Staff.objects.active().filter(code=staff_code).first()
    if staff and Referral.objects.visible_to(staff).filter(code=code).exists():
        _send(name, [staff], reverse("referrals:show_referral", args=[code]))


def tell_of_share(name, code, staff_code):
    """To somebody it was given to, while it counts."""
    staff = Staff.objects.active().filter(code=staff_code).first()
    if staff and ReferralGrant.objects.held_by(staff).filter(share__code=code).exists():
        _send(name, [staff], reverse("referrals:show_share", args=[code]))


def send_guest_link(code):
    """To a post that has no account: that something waits, and where; the code comes by telephone."""
    access = GuestAccess.objects.filter(code=code).first()
    if access and access.is_open:
        link = settings.SITE_URL.rstrip("/") + reverse("referrals:enter_as_guest", args=[token_of(access)])
        with translation.override(settings.LANGUAGE_CODE):
            subject = render_to_string("emails/referral_guest_subject.txt").strip()
            send_mail(subject, render_to_string("emails/referral_guest.txt", {"link": link}), None, [access.email])


def hearers_of(area):
    """Those who work on leads where this one lies: of its town first of all, and of its county."""
    places = [code for code in (area.code, area.town, area.county) if code]
    staff = Staff.objects.none()
    for role in HEARERS:
        staff |= Staff.objects.active().holding(role)
    near = staff.filter(organization__kind__in=BUREAU_KINDS, organization__area__code__in=places)
    return near.exclude(email="").distinct().order_by("pk")[:MOST]


def tell_of_stale_people(code):
    """Those of the unit who can verify a record; nobody, when it has been done meanwhile."""
    if not Person.objects.filter(keeper__code=code, merged_into=None).not_verified().exists():
        raise Undeliverable(_("已经没有需要核实的资料。"), is_final=True)
    people = _able(code, "person.edit", _("单位里没有能核实资料、并登记了邮箱的人员。"))
    _send("stale_people", people, reverse("referrals:list_people") + "?state=stale")


def tell_of_return(code):
    """Those of the unit who hand in its monthly return; nobody, when that has been done meanwhile."""
    unit = Organization.objects.filter(code=code).first()
    if unit is None or aid_returns.months_until()[0] not in aid_returns.missing_of(unit):
        raise Undeliverable(_("上个月的帮扶已经报送。"), is_final=True)
    people = _able(code, "aid.return", _("单位里没有能报送、并登记了邮箱的人员。"))
    _send("aid_return", people, reverse("referrals:list_aid_returns"))


def tell_of_duties(code):
    """Those of the unit who may tell civil affairs; nobody, when every family was told of meanwhile."""
    if not TellingDuty.objects.waiting().filter(organization__code=code).exists():
        raise Undeliverable(_("已经没有应当告知的家庭。"), is_final=True)
    people = _able(code, "disclosure.provide", _("单位里没有能告知民政、并登记了邮箱的人员。"))
    _send("telling_duty", people, reverse("referrals:list_tellings"))


def _able(code, permission, why_nobody):
    """People of a unit with an address who may do it."""
    staff = Staff.objects.active().filter(organization__code=code).exclude(email="").order_by("pk")
    people = [person for person in staff if permission in person.permissions][:MOST]
    if not people:
        raise Undeliverable(why_nobody, is_final=True)
    return people


def _send(name, people, path):
    link = settings.SITE_URL.rstrip("/") + path
    for person in people:
        if person.email:
            with translation.override(person.language):
                subject = render_to_string(f"emails/{name}_subject.txt").strip()
                send_mail(subject, render_to_string(f"emails/{name}.txt", {"link": link}), None, [person.email])
