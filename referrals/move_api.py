"""Every move of a referral for other systems, by one road: the table says what a body holds, who may send it and what
follows, and the same form, guard and action as on the page carry it out. Nobody sets a state by its name.
Mounted by portal/api.py under /api/v1/."""

from django.urls import path
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members.rest import Resource, counts_once
from portal.lib import api, openapi
from referrals import turns
from referrals.actions.moves import RELATED, Moved
from referrals.forms.referrals import LONGEST_NOTE, NEEDS_NOTE, WAYS, move_form
from referrals.items import ITEMS
from referrals.kinds import AidRhythm, Ground, Scheme, Urgency
from referrals.models import Referral, ReferralApproval
from referrals.referral_api import Asked, OpenMove, ReferralRow, moves_shown
from referrals.rest import CaseResource, made, several, stands, version_field, words
from referrals.views.referrals import DOES, find_referral
from referrals.workflow import (
    ALWAYS_SECOND,
    MOVES,
    REASONS,
    SECOND_WHEN_FLAGGED,
    STANDINGS,
    Decision,
    Effect,
    Effectiveness,
    Extent,
    FirstAction,
    SaidBy,
    Side,
    State,
    reason_choices,
)

ITEM_CHOICES = [(item.code, item.label) for item in ITEMS.values()]
BY_PEOPLE = {verb: move for verb, move in MOVES.items() if not move.is_by_clock}
MOST = 20


# -- what each name of the table means in a body ----------------------------------------------------------------------
def _code(help_text, **options):
    return serializers.CharField(max_length=40, help_text=help_text, **options)


def _chosen(kinds, help_text, **options):
    return serializers.ChoiceField(list(getattr(kinds, "choices", kinds)), help_text=help_text, **options)


def _by_code(child, help_text):
    return serializers.DictField(child=child, required=False, help_text=help_text)


def _note(move):
    is_needed = move.verb in NEEDS_NOTE
    return {"note": words(LONGEST_NOTE, _("说明。"), required=is_needed, allow_blank=not is_needed)}


def _reason(move):
    pairs = [pair for _group, pairs in reason_choices(move) for pair in pairs]
    return {"reason": _chosen(pairs, _("原因：“类别.代码”。"))}


def _questions(_move):
    line = serializers.RegexField(r"^[^\r\n]+$", max_length=300)
    return {
        "questions": serializers.ListField(
            child=line, required=False, max_length=MOST, help_text=_("要对方答复的问题，每个一行。")
        ),
        "papers": serializers.ListField(
            child=serializers.CharField(max_length=60), required=False, max_length=MOST,
            help_text=_("缺少的材料的代码。"),
        ),
    }  # fmt: skip


def _report(_move):
    return {
        "effects": _by_code(_chosen(Effectiveness, _("效果。")), _("需求的编号和效果；每项需求都要写。")),
        "summary": words(LONGEST_NOTE, _("做了什么、效果怎样。")),
        "no_aid_reason": words(LONGEST_NOTE, _("没有给予帮扶的原因；登记了帮扶记录的不用填。"), allow_blank=True),
        "decision": _chosen(Decision, _("民政办理结果；只用于线索告知和协助申请。"), required=False),
        "scheme": _chosen(Scheme, _("哪项政府救助。"), required=False, allow_blank=True),
        "decided_on": serializers.DateField(required=False, help_text=_("决定日期，默认今天。")),
        "why_not": _chosen(
            REASONS["ineligible"].codes.items(), _("不符合的是哪一条；不符合条件的必填。"), required=False
        ),
        "despite_check": serializers.BooleanField(
            required=False, help_text=_("经济状况核对还没有结论也答复“不符合条件”。")
        ),
        "amount_yuan": serializers.DecimalField(
            14, 2, min_value=0, required=False, help_text=_("救助金额（元）。")
        ),
        "rhythm": _chosen(AidRhythm, _("怎样发放。"), required=False),
        "since": serializers.DateField(required=False, help_text=_("享受期起；已在救助中的必填。")),
    }  # fmt: skip


class Gap(api.StrictSerializer):
    wish = words(500, _("还没有解决的；登记为一项新的需求。"), required=True)
    yuan = serializers.DecimalField(14, 2, min_value=0, required=False, help_text=_("还差多少（元）。"))

    class Meta:
        ref_name = "GapOfCase"


def _amendment(_move):
    return {
        "urgency": _chosen(Urgency, _("紧急程度。"), required=False),
        "ground": _chosen(Ground, _("转介事由。"), required=False),
        "circumstances": words(2000, _("困难情形。"), allow_blank=True),
        "gap_yuan": serializers.DecimalField(
            14, 2, min_value=0, required=False, help_text=_("仍有缺口（元）。")
        ),
        "items": several(ITEM_CHOICES, _("补充提供的内容：本人已经同意、还没有提供的。")),
    }  # fmt: skip


# As forms.referrals.ASKED: name of the table -> function(move) -> fields of a body.
ASKED = {
    "note": _note,
    "reason": _reason,
    "questions": _questions,
    "answers": lambda move: {"answers": _by_code(words(LONGEST_NOTE, _("答复。")), _("问题的编号和答复；都要答复。"))},
    "items": lambda move: {"items": several(ITEM_CHOICES, _("补充提供的内容：本人已经同意、还没有提供的。"))},
    "extent": lambda move: {"extent": _chosen(Extent, _("接收范围，默认全部。"), required=False)},
    "finish_on": lambda move: {"finish_on": serializers.DateField(required=False, help_text=_("约定完成日期。"))},
    "review_on": lambda move: {"review_on": serializers.DateField(help_text=_("哪一天复核。"))},
    "first_action": lambda move: {"first_action": _chosen(FirstAction, _("首次行动。"))},
    "done_on": lambda move: {},
    "receiver": lambda move: {"receiver": _code(_("转给哪个单位：编号。"))},
    "program": lambda move: {"program": _code(_("项目编号；不给为不指定。"), required=False, allow_blank=True)},
    "report": _report,
    "satisfaction": lambda move: {
        "satisfaction": serializers.IntegerField(
            min_value=1, max_value=5, required=False, help_text=_("满意度，5 为最满意。")
        )
    },
    "gap": lambda move: {"gap": Gap(required=False, help_text=_("还没有解决的；没有的不给。"))},
    "evidence": lambda move: {"evidence": _chosen(WAYS, _("本人怎样提出的。"))},
    "right_one": lambda move: {"right_one": _code(_("正确的转介单号。"), required=False, allow_blank=True)},
    "amendment": _amendment,
    "handler": lambda move: {"handler": _code(_("改派给谁：人员编号。"))},
}


def body_for(move):
    """The body of a move: what the table asks, and the version that was seen."""
    fields = {}
    for name in move.asks:
        fields |= ASKED[name](move)
    name = "".join(part.capitalize() for part in move.verb.split("_"))
    return type(f"{name}Referral", (api.StrictSerializer,), {**fields, "version": version_field()})


BODIES = {verb: body_for(move) for verb, move in BY_PEOPLE.items()}
# What stands together in JSON and apart in a form: {"effects": {"<code>": "met"}} is effect_<code>=met.
_APART = {"effects": "effect_", "answers": "answer_", "gap": "gap_"}


# -- the one road -----------------------------------------------------------------------------------------------------
def carry_out(request, referral, verb, said, version):
    """Guard, form and action of the page. Returns what the action returns: the referral, or a request for a second
    person. Refused: not one's own (forbidden), changed since (conflict), not from this state (wrong_state)."""
    move = BY_PEOPLE[verb]
    refuse_stranger(request.user, referral, move)
    if version != referral.version:
        raise Moved(referral)
    if not move.applies_to(referral.state):
        words = str(turns.why_not(request.user, referral, move))
        raise api.Problem("wrong_state", words, stands(referral))
    if answer := turns.why_not(request.user, referral, move):
        raise api.Problem("forbidden", str(answer))
    form = move_form(move, referral, request.user)
    form = move_form(move, referral, request.user, _as_data(form, said, version))
    if not form.is_valid():
        raise serializers.ValidationError(_errors_of(form))
    return DOES[verb](request, referral, form.cleaned_data)


def refuse_stranger(staff, referral, move):
    if not turns.stands_on(staff, referral, move):
        raise api.Problem("forbidden", str(turns.why_not(staff, referral, move)))


def _as_data(form, said, version):
    """As a browser would send it: what was not said is as the page would show it."""
    data = MultiValueDict()
    for name, field in form.fields.items():
        if (initial := form.get_initial_for_field(field, name)) is not None:
            data.setlist(name, _texts(field.prepare_value(initial)))
    for name, value in said.items():
        if name in _APART:
            pairs = {f"{_APART[name]}{code}": inner for code, inner in value.items()}
        else:
            pairs = {name: "\n".join(value) if name == "questions" else value}
        for key, inner in pairs.items():
            data.setlist(key, _texts(inner))
    data["version"] = str(version)
    return data


def _texts(value):
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _errors_of(form):
    """Of the form, under the names of the body."""
    found = {}
    for name, errors in form.errors.as_data().items():
        prefix = next((one for one, start in _APART.items() if name.startswith(start)), "")
        key = f"{prefix}.{name.removeprefix(_APART[prefix])}" if prefix else name
        key = "non_field_errors" if name == "__all__" else key
        found[key] = [
            serializers.ErrorDetail(text, code=error.code or "invalid") for error in errors for text in error.messages
        ]
    return found


# -- views ------------------------------------------------------------------------------------------------------------
class MoveDone(ReferralRow):
    name = None
    moves = OpenMove(many=True, help_text=_("现在由您的角色办理的各步，和不能办的原因。"))
    approval = Asked(allow_null=True, help_text=_("已提请第二人审核，同意后才生效；已经办好时为 null。"))


class MoveOperation(openapi.Operation):
    """What the document says of a move is read from the table."""

    def get_operation_id(self):
        return f"{self.view.verb}_referral"

    def get_tags(self):
        return ["referral-moves"]

    def get_summary(self):
        return str(BY_PEOPLE[self.view.verb].label)

    def get_description(self):
        move = BY_PEOPLE[self.view.verb]
        told = {
            "side": Side(move.side).label, "permission": move.permission,
            "states": _g("、").join(str(state.label) for state in State if state in move.sources),
        }  # fmt: skip
        text = _g("从“%(states)s”；由%(side)s办理，需要 %(permission)s。") % told
        if move.verb in ALWAYS_SECOND | SECOND_WHEN_FLAGGED:
            text += _g("要第二人审核的回答 202，approval 是提请的编号。")
        return text

    def get_request_serializer(self):
        return BODIES[self.view.verb]

    def get_response_serializers(self):
        return {200: MoveDone, 202: MoveDone}


class OneMove(CaseResource):
    permission = "referral.view"
    schema = MoveOperation()
    verb = None

    @counts_once
    def post(self, request, code, verb):
        referral = find_referral(request, code)
        refuse_stranger(request.user, referral, BY_PEOPLE[verb])
        said = dict(self.body_of(BODIES[verb]))
        version = seen_version(request, referral, said)
        said.pop("version", None)
        done = carry_out(request, referral, verb, said, version)
        return answer_of(request, code, done)


def seen_version(request, referral, said):
    """From If-Match or the body; a tag that is no longer the newest is told who was first, as the body is."""
    try:
        return api.expected_version(request, referral, said)
    except api.Problem as problem:
        if problem.problem == "version_mismatch":
            raise api.Problem("version_mismatch", Moved(referral).message, stands(referral)) from problem
        raise


def answer_of(request, code, done):
    """Where it stands now, without a word about the person."""
    fresh = Referral.objects.visible_to(request.user).select_related(*RELATED).filter(code=code).first()
    if fresh is None:
        return Response(status=204)
    is_asked = isinstance(done, ReferralApproval)
    if is_asked:
        done.is_mine_to_decide = False
    fresh.moves = moves_shown(turns.open_to(request.user, fresh))
    fresh.approval = done if is_asked else None
    return made(fresh, MoveDone(fresh, context={"staff": request.user}).data, 202 if is_asked else 200)


# -- the table --------------------------------------------------------------------------------------------------------
class StateRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("代码。"))
    label = serializers.CharField(help_text=_("名称。"))
    turn = serializers.ChoiceField(Side.choices, help_text=_("轮到哪一方。"))
    clock = serializers.CharField(help_text=_("哪个时限；不计时的为空。"))
    by_date = serializers.CharField(help_text=_("以哪个日期为准；没有的为空。"))
    is_end = serializers.BooleanField(help_text=_("已经结束。"))

    class Meta:
        ref_name = "StateOfWorkflow"


class MoveRow(serializers.Serializer):
    verb = serializers.CharField(help_text=_("动作，用在地址里（下划线写成连字符）。"))
    number = serializers.CharField(help_text=_("编号。"))
    label = serializers.CharField(help_text=_("名称。"))
    sources = serializers.ListField(child=serializers.CharField(), help_text=_("从哪些状态。"))
    target = serializers.CharField(help_text=_("到哪个状态；状态不变的为空，paused_in 为暂停前的状态。"))
    side = serializers.ChoiceField(Side.choices, help_text=_("由哪一方。"))
    permission = serializers.CharField(help_text=_("需要什么权限；由时限办理的为空。"))
    asks = serializers.ListField(child=serializers.CharField(), help_text=_("请求内容里的字段。"))
    reasons = serializers.ListField(child=serializers.CharField(), help_text=_("可以用的原因类别。"))
    is_by_clock = serializers.BooleanField(help_text=_("由时限办理，接口不能调用。"))
    second_person = serializers.ChoiceField(
        [("never", _("不要")), ("flagged", _("有提示时要")), ("always", _("总是要"))], help_text=_("要不要第二人审核。")
    )

    class Meta:
        ref_name = "MoveOfWorkflow"


class ReasonRow(serializers.Serializer):
    category = serializers.CharField(help_text=_("类别。"))
    label = serializers.CharField(help_text=_("名称。"))
    codes = serializers.DictField(child=serializers.CharField(), help_text=_("代码和名称。"))
    said_by = serializers.ChoiceField(SaidBy.choices, help_text=_("由谁提出。"))
    effect = serializers.ChoiceField(Effect.choices, help_text=_("对以后推荐的影响。"))
    needs_words = serializers.BooleanField(help_text=_("要写明情况。"))

    class Meta:
        ref_name = "ReasonOfWorkflow"


class Table(serializers.Serializer):
    states = StateRow(many=True, help_text=_("状态。"))
    moves = MoveRow(many=True, help_text=_("各步。"))
    reasons = ReasonRow(many=True, help_text=_("原因，两级。"))

    class Meta:
        ref_name = "Workflow"


def table():
    return {
        "states": [
            {"code": state.value, "label": state.label, **vars(STANDINGS[state])} for state in State
        ],
        "moves": [_move_row(move) for move in MOVES.values()],
        "reasons": [
            {"category": category, **vars(reason)} for category, reason in REASONS.items()
        ],
    }  # fmt: skip


def _move_row(move):
    seconds = {**dict.fromkeys(SECOND_WHEN_FLAGGED, "flagged"), **dict.fromkeys(ALWAYS_SECOND, "always")}
    return {
        **vars(move), "sources": [state.value for state in State if state in move.sources],
        "asks": [name for name in BODIES[move.verb]().fields if name != "version"] if move.verb in BODIES else [],
        "is_by_clock": move.is_by_clock, "second_person": seconds.get(move.verb, "never"),
    }  # fmt: skip


@extend_schema_view(
    get=extend_schema(
        operation_id="workflow", tags=["referral-moves"], summary=_("流转表"), responses=Table,
        description=_("所有状态、各步由谁从哪里到哪里、原因。网页的按钮、校验和接口都由这张表得出。"),
    )
)  # fmt: skip
class Workflow(Resource):
    permission = "api.view"

    def get(self, request):
        return Response(Table(table()).data)


urlpatterns = [
    path("workflow/", Workflow.as_view(), name="workflow"),
    *[
        path(
            f"referrals/<slug:code>/{verb.replace('_', '-')}/", OneMove.as_view(verb=verb), {"verb": verb},
            name="move_referral",
        )
        for verb in BY_PEOPLE
    ],
]  # fmt: skip
