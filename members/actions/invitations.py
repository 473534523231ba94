"""Invitations: a link by which one new colleague makes an account, once."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, outbox
from members.access import Refusal, may
from members.actions.passwords import set_password
from members.actions.roles import grant, refuse_unfit, roles_on_offer
from members.invitation_links import digest, seal
from members.models import Invitation, Staff

VALID_FOR = timedelta(days=7)
# More open links than a unit will ever need at once.
OPEN_AT_MOST = 200


@transaction.atomic
def invite_staff(actor, organization, *, label, roles=(), post="", email=""):
    """Returns the invitation and the token of its link, which is nowhere else to be had."""
    if not may(actor, "staff.invite", organization):
        raise PermissionDenied
    _refuse_roles(actor, organization, roles)
    if organization.is_suspended:
        raise Refusal(_("%(unit)s 已暂停，恢复后才能邀请人员。") % {"unit": organization})
    if Invitation.objects.open().filter(organization=organization).count() >= OPEN_AT_MOST:
        raise Refusal(_("未使用的邀请太多，请先撤回不再需要的。"))
    invitation = Invitation(
        organization=organization, label=label, roles=list(roles), post=post, email=email, invited_by=actor
    )
    invitation.expires_at = timezone.now() + VALID_FOR
    token = seal(invitation)
    invitation.save()
    changes = {"roles": ["", ",".join(roles)]}
    audit.record(actor, "staff.invite", invitation, organization=organization, changes=changes)
    _mail(invitation)
    return invitation, token


@transaction.atomic
def renew_invitation(actor, invitation):
    """A new link for another seven days; the old one is dead. Whoever holds it from now on stands for its roles."""
    invitation = _changeable(actor, invitation)
    _refuse_roles(actor, invitation.organization, invitation.roles)
    invitation.invited_by = actor
    invitation.round += 1
    invitation.expires_at = timezone.now() + VALID_FOR
    token = seal(invitation)
    invitation.save(update_fields=["invited_by", "round", "expires_at", "token_hash"])
    audit.record(actor, "invitation.renew", invitation, organization=invitation.organization)
    _mail(invitation)
    return invitation, token


@transaction.atomic
def revoke_invitation(actor, invitation):
    invitation = _changeable(actor, invitation)
    invitation.revoked_by, invitation.revoked_at = actor, timezone.now()
    invitation.save(update_fields=["revoked_by", "revoked_at"])
    audit.record(actor, "invitation.revoke", invitation, organization=invitation.organization)


@transaction.atomic
def accept_invitation(token, *, username, name, password, phone=""):
    """The new colleague's own deed: an account in the inviting unit, with the roles that were offered."""
    invitation = find_invitation(token, for_update=True)
    if invitation is None:
        raise Refusal(_("邀请已失效，请联系本单位管理员重新发出。"))
    staff = Staff(
        username=username,
        name=name,
        organization=invitation.organization,
        post=invitation.post,
        email=invitation.email,
        phone=phone,
    )
    try:
        with transaction.atomic():
            staff.set_unusable_password()
            staff.save()
    except IntegrityError:
        raise Refusal(_("这个登录名已有人使用，请换一个。"), field="username") from None
    set_password(staff, staff, password)
    invitation.accepted_at, invitation.accepted_by = timezone.now(), staff
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record(staff, "invitation.accept", invitation, organization=invitation.organization)
    for role in _still_offered(invitation):
        grant(invitation.invited_by, staff, role)
    return Staff.objects.get(pk=staff.pk)


def _still_offered(invitation):
    """The inviter's rights may have changed since, and so may the kind of unit."""
    actor, organization = invitation.invited_by, invitation.organization
    if not may(actor, "role.propose", organization):
        return []
    return [role for role in invitation.roles if role in roles_on_offer(actor, organization)]


def find_invitation(token, *, for_update=False):
    """The invitation this link opens, or None: wrong, used, expired, withdrawn, no longer backed by inviter or unit."""
    invitations = Invitation.objects.open().select_related("organization__area", "invited_by__organization__area")
    if for_update:
        invitations = invitations.select_for_update(of=("self",))
    invitation = invitations.filter(token_hash=digest(token)).first()
    if invitation is None or invitation.is_expired:
        return None
    inviter, organization = invitation.invited_by, invitation.organization
    is_backed = inviter.is_active and may(inviter, "staff.invite", organization) and not organization.is_suspended
    return invitation if is_backed else None


def _refuse_roles(actor, organization, roles):
    if roles and not may(actor, "role.propose", organization):
        raise PermissionDenied
    refuse_unfit(actor, organization, roles)


def _changeable(actor, invitation):
    if not may(actor, "staff.invite", invitation.organization):
        raise PermissionDenied
    found = Invitation.objects.open().select_for_update(of=("self",)).select_related("organization")
    invitation = found.filter(pk=invitation.pk).first()
    if invitation is None:
        raise Refusal(_("这份邀请已被使用或撤回。"))
    return invitation


def _mail(invitation):
    if invitation.email:
        payload = {"invitation": invitation.code, "round": invitation.round}
        outbox.put("mail.invitation", payload, dedup_key=f"invitation:{invitation.code}:{invitation.round}")
