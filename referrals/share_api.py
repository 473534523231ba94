"""Cases shared with one more party, for other systems of the two sides: the list, giving one, taking it back. What is
shared is read by the person it was given to, on the screen: a token has no grants. Mounted under /api/v1/."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members import audit
from members.access import Refusal
from members.rest import counts_once
from portal.lib import api
from referrals import minors, shares
from referrals.actions import shares as actions
from referrals.items import ITEMS
from referrals.kinds import ShareTask
from referrals.models import Referral, ReferralShare
from referrals.rest import CODE_LENGTH, CaseResource, Unit, made, several, version_field, words
from referrals.views.referrals import find_referral

ITEM_CHOICES = [(item.code, item.label) for item in ITEMS.values()]


class ShareRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("编号，用在地址里。"))
    version = serializers.IntegerField(help_text=_("版本；收回时须说明所见的是哪一版。"))
    party = Unit(help_text=_("共享给哪个单位。"))
    people = serializers.SerializerMethodField(help_text=_("给谁看：姓名。"))
    task = serializers.ChoiceField(ShareTask.choices, help_text=_("请对方做什么。"))
    items = several(ITEM_CHOICES, _("提供哪些内容。"))
    expires_on = serializers.DateField(help_text=_("到哪一天。"))
    is_over = serializers.BooleanField(help_text=_("已经结束。"))
    ended = serializers.ChoiceField(
        ReferralShare.Ended.choices, allow_blank=True, help_text=_("怎样结束；没有结束的为空。")
    )
    ended_at = serializers.DateTimeField(allow_null=True, help_text=_("什么时候结束；没有结束的为 null。"))
    end_reason = serializers.CharField(help_text=_("收回的原因；没有收回的为空。"))
    organization = Unit(help_text=_("共享的单位。"))
    given_at = serializers.DateTimeField(help_text=_("什么时候共享。"))

    def get_people(self, share) -> list[str]:
        return [str(grant.user) for grant in share.grants.all()]


class NewShare(api.StrictSerializer):
    party = serializers.CharField(max_length=CODE_LENGTH, help_text=_("单位的编号；本人同意提供的单位。"))
    people = serializers.ListField(
        child=serializers.CharField(max_length=CODE_LENGTH), min_length=1, max_length=shares.MOST_HOLDERS,
        help_text=_("给谁看：对方单位人员的编号。"),
    )  # fmt: skip
    task = serializers.ChoiceField(ShareTask.choices, help_text=_("请对方做什么。"))
    items = several(ITEM_CHOICES, _("提供哪些内容。"), required=True)
    reasons = serializers.DictField(
        child=words(200, ""), required=False, help_text=_("超出办这件事最少要的每一项，为什么要。")
    )
    expires_on = serializers.DateField(help_text=_("到哪一天；不晚于本人同意的有效期。"))
    words = words(500, _("请对方做什么，写具体。"), required=True)


class Revoking(api.StrictSerializer):
    reason = words(200, _("为什么收回。"), required=True)
    version = version_field()


EXAMPLES = {
    "ShareRow": {
        "code": "s4n8w2", "version": 1, "party": {"code": "y7", "name": "某区人民医院"}, "people": ["演示人员"],
        "task": "fees", "items": ["name", "number", "treatment", "cost"], "expires_on": "2026-12-31",
        "is_over": False, "ended": "", "ended_at": None, "end_reason": "",
        "organization": {"code": "m4", "name": "向阳街道办事处"}, "given_at": "2026-11-20T09:12:00+08:00",
    },
}  # fmt: skip


@extend_schema_view(
    get=extend_schema(
        operation_id="list_shares", tags=["shares"], summary=_("一件个案的共享"), parameters=[api.Filters],
        responses=api.page_serializer("SharePage", ShareRow),
        description=_("共享给了谁、什么内容、到哪一天，新的在前。需要 referral.view，并看得到这件个案。"),
    ),
    post=extend_schema(
        operation_id="give_share", tags=["shares"], summary=_("共享给第三方"), request=NewShare,
        responses={201: ShareRow},
        description=_(
            "只能共享本人同意提供给该单位的内容，给指定的人员；到期、收回、本人撤回同意、个案办结都马上结束。"
            "需要 disclosure.provide，并办理这件个案、保管本人的资料。"
        ),
    ),
)  # fmt: skip
class SharesOfCase(CaseResource):
    permission = {"GET": "referral.view", "POST": "disclosure.provide"}

    def get(self, request, code):
        referral, asked = find_referral(request, code), api.filters_of(request, api.Filters)
        audit.record(request.user, "referral.list_viewers", referral, organization=referral.sender, reason=_g("接口"))
        rows = referral.shares.select_related("party", "organization").prefetch_related("grants__user")
        return Response(api.page_of(request, rows, ["-pk"], asked, ShareRow))

    @counts_once
    def post(self, request, code):
        referral = find_referral(request, code)
        if not shares.may_share(request.user, referral):
            raise PermissionDenied
        minors.require(request.user, referral.person)
        said = {"reasons": {}, **self.body_of(NewShare)}
        party = shares.parties_for(referral).get(said["party"])
        if party is None:
            raise Refusal(_g("本人没有同意提供给这个单位。"), field="party")
        people = [one for one in shares.people_of(party, referral) if one.code in said["people"]]
        if len(people) != len(set(said["people"])):
            raise Refusal(_g("只能共享给该单位办理个案的在岗人员。"), field="people")
        share = actions.give_share(request.user, referral, party, people, said)
        return made(share, ShareRow(share).data)


@extend_schema_view(
    post=extend_schema(
        operation_id="revoke_share", tags=["shares"], summary=_("收回共享"), request=Revoking,
        responses=ShareRow,
        description=_("马上生效，原因对双方可见。需要 disclosure.provide，并保管本人的资料。"),
    )
)  # fmt: skip
class RevokeShare(CaseResource):
    permission = "disclosure.provide"

    @counts_once
    def post(self, request, code):
        seen = Referral.objects.visible_to(request.user)
        rows = ReferralShare.objects.select_related("referral__person", "referral__sender__area", "party")
        rows = rows.select_related("referral__receiver__area", "organization")
        share = get_object_or_404(rows.filter(referral__in=seen), code=code)
        if not shares.may_share(request.user, share.referral):
            raise PermissionDenied
        said = self.body_of(Revoking)
        version = api.expected_version(request, share, said)
        ended = actions.revoke_share(request.user, share, version, said["reason"])
        return made(ended, ShareRow(ended).data, 200)


urlpatterns = [
    path("referrals/<slug:code>/shares/", SharesOfCase.as_view(), name="referral_shares"),
    path("shares/<slug:code>/revoke/", RevokeShare.as_view(), name="revoke_share"),
]
