"""The board of needs and offers as one person may see it, and what on it waits for them."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from referrals.board_kinds import ClaimState, PostingState
from referrals.models import Claim, Posting, Referral


def visible_postings(staff):
    """What is up for everybody; what one's unit put up, for civil affairs also its towns; what one's unit claimed."""
    if "posting.view" not in staff.permissions:
        return Posting.objects.none()
    claimed = Claim.objects.filter(posting=OuterRef("pk"), organization=staff.organization_id)
    is_up = Q(pk__in=Posting.objects.current().values("pk"))
    return Posting.objects.filter(is_up | Q(Exists(claimed)) | own(staff))


def own(staff):
    """Put up by one's unit, or by those below it whose people one works on."""
    mine = Q(organization=staff.organization_id)
    if staff.permissions.get("posting.edit") not in (None, "own"):
        area = staff.organization.area
        mine |= Q(**{area.level: area.code}, organization__kind__in=("town_street", "civil_affairs"))
    return mine


def _claimed(staff):
    return Posting.objects.filter(claims__organization=staff.organization_id).distinct()


def _waiting(staff):
    asked = Claim.objects.filter(posting=OuterRef("pk"), state=ClaimState.WAITING)
    return Posting.objects.filter(own(staff), Exists(asked), state=PostingState.OPEN)


SHOWS = {
    "": lambda staff: Posting.objects.current(),
    "waiting": _waiting,
    "mine": lambda staff: Posting.objects.filter(own(staff)),
    "claimed": _claimed,
}
TABS = {
    "": (_("待认领"), "posting.view"),
    "waiting": (_("等我答复"), "posting.edit"),
    "mine": (_("我们挂出的"), "posting.edit"),
    "claimed": (_("我们认领的"), "posting.claim"),
}


def tabs_for(staff, here):
    return [
        {
            "show": show,
            "label": label,
            "is_here": show == here,
            "count": count_waiting(staff) if show == "waiting" else 0,
        }
        for show, (label, permission) in TABS.items()
        if permission in staff.permissions
    ]


def count_waiting(staff):
    """Claims of others that nobody has answered."""
    return _waiting(staff).count() if "posting.edit" in staff.permissions else 0


def may_claim(staff, posting):
    """Another unit, as long as it is up and this unit does not wait already."""
    if "posting.claim" not in staff.permissions or posting.organization_id == staff.organization_id:
        return False
    is_up = posting.state == PostingState.OPEN and not posting.is_over
    waits = posting.claims.filter(organization=staff.organization_id, state=ClaimState.WAITING)
    return is_up and not waits.exists()


def referrals_of(staff, posting):
    """What came of it: referrals over this need to those whose claim was taken up."""
    units = posting.claims.filter(state=ClaimState.TAKEN_UP).values("organization")
    rows = Referral.objects.visible_to(staff).filter(needs=posting.need_id, receiver__in=units)
    return rows.select_related("receiver").order_by("-pk")[:5]
