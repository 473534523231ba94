"""Referrals for other systems: the desks, one case, drafts and what was asked of a second person; by the rules of the
screens, and no more than they show. The moves are in move_api. Mounted by portal/api.py under /api/v1/."""

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
from members.kinds import Direction, NeedKind
from members.models import Organization
from members.rest import counts_once
from portal.lib import api
from programs.models import Program
from referrals import cases_shown, desks, minors
from referrals.actions import agreed, approvals
from referrals.actions import referrals as actions
from referrals.actions.moves import RELATED
from referrals.actions.provisions import log_seen
from referrals.forms.desks import DeskFilter
from referrals.items import ITEMS
from referrals.kinds import AidState, Ground, Scheme, Urgency
from referrals.models import Need, Referral, ReferralApproval
from referrals.permissions import may
from referrals.rest import CaseResource, Unit, listed, made, opened, several, told_to, version_field, words
from referrals.views.referrals import find_own_referral, find_referral
from referrals.views.writing import preset, previewed
from referrals.workflow import (
    MOVES,
    Decision,
    Effectiveness,
    Extent,
    Procedure,
    ReferralKind,
    Side,
    State,
)

ITEM_CHOICES = [(item.code, item.label) for item in ITEMS.values()]
VERBS = [(verb, move.label) for verb, move in MOVES.items()]
DESKS = [(desks.RECEIVED, _("收到的")), (desks.SENT, _("发出的")), (desks.AREA, _("辖区内的"))]
TABS = list(dict.fromkeys(tab.code for tabs in desks.TABS.values() for tab in tabs))
SIDES = [(side.value, side.label) for side in (Side.SENDER, Side.RECEIVER)]
MOST_NEEDS = 20


# -- what goes out ----------------------------------------------------------------------------------------------------
class ProgramOfCase(serializers.Serializer):
    code = serializers.CharField(help_text=_("项目编号。"))
    name = serializers.CharField(help_text=_("项目名称。"))


class ReferralRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("编号，用在地址里。"))
    number = serializers.CharField(help_text=_("转介单号，发出时给；草稿为空。"))
    state = serializers.ChoiceField(State.choices, help_text=_("状态。"))
    version = serializers.IntegerField(help_text=_("版本；办理时须说明所见的是哪一版。"))
    direction = serializers.ChoiceField(Direction.choices, help_text=_("方向，由两个单位的类型得出。"))
    kind = serializers.ChoiceField(ReferralKind.choices, help_text=_("转介方式。"))
    urgency = serializers.ChoiceField(Urgency.choices, help_text=_("紧急程度。"))
    sender = Unit(help_text=_("转出单位。"))
    receiver = Unit(help_text=_("接收单位。"))
    program = ProgramOfCase(allow_null=True, help_text=_("按哪个项目；没有指定时为 null。"))
    name = serializers.SerializerMethodField(help_text=_("姓名，只给保管资料的转出一方；其他单位在个案内容里看。"))
    due_on = serializers.DateField(allow_null=True, help_text=_("期限的最后一天；不计时限时为 null。"))
    is_late = serializers.BooleanField(help_text=_("已逾期。"))
    is_handed_over = serializers.BooleanField(help_text=_("移交并已接收：个案由接收单位牵头。"))
    is_own_turn = serializers.SerializerMethodField(help_text=_("轮到本单位办理。"))
    sent_at = serializers.DateTimeField(allow_null=True, help_text=_("什么时候发出；草稿为 null。"))
    changed_at = serializers.DateTimeField(help_text=_("最近变动。"))

    def get_name(self, referral) -> str:
        staff = self.context["staff"]
        is_ours = referral.side_of(staff.organization_id) == Side.SENDER
        return (
            minors.shown_name(staff, referral.person) if is_ours and may(staff, "person.view", referral.person) else ""
        )

    def get_is_own_turn(self, referral) -> bool:
        return desks.is_own_turn(self.context["staff"], referral)


class Shown(serializers.Serializer):
    item = serializers.ChoiceField(ITEM_CHOICES, help_text=_("哪一项。"))
    label = serializers.CharField(help_text=_("这一项叫什么。"))
    value = serializers.CharField(help_text=_("内容，用文字；没有登记时为空。"))

    class Meta:
        ref_name = "ShownInCase"


class NeedOfCase(serializers.Serializer):
    code = serializers.CharField(help_text=_("需求的编号。"))
    kind = serializers.ChoiceField(NeedKind.choices, help_text=_("需求类别。"))


class Question(serializers.Serializer):
    code = serializers.CharField(help_text=_("问题的编号，答复时用。"))
    paper = serializers.CharField(help_text=_("缺少的材料的代码；用文字提问的为空。"))
    text = serializers.CharField(help_text=_("问题；缺材料的为空。"))
    asked_at = serializers.DateTimeField(help_text=_("什么时候提出。"))
    answer = serializers.CharField(help_text=_("答复；没有时为空。"))
    answered_at = serializers.DateTimeField(allow_null=True, help_text=_("什么时候答复；没有时为 null。"))

    class Meta:
        ref_name = "QuestionOfCase"


class Effect(serializers.Serializer):
    need = serializers.CharField(source="need.code", help_text=_("需求的编号。"))
    effect = serializers.ChoiceField(Effectiveness.choices, help_text=_("效果。"))


class Outcome(serializers.Serializer):
    code = serializers.CharField(help_text=_("反馈的编号。"))
    effects = Effect(many=True, source="needs.all", help_text=_("每项需求的效果。"))
    decision = serializers.ChoiceField(Decision.choices, allow_blank=True, help_text=_("民政办理结果；不涉及时为空。"))
    scheme = serializers.ChoiceField(Scheme.choices, allow_blank=True, help_text=_("哪项政府救助；不涉及时为空。"))
    decided_on = serializers.DateField(allow_null=True, help_text=_("决定日期；不涉及时为 null。"))
    why_not = serializers.CharField(help_text=_("不符合的是哪一条；不涉及时为空。"))
    summary = serializers.CharField(help_text=_("做了什么、效果怎样。"))
    no_aid_reason = serializers.CharField(help_text=_("没有给予帮扶的原因；给予了的为空。"))
    satisfaction = serializers.IntegerField(allow_null=True, help_text=_("转出单位的评价，1 到 5；没有时为 null。"))
    made_at = serializers.DateTimeField(help_text=_("什么时候反馈。"))

    class Meta:
        ref_name = "OutcomeOfCase"


class Link(serializers.Serializer):
    code = serializers.CharField(help_text=_("编号。"))
    number = serializers.CharField(help_text=_("转介单号。"))
    sender = Unit(help_text=_("转出单位。"))
    receiver = Unit(help_text=_("接收单位。"))
    state = serializers.ChoiceField(State.choices, help_text=_("状态。"))

    class Meta:
        ref_name = "LinkOfChain"


class OpenMove(serializers.Serializer):
    verb = serializers.ChoiceField(VERBS, help_text=_("用在地址里的动作。"))
    label = serializers.CharField(help_text=_("叫什么。"))
    why_not = serializers.CharField(help_text=_("现在不能办的原因；能办时为空。"))


class Found(serializers.Serializer):
    words = serializers.CharField(help_text=_("发现了什么。"))
    is_hard = serializers.BooleanField(help_text=_("为 true 时不能接收；否则要说明理由并由第二人审核。"))
    referrals = serializers.SerializerMethodField(help_text=_("与哪些转介有关：编号。"))

    class Meta:
        ref_name = "FlagOfCase"

    def get_referrals(self, flag) -> list[str]:
        return [one.code for one in flag.referrals]


class Asked(serializers.Serializer):
    code = serializers.CharField(help_text=_("提请的编号，审核时用。"))
    verb = serializers.ChoiceField(VERBS, help_text=_("要做哪一步。"))
    note = serializers.CharField(help_text=_("提请的理由；不能看个人信息的为空。"))
    asked_at = serializers.DateTimeField(help_text=_("什么时候提请。"))
    is_mine_to_decide = serializers.BooleanField(help_text=_("可以由您审核。"))

    class Meta:
        ref_name = "ApprovalOfCase"


class ReferralWhole(ReferralRow):
    """What the page of the case tells this person of staff, and nothing besides."""

    side = serializers.ChoiceField(SIDES, allow_blank=True, help_text=_("本单位是哪一方；只是看得到的为空。"))
    person = serializers.CharField(source="code_of_person", help_text=_("困难群众的编号；不能看时为空。"))
    reason_why_not = serializers.CharField(help_text=_("不能看个人信息的原因；能看时为空。"))
    values = Shown(many=True, help_text=_("能看的内容：信息提供清单上、此刻同意还包括的。"))
    withheld = several(ITEM_CHOICES, _("清单上有、现在不能看的内容。"))
    needs = NeedOfCase(many=True, help_text=_("要解决的需求；不能看时为空。"))
    ground = serializers.ChoiceField(Ground.choices, allow_blank=True, help_text=_("转介事由；不能看时为空。"))
    circumstances = serializers.CharField(help_text=_("困难情形；不能看时为空。"))
    government = serializers.CharField(help_text=_("政府救助情况；不能看时为空。"))
    scheme = serializers.ChoiceField(Scheme.choices, allow_blank=True, help_text=_("申请过的政府救助。"))
    scheme_result = serializers.CharField(help_text=_("结果。"))
    gap_yuan = serializers.DecimalField(14, 2, allow_null=True, help_text=_("仍有缺口（元）；不清楚时为 null。"))
    procedure = serializers.ChoiceField(Procedure.choices, help_text=_("程序。"))
    extent = serializers.ChoiceField(Extent.choices, allow_blank=True, help_text=_("接收范围；没有接收时为空。"))
    review_on = serializers.DateField(allow_null=True, help_text=_("复核日期；没有时为 null。"))
    finish_on = serializers.DateField(allow_null=True, help_text=_("约定完成日期；没有时为 null。"))
    reason = serializers.CharField(help_text=_("结束的原因，“类别.代码”；没有时为空。"))
    reason_words = serializers.CharField(help_text=_("结束的原因，用文字。"))
    eligible = serializers.BooleanField(allow_null=True, help_text=_("按项目现在是否符合；不能确定、不涉及时为 null。"))
    reasons = serializers.ListField(child=serializers.CharField(), help_text=_("判定的理由，用文字。"))
    flags = Found(many=True, help_text=_("可能重复或超额的，接收以前给接收单位看。"))
    queue = serializers.IntegerField(allow_null=True, help_text=_("候补第几位；没有排队时为 null。"))
    questions = Question(many=True, help_text=_("退回时的问题和答复。"))
    reports = Outcome(many=True, help_text=_("反馈，新的在前。"))
    chain = Link(many=True, help_text=_("转介链：从最初一份到再转介的。"))
    beside = Link(many=True, help_text=_("同时转给其他单位的，只给转出一方。"))
    moves = OpenMove(many=True, help_text=_("现在由您的角色办理的各步，和不能办的原因。"))
    approval = Asked(allow_null=True, help_text=_("等第二人审核的；没有时为 null。"))


class Step(serializers.Serializer):
    code = serializers.CharField(help_text=_("这一步的编号。"))
    verb = serializers.ChoiceField(VERBS, help_text=_("动作。"))
    label = serializers.SerializerMethodField(help_text=_("叫什么。"))
    from_state = serializers.ChoiceField(State.choices, help_text=_("原来的状态。"))
    to_state = serializers.ChoiceField(State.choices, help_text=_("后来的状态。"))
    version = serializers.IntegerField(help_text=_("办理后的版本。"))
    at = serializers.DateTimeField(help_text=_("什么时候。"))
    took_seconds = serializers.SerializerMethodField(help_text=_("在原来的状态停留的秒数。"))
    was_late = serializers.BooleanField(help_text=_("办理时已逾期。"))
    actor = serializers.SerializerMethodField(help_text=_("经办人；由时限办理的为空。"))
    organization = Unit(allow_null=True, help_text=_("哪个单位；由时限办理的为 null。"))
    approver = serializers.SerializerMethodField(help_text=_("审核的第二人；没有时为空。"))
    reason_words = serializers.CharField(help_text=_("原因，用文字。"))
    note = serializers.SerializerMethodField(help_text=_("说明；不能看个人信息的为空。"))

    class Meta:
        ref_name = "StepOfCase"

    def get_label(self, step) -> str:
        return str(MOVES[step.verb].label)

    def get_took_seconds(self, step) -> int:
        return int(step.took.total_seconds())

    def get_actor(self, step) -> str:
        return str(step.actor or "")

    def get_approver(self, step) -> str:
        return str(step.approver or "")

    def get_note(self, step) -> str:
        return step.note if self.context["tells"] else ""


class PaperOfCase(serializers.Serializer):
    name = serializers.CharField(help_text=_("材料。"))
    count = serializers.CharField(help_text=_("份数。"))
    who = serializers.CharField(help_text=_("谁的。"))
    when = serializers.CharField(help_text=_("什么情况下要；一定要的为空。"))
    is_held = serializers.BooleanField(help_text=_("已有。"))
    is_struck = serializers.BooleanField(help_text=_("民政已核，免交。"))


class Preview(serializers.Serializer):
    """Before it is sent: what the receiver would see, and what stands in the way."""

    values = Shown(many=True, help_text=_("接收单位会看到的内容。"))
    missing = several(ITEM_CHOICES, _("本人还没有同意提供的内容；先征得同意才能发出。"))
    wanting = serializers.ListField(child=serializers.CharField(), help_text=_("还缺的条款和评估，用文字。"))
    papers = PaperOfCase(many=True, help_text=_("项目要的材料。"))
    moves = OpenMove(many=True, help_text=_("现在可以做的。"))


# -- what comes in ----------------------------------------------------------------------------------------------------
class ReferralFilters(api.Filters):
    desk = serializers.ChoiceField(DESKS, required=False, default=desks.RECEIVED, help_text=_("默认收到的。"))
    tab = serializers.ChoiceField(TABS, required=False, default="open", help_text=_("与网页的标签相同，默认全部在办。"))
    need = serializers.ChoiceField(NeedKind.choices, required=False, help_text=_("需求类别。"))
    program = serializers.CharField(required=False, max_length=40, help_text=_("项目编号。"))
    unit = serializers.CharField(required=False, max_length=12, help_text=_("对方单位的编号。"))
    urgent = serializers.BooleanField(required=False, help_text=_("只要加急的。"))
    mine = serializers.BooleanField(required=False, help_text=_("只要我经办的。"))


class DraftEdit(api.StrictSerializer):
    receiver = serializers.CharField(required=False, max_length=12, help_text=_("接收单位的编号。"))
    needs = serializers.ListField(
        child=serializers.CharField(max_length=12), required=False, max_length=MOST_NEEDS, help_text=_("需求的编号。")
    )
    program = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text=_("项目编号；空着为不指定。")
    )
    kind = serializers.ChoiceField(ReferralKind.choices, required=False, help_text=_("转介方式。"))
    ground = serializers.ChoiceField(Ground.choices, required=False, help_text=_("转介事由。"))
    urgency = serializers.ChoiceField(Urgency.choices, required=False, help_text=_("紧急程度。"))
    scheme = serializers.ChoiceField(
        Scheme.choices, required=False, allow_blank=True, help_text=_("申请过的政府救助。")
    )
    scheme_result = serializers.ChoiceField(
        AidState.choices, required=False, allow_blank=True, help_text=_("申请的结果。")
    )
    government = words(1000, _("政府救助情况。"), allow_blank=True)
    gap_yuan = serializers.DecimalField(
        14, 2, min_value=0, required=False, allow_null=True, help_text=_("仍有缺口（元）。")
    )
    circumstances = words(2000, _("困难情形，写给接收单位看的。"))
    receiver_choice = words(300, _("为什么不转给同级单位。"), allow_blank=True)
    is_exclusive = serializers.BooleanField(required=False, help_text=_("由一家接收即可。"))
    items = several(ITEM_CHOICES, _("提供哪些内容；不给就是项目要的最少的。"))
    version = version_field()

    def validate_receiver(self, value):
        return _found(Organization.objects.select_related("area"), value, _g("没有这个单位。"))

    def validate_program(self, value):
        return _found(Program.objects.ever_in_force(), value, _g("没有这个项目。")) if value else None


class NewDraft(DraftEdit):
    person = serializers.CharField(max_length=12, help_text=_("困难群众的编号。"))
    receiver = serializers.CharField(max_length=12, help_text=_("接收单位的编号。"))
    needs = serializers.ListField(
        child=serializers.CharField(max_length=12), min_length=1, max_length=MOST_NEEDS, help_text=_("需求的编号。")
    )
    version = None


class Discarding(api.StrictSerializer):
    version = version_field()


class Deciding(api.StrictSerializer):
    is_agreed = serializers.BooleanField(help_text=_("同意与否。"))
    note = words(500, _("意见；不同意的必填。"), allow_blank=True)


EXAMPLES = {
    "ReferralRow": {
        "code": "k7m2p9x4ht", "number": "ZJ20260000127", "state": "sent", "version": 2,
        "direction": "bureau_to_charity", "kind": "share", "urgency": "normal",
        "sender": {"code": "m4", "name": "向阳街道办事处"}, "receiver": {"code": "h8", "name": "某区慈善会"},
        "program": {"code": "P06-2", "name": "困难家庭大病救助"}, "name": "", "due_on": "2026-11-23",
        "is_late": False, "is_handed_over": False, "is_own_turn": True, "sent_at": "2026-11-20T09:12:00+08:00",
        "changed_at": "2026-11-20T09:12:00+08:00",
    },
}  # fmt: skip


def _found(rows, code, message):
    row = rows.filter(code=code).first()
    if row is None:
        raise serializers.ValidationError(message)
    return row


# -- views ------------------------------------------------------------------------------------------------------------
def shown_rows(groups):
    return [
        {"item": item.code, "label": str(item.label), "value": text} for _group, rows in groups for item, text in rows
    ]


def moves_shown(answers):
    return [{"verb": move.verb, "label": move.label, "why_not": str(why)} for move, why in answers]


def whole(request, referral):
    """What the page shows, and the lines that it was looked at."""
    staff = request.user
    case = cases_shown.page_of_case(staff, referral)
    permitted, approval = case["permitted"], case["asked_approval"]
    now = case["judgement"].now if permitted else None
    if case["rows"]:
        log_seen(staff, referral.person, permitted, case["rows"])
    audit.record(staff, "referral.view", referral, organization=referral.sender, reason=_g("接口"))
    told = referral.private if permitted else {}
    return ReferralWhole(
        _Case(
            referral, side=case["side"], code_of_person=referral.person.code if permitted else "",
            ground=referral.ground if permitted else "", reason_why_not=permitted.reason,
            values=shown_rows(case["rows"]), withheld=[item.code for item in case.get("withheld", ())],
            needs=case.get("needs", ()),
            circumstances=told.get("circumstances", ""),
            government=told.get("government", ""), scheme=referral.scheme if permitted else "",
            scheme_result=referral.scheme_result if permitted else "",
            gap_yuan=referral.gap_yuan if permitted else None,
            reason=f"{referral.reason_category}.{referral.reason_code}" if referral.reason_category else "",
            eligible=now.eligible if now else None, reasons=[line.words for line in now.lines] if now else [],
            flags=case.get("flags", ()), queue=case["queue"],
            reports=[report for report, _files in case.get("reports", ())],
            questions=[question for question, *_rest in case.get("questions", ())], chain=case["chain"],
            beside=case["beside"], moves=moves_shown(_answers(case["deeds"])),
            approval=_asked(approval, case["approval"], permitted),
        ),
        context={"staff": staff},
    ).data  # fmt: skip


class _Case:
    """A referral, or what was asked over it, with what the page adds to it."""

    def __init__(self, referral, **shown):
        self._referral = referral
        self.__dict__.update(shown)

    def __getattr__(self, name):
        return getattr(self._referral, name)


def _answers(deeds):
    able = [deeds.first] if deeds.first else []
    return [*[(move, "") for move in (*able, *deeds.others, *deeds.grave)], *deeds.blocked]


def _asked(approval, mine, permitted):
    """Why it was asked may name the family."""
    if approval is None:
        return None
    is_mine = mine is not None and mine.pk == approval.pk
    return _Case(approval, is_mine_to_decide=is_mine, note=approval.note if permitted else "")


def answer_of(request, code, status=200):
    """The case as it is now; nothing of what has just moved out of sight."""
    fresh = Referral.objects.visible_to(request.user).select_related(*RELATED, "parent").filter(code=code).first()
    if fresh is None:
        return Response(status=204)
    response = made(fresh, whole(request, fresh), status)
    response.of = code
    return response


class TellsOfACase(CaseResource):
    """The same request again is answered with the case as this person may see it by then."""

    def tell(self, request, of, status):
        return answer_of(request, of, status)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_referrals", tags=["referrals"], summary=_("收到的和发出的转介"),
        parameters=[ReferralFilters], responses=api.page_serializer("ReferralPage", ReferralRow),
        description=_("与网页的列表相同：在办的按紧急程度和期限，已办结的新的在前。需要 referral.view。"),
    ),
    post=extend_schema(
        operation_id="draft_referral", tags=["referrals"], summary=_("起草转介"), request=NewDraft,
        responses={201: ReferralWhole},
        description=_(
            "没有给出的从记录中取：事由、紧急程度、政府救助、项目要的最少内容。草稿用 preview 看对方会看到什么，"
            "用 send 发出。需要 referral.write，并看得到这个人。"
        ),
    ),
)  # fmt: skip
class Referrals(TellsOfACase):
    permission = {"GET": "referral.view", "POST": "referral.write"}

    def get(self, request):
        asked = dict(api.filters_of(request, ReferralFilters))
        desk = asked["desk"]
        if desk == desks.AREA and not desks.has_area(request.user):
            raise PermissionDenied
        tab = next((one for one in desks.tabs_for(request.user, desk) if one.code == asked["tab"]), None)
        if tab is None:
            raise serializers.ValidationError({"tab": [_g("这里没有这个标签。")]})
        filters = DeskFilter(asked, staff=request.user, desk=desk)
        if filters.errors:
            raise serializers.ValidationError(filters.errors)
        rows, shown = desks.fetch_referrals(request.user, desk, tab, filters), told_to(request.user, ReferralRow)
        return Response(listed(request, rows, list(tab.order), asked, shown, tells=desk != desks.RECEIVED))

    @counts_once
    def post(self, request):
        said = dict(self.body_of(NewDraft))
        person = opened(request, said.pop("person"))
        needs = _needs_of(person, said.pop("needs"))
        receiver, program = said.pop("receiver"), said.pop("program", None)
        referral = actions.draft_referral(request.user, person, receiver, {**preset(person, needs, program), **said})
        return answer_of(request, referral.code, 201)


def _needs_of(person, codes):
    needs = Need.objects.filter(person=person, code__in=codes)
    if len(needs) != len(set(codes)):
        raise Refusal(_g("需求不属于此人。"), field="needs")
    return needs


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_referral", tags=["referrals"], summary=_("一份转介"), responses=ReferralWhole,
        description=_(
            "与网页上看到的相同：个人信息限信息提供清单上、此刻同意还包括的，每看一次记一次。"
            "接收单位还需要 received.view。需要 referral.view。"
        ),
    ),
    patch=extend_schema(
        operation_id="edit_draft", tags=["referrals"], summary=_("修改草稿"), request=DraftEdit,
        responses=ReferralWhole, description=_("只改给出的字段；发出以后用 amend。需要 referral.write。"),
    ),
)  # fmt: skip
class OneReferral(CaseResource):
    permission = {"GET": "referral.view", "PATCH": "referral.write"}

    def get(self, request, code):
        referral = find_referral(request, code)
        return api.tagged(request, referral, whole(request, referral))

    def patch(self, request, code):
        referral = find_own_referral(request, code)
        said = dict(self.body_of(DraftEdit, partial=True))
        version = api.expected_version(request, referral, said)
        said.pop("version", None)
        if "needs" in said:
            said["needs"] = _needs_of(referral.person, said["needs"])
        actions.edit_draft(request.user, referral, version, said)
        return answer_of(request, code)


@extend_schema_view(
    get=extend_schema(
        operation_id="preview_referral", tags=["referrals"], summary=_("对方会看到什么"), responses=Preview,
        description=_("发出以前看：内容、本人还没有同意的、还缺的材料。需要 referral.write。"),
    )
)  # fmt: skip
class OnePreview(CaseResource):
    permission = "referral.write"

    def get(self, request, code):
        referral = find_own_referral(request, code)
        seen = previewed(request.user, referral)
        shown = {
            **seen, "values": shown_rows(seen["rows"]), "missing": [item.code for item in seen["missing"]],
            "papers": [row for row, _documents in seen["papers"]],
            "moves": moves_shown(seen["moves"]),
        }  # fmt: skip
        audit.record(request.user, "referral.view", referral, organization=referral.sender, reason=_g("接口"))
        return Response(Preview(shown).data)


@extend_schema_view(
    post=extend_schema(
        operation_id="discard_draft", tags=["referrals"], summary=_("放弃草稿"), request=Discarding,
        responses={204: None}, description=_("草稿不再保留；困难群众的资料不受影响。需要 referral.write。"),
    )
)  # fmt: skip
class DiscardDraft(CaseResource):
    permission = "referral.write"

    @counts_once
    def post(self, request, code):
        referral = find_own_referral(request, code)
        version = api.expected_version(request, referral, self.body_of(Discarding))
        actions.discard_draft(request.user, referral, version)
        return Response(status=204)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_steps", tags=["referrals"], summary=_("经过"), parameters=[api.Filters],
        responses=api.page_serializer("StepPage", Step),
        description=_("谁、什么时候、做了什么、用了多久，新的在前。需要 referral.view。"),
    )
)  # fmt: skip
class Steps(CaseResource):
    permission = "referral.view"

    def get(self, request, code):
        referral, asked = find_referral(request, code), api.filters_of(request, api.Filters)
        permitted, _rows = cases_shown.shown_of(request.user, referral)
        audit.record(request.user, "referral.view", referral, organization=referral.sender, reason=_g("接口"))
        rows = referral.steps.select_related("actor", "organization", "approver")
        told = told_to(request.user, Step)
        told.keywords["context"]["tells"] = bool(permitted)
        return Response(api.page_of(request, rows, ["-pk"], asked, told))


@extend_schema_view(
    post=extend_schema(
        operation_id="decide_approval", tags=["referrals"], summary=_("第二人审核"), request=Deciding,
        responses=ReferralWhole,
        description=_("对提请的一步表示同意（随即办理）或不同意；不能审核自己提请的。需要审核那一步的权限。"),
    )
)  # fmt: skip
class Approval(TellsOfACase):
    permission = "referral.view"

    @counts_once
    def post(self, request, code):
        mine = ReferralApproval.objects.filter(organization=request.user.organization_id).select_related("referral")
        approval = get_object_or_404(mine, code=code)
        if not approvals.may_decide(request.user, approval):
            raise PermissionDenied
        said = self.body_of(Deciding)
        decide = agreed.agree if said["is_agreed"] else agreed.decline
        decide(request.user, approval, said.get("note", ""))
        return answer_of(request, approval.referral.code)


urlpatterns = [
    path("referrals/", Referrals.as_view(), name="referrals"),
    path("referrals/approvals/<slug:code>/", Approval.as_view(), name="decide_referral_approval"),
    path("referrals/<slug:code>/", OneReferral.as_view(), name="referral"),
    path("referrals/<slug:code>/preview/", OnePreview.as_view(), name="referral_preview"),
    path("referrals/<slug:code>/discard/", DiscardDraft.as_view(), name="discard_draft"),
    path("referrals/<slug:code>/steps/", Steps.as_view(), name="referral_steps"),
]
