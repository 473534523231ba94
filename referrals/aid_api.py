"""Help over the API: the unit's own lines, what it gave without a referral, proposals of a case, and every step of a
line by the form, guard and action of its page. Nobody sets a state by its name. Mounted by portal/api.py."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members import audit
from members.kinds import NeedKind
from members.rest import Resource, counts_once
from portal.lib import api, openapi
from programs.models import Fund, Program
from referrals import aid_shown, aid_turns
from referrals.actions import aid as actions
from referrals.actions import told_aid
from referrals.actions.aid_steps import RELATED
from referrals.aid_moves import AID_MOVES
from referrals.forms.told_aid import OtherAidForm
from referrals.kinds import AID_FORMS, SKIP_CHOICES, AidLineState
from referrals.models import AidLine
from referrals.permissions import may
from referrals.rest import made, version_field, words
from referrals.views.aid import DOES, form_of
from referrals.views.referrals import find_referral
from referrals.views.told_aid import find_aided
from referrals.workflow import Effectiveness


# -- shapes -----------------------------------------------------------------------------------------------------------
def _money(help_text, **options):
    return serializers.DecimalField(14, 2, min_value=0, help_text=help_text, **{"required": False, **options})


def _code(help_text, **options):
    return serializers.CharField(max_length=40, help_text=help_text, **{"required": False, **options})


class AidRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("帮扶编号。"))
    organization = serializers.CharField(source="organization.code", help_text=_("给予的单位：编号。"))
    referral = serializers.CharField(
        source="referral.code", allow_null=True, default=None, help_text=_("哪份转介；没有经过转介的为 null。")
    )
    form = serializers.ChoiceField(AID_FORMS, help_text=_("帮扶形式。"))
    need_kind = serializers.ChoiceField(NeedKind.choices, allow_blank=True, help_text=_("需求类别；不单指一类的为空。"))
    program = serializers.CharField(
        source="program.code", allow_null=True, default=None, help_text=_("按哪个项目：编号；不按项目的为 null。")
    )
    fund = serializers.CharField(
        source="fund.code", allow_null=True, default=None, help_text=_("从哪项基金支出：编号；没有的为 null。")
    )
    amount = _money(_("金额（元）；不是资金的为 null。"), allow_null=True)
    value = _money(_("物资折价（元）；不是物资的为 null。"), allow_null=True)
    hours = serializers.DecimalField(7, 1, allow_null=True, help_text=_("服务时长（小时）；没有的为 null。"))
    paid = _money(_("已从基金支付（元）。"))
    state = serializers.ChoiceField(AidLineState.choices, help_text=_("状态。"))
    is_told = serializers.BooleanField(help_text=_("本单位自行登记的，没有经过审批。"))
    is_exception = serializers.BooleanField(help_text=_("例外，由两位审批人同意。"))
    given_on = serializers.DateField(allow_null=True, help_text=_("哪一天给的；还没有给的为 null。"))
    effect = serializers.ChoiceField(Effectiveness.choices, allow_blank=True, help_text=_("效果；还没有登记的为空。"))
    version = serializers.IntegerField(help_text=_("版本，办理时带上。"))


class OpenStep(serializers.Serializer):
    verb = serializers.ChoiceField([(verb, move.label) for verb, move in AID_MOVES.items()], help_text=_("动作。"))
    why_not = serializers.CharField(help_text=_("为什么现在不能办；能办的为空。"))

    class Meta:
        ref_name = "OpenStepOfAid"


class AidWhole(AidRow):
    person = serializers.CharField(help_text=_("困难群众的编号；不能看时为空。"))
    receipt = serializers.CharField(help_text=_("回单或签收编号；没有、不能看时为空。"))
    flags = serializers.ListField(child=serializers.CharField(), help_text=_("决定或登记时的提示；不能看时没有。"))
    steps = OpenStep(many=True, help_text=_("现在由您的角色办理的各步，和不能办的原因。"))


class AidFilters(api.Filters):
    state = serializers.ChoiceField(AidLineState.choices, required=False, help_text=_("只要这个状态的。"))
    told = serializers.BooleanField(required=False, help_text=_("true：只要自行登记的；false：只要经过审批的。"))
    month = serializers.RegexField(
        r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$", required=False, help_text=_("给予的月份，如 2026-11。")
    )


def _of_help():
    return {
        "form": serializers.ChoiceField(AID_FORMS, help_text=_("帮扶形式。")),
        "amount": _money(_("金额（元）；资金类必填，其他不填。")),
        "value": _money(_("物资折价（元）；物资类必填，其他不填。")),
        "hours": serializers.DecimalField(7, 1, min_value=0, required=False, help_text=_("服务时长（小时）。")),
        "program": _code(_("按哪个项目：编号；不按项目的不给。")),
        "description": words(500, _("内容说明。"), allow_blank=True),
    }


def _told():
    return {
        **_of_help(),
        "need_kind": serializers.ChoiceField(NeedKind.choices, required=False, help_text=_("需求类别。")),
        "given_on": serializers.DateField(help_text=_("哪一天给的。")),
        "receipt": words(60, _("回单或签收编号。"), allow_blank=True),
        "paid_from": words(60, _("资金来源；不写捐赠人个人的姓名。"), allow_blank=True),
    }


def _body(name, fields):
    return type(name, (api.StrictSerializer,), fields)


NewOtherAid = _body(
    "NewOtherAid",
    {
        "person": _code(
            _("给了谁：困难群众的编号，本单位登记的，或者转介来、同意还包括姓名的。"), required=True
        ),
        **_told(),
        "is_another": serializers.BooleanField(
            required=False, help_text=_("同样的一笔登记过、这确实是另一笔的，给 true。")
        ),
    },
)  # fmt: skip
NewProposal = _body(
    "NewAidProposal",
    {
        **_of_help(), "need": _code(_("解决哪项需求：编号。")), "fund": _code(_("从哪项基金支出：编号。")),
        "exception_reason": words(500, _("与规定金额不同的理由。"), allow_blank=True),
    },
)  # fmt: skip


def _note(help_text, **options):
    return {"note": words(500, help_text, allow_blank=not options.get("required"), **options)}


def _numbers(help_text):
    number = serializers.IntegerField(min_value=1)
    return {"numbers": serializers.ListField(child=number, max_length=200, required=False, help_text=help_text)}


def _day(help_text):
    return {"day": serializers.DateField(required=False, help_text=help_text)}


_RECEIPT = {"receipt": words(60, _("编号；签收单和照片在网页上传。"), required=True)}
# What each step holds beside the version; with schedules which of the instalments.
HOLDS = {
    "approve": _note(_("意见；有提示或例外的必填。")),
    "decline": _note(_("为什么不同意。"), required=True),
    "pay": {
        "amount": _money(_("支付金额，默认还没有支付的全部；分期的用 numbers。")), **_numbers(_("支付哪几期。")),
        **_day(_("支付日期，默认今天。")), "reference": words(40, _("凭证号，一号一笔。"), required=True),
    },
    "settle": {},
    "bounce": {"reason": words(200, _("为什么退回。"), required=True)},
    "sign": {
        **_numbers(_("签收哪几期。")), **_day(_("签收日期，默认今天。")),
        "signer": words(40, _("代签人。"), allow_blank=True), **_RECEIPT, **_note(_("说明。")),
    },
    "plan": {"first_year": serializers.IntegerField(min_value=2000, max_value=2100, help_text=_("哪一年秋季开学。"))},
    "skip": {
        **_numbers(_("停发哪几期。")), "cause": serializers.ChoiceField(SKIP_CHOICES, help_text=_("为什么停发。")),
        **_note(_("具体情况。"), required=True),
    },
    "deliver": {**_day(_("交付日期，默认今天。")), **_RECEIPT, **_note(_("说明。"))},
    "receive": {**_RECEIPT, **_note(_("说明。"))},
    "rate": {
        "effect": serializers.ChoiceField(Effectiveness.choices, help_text=_("效果。")),
        **_note(_("怎么看出来的。")),
    },
    "redraw": {"reason": words(200, _("为什么重新抽取。"), required=True)},
    "answer": _note(_("仍要支付的理由。"), required=True),
    "cancel": {"reason": words(200, _("为什么取消。"), required=True)},
    "correct": {**_told(), "reason": words(200, _("为什么更正。"), required=True)},
    "void": {"reason": words(200, _("为什么作废。"), required=True)},
}  # fmt: skip
BODIES = {verb: _body(f"{verb.capitalize()}Aid", {**HOLDS[verb], "version": version_field()}) for verb in AID_MOVES}

EXAMPLES = {
    "AidRow": {
        "code": "k7m2p9x4ht", "organization": "w3f8r6t2nb", "referral": None, "form": "cash", "need_kind": "living",
        "program": None, "fund": None, "amount": "500.00", "value": None, "hours": None, "paid": "0.00",
        "state": "paid", "is_told": True, "is_exception": False, "given_on": "2026-11-15", "effect": "", "version": 1,
    },
}  # fmt: skip


# -- what is found and told -------------------------------------------------------------------------------------------
def find(request, code):
    return get_object_or_404(AidLine.objects.visible_to(request.user).select_related(*RELATED), code=code)


def whole(request, line, status=200):
    line = AidLine.objects.select_related(*RELATED).get(pk=line.pk)
    data = dict(AidRow(line).data)
    data["person"] = line.person.code if may(request.user, "person.view", line.person) else ""
    reads = aid_shown.reads_words(request.user, line)
    data |= {"receipt": line.receipt, "flags": line.flags} if reads else {"receipt": "", "flags": []}
    data["steps"] = [
        {"verb": move.verb, "why_not": str(answer)} for move, answer in aid_turns.open_to(request.user, line)
    ]
    return made(line, data, status)


def _named(rows, said, name):
    """What a body names by its code, among what may be named."""
    if not (code := said.get(name)):
        return None
    found = rows.filter(code=code).first()
    if found is None:
        raise serializers.ValidationError({name: [_g("没有这个编号，或者不能用。")]})
    return found


def _of_unit(staff):
    return Program.objects.filter(organization=staff.organization_id, is_container=False)


# -- views ------------------------------------------------------------------------------------------------------------
@extend_schema_view(
    get=extend_schema(
        operation_id="list_aid", tags=["aid"], summary=_("帮扶台账"), parameters=[AidFilters],
        responses=api.page_serializer("AidPage", AidRow),
        description=_("与网页的台账相同，新的在前；没有当事人。需要 aid.view。"),
    ),
    post=extend_schema(
        operation_id="record_other_aid", tags=["aid"], summary=_("登记其他帮扶"), request=NewOtherAid,
        responses={201: AidWhole},
        description=_(
            "已经给过、没有经过转介的；马上计入台账和每月的报送。一次多笔的用 people-imports，kind 为 aid。"
            "需要 aid.propose。"
        ),
    ),
)  # fmt: skip
class AidList(Resource):
    permission = {"GET": "aid.view", "POST": "aid.propose"}

    def get(self, request):
        asked = api.filters_of(request, AidFilters)
        rows = aid_shown.ledger_of(request.user)
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "told" in asked:
            rows = rows.filter(is_told=asked["told"])
        if "month" in asked:
            year, month = map(int, asked["month"].split("-"))
            rows = rows.filter(given_on__year=year, given_on__month=month)
        rows = rows.select_related("organization", "referral", "program", "fund").defer("private", "rule_lines")
        return Response(api.page_of(request, rows, ["-id"], asked, AidRow))

    @counts_once
    def post(self, request):
        said = dict(self.body_of(NewOtherAid))
        person = find_aided(request, said.pop("person"))
        is_another = said.pop("is_another", False)
        said["program"] = _named(_of_unit(request.user), said, "program")
        return whole(request, told_aid.record_other_aid(request.user, person, said, is_another=is_another), 201)


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_aid", tags=["aid"], summary=_("一笔帮扶"), responses=AidWhole,
        description=_("看一次记一次。需要 aid.view。"),
    )
)  # fmt: skip
class OneAid(Resource):
    permission = "aid.view"

    def get(self, request, code):
        line = find(request, code)
        audit.record(request.user, "aid.view", line, organization=line.organization, reason=_g("接口"))
        return whole(request, line)


@extend_schema_view(
    post=extend_schema(
        operation_id="propose_aid", tags=["aid"], summary=_("在转介里提出帮扶"), request=NewProposal,
        responses={201: AidWhole},
        description=_("由接收单位提出，另一个人审批。付给谁在网页上填写。需要 aid.propose。"),
    )
)  # fmt: skip
class Proposals(Resource):
    permission = "aid.propose"

    @counts_once
    def post(self, request, code):
        referral = find_referral(request, code)
        if referral.receiver_id != request.user.organization_id:
            raise PermissionDenied
        said = dict(self.body_of(NewProposal))
        programs = _of_unit(request.user) | Program.objects.filter(pk=referral.program_id)
        said["program"] = _named(programs, said, "program") or referral.program
        said["need"] = _named(referral.needs.all(), said, "need")
        said["fund"] = _named(Fund.objects.open().filter(organization=request.user.organization_id), said, "fund")
        return whole(request, actions.propose_aid(request.user, referral.person, said, referral=referral), 201)


class StepOperation(openapi.Operation):
    """What the document says of a step is read from the table."""

    def get_operation_id(self):
        return f"{self.view.verb}_aid"

    def get_tags(self):
        return ["aid"]

    def get_summary(self):
        return str(AID_MOVES[self.view.verb].label)

    def get_description(self):
        move = AID_MOVES[self.view.verb]
        states = _g("、").join(str(state.label) for state in AidLineState if state in move.sources)
        return _g("从“%(states)s”；需要 %(permission)s。") % {
            "states": states, "permission": _g("或").join(move.permissions)
        }  # fmt: skip

    def get_request_serializer(self):
        return BODIES[self.view.verb]

    def get_response_serializers(self):
        return {200: AidWhole}


class OneStep(Resource):
    permission = "aid.view"
    schema = StepOperation()
    verb = None

    @counts_once
    def post(self, request, code, verb):
        line, move = find(request, code), AID_MOVES[verb]
        if not aid_turns.stands_on(request.user, line, move):
            raise PermissionDenied
        said = dict(self.body_of(BODIES[verb]))
        version = api.expected_version(request, line, said)
        said.pop("version", None)
        if answer := aid_turns.why_not(request.user, line, verb):
            raise api.Problem("wrong_state" if answer.is_hidden else "forbidden", str(answer))
        form = form_of(request.user, move, line)
        form = form_of(request.user, move, line, _as_data(form, said, version))
        if not form.is_valid():
            raise serializers.ValidationError(_errors_of(form))
        DOES[verb](request.user, line, form.cleaned_data)
        return whole(request, line)


def _as_data(form, said, version):
    """As a browser would send it. A correction says the whole; of every other step what was not said is as shown."""
    data = MultiValueDict()
    for name, field in form.fields.items() if not isinstance(form, OtherAidForm) else ():
        if (initial := form.get_initial_for_field(field, name)) is not None:
            data.setlist(name, _texts(field.prepare_value(initial)))
    for name, value in said.items():
        data.setlist(name, _texts(value))
    data["version"] = str(version)
    return data


def _texts(value):
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _errors_of(form):
    return {
        "non_field_errors" if name == "__all__" else name: [text for error in errors for text in error.messages]
        for name, errors in form.errors.as_data().items()
    }


urlpatterns = [
    path("aid/", AidList.as_view(), name="aid_list"),
    path("aid/<slug:code>/", OneAid.as_view(), name="aid"),
    path("referrals/<slug:code>/aid/", Proposals.as_view(), name="propose_aid"),
    *[
        path(f"aid/<slug:code>/{verb}/", OneStep.as_view(verb=verb), {"verb": verb}, name="move_aid")
        for verb in AID_MOVES
    ],
]
