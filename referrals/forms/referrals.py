"""What is asked when a referral moves: the fields that the table of moves names, and nothing else."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Staff
from members.roles import ROLES
from portal.lib import money
from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import LinesField, StyledForm, VersionField
from programs.models import Program
from referrals import disclosure, limits, receivers
from referrals.forms.answers import decision_fields
from referrals.items import ITEMS, Purpose, in_order
from referrals.kinds import Ground, Urgency
from referrals.referral_papers import paper_name, papers_asked
from referrals.workflow import TO_BUREAU_KINDS, Effectiveness, Extent, FirstAction, reason_choices

LONGEST_NOTE = 1000
# Who may hold a case at all: the roles that handle referrals.
HANDLES = [role for role, held in ROLES.items() if {"referral.write", "referral.receive"} & held.keys()]
NOTE_LABELS = {
    "send_back": _("要修改什么"), "hold": _("为什么暂停"), "dispute": _("对反馈的哪一点有异议"),
    "reopen": _("为什么重新办理"), "void": _("为什么作废"), "fail": _("帮扶到哪一步、为什么终止"),
    "consult": _("还有什么分歧、要会商什么"), "uphold": _("会商的结论和理由"), "help_on": _("会商的结论和理由"),
    "amend": _("为什么更正"), "accept": _("意见"), "forward": _("为什么再转介"),
}  # fmt: skip
NEEDS_NOTE = frozenset(
    {"send_back", "hold", "dispute", "consult", "uphold", "help_on", "reopen", "void", "fail", "amend"}
)
WAYS = (("counter", _("当面")), ("paper", _("书面")), ("phone", _("电话")))
SATISFACTION = tuple((number, str(number)) for number in range(5, 0, -1))


def move_form(move, referral, staff, data=None, initial=None):
    """A form with the fields that this move asks for, in the order of the table."""
    fields = {}
    for name in move.asks:
        fields |= ASKED[name](move, referral, staff)
    fields["version"] = VersionField()
    made = type("MoveForm", (StyledForm,), fields)
    return made(data, initial={"version": referral.version, **(initial or {})})


def _words(label, *, required=False, rows=3, most=LONGEST_NOTE, help_text="", initial=""):
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, max_length=most, required=required, widget=widget, help_text=help_text, initial=initial
    )


def _note(move, _referral, _staff):
    return {"note": _words(NOTE_LABELS.get(move.verb, _("说明")), required=move.verb in NEEDS_NOTE)}


def _reason(move, referral, _staff):
    wanted = reason_choices(move)
    if move.verb == "reject" and referral.returns < 2:
        wanted = [(group, pairs) for group, pairs in wanted if not pairs[0][0].startswith("incomplete.")]
    return {"reason": forms.ChoiceField(label=_("原因"), choices=[("", _("请选择")), *wanted])}


def _questions(_move, referral, _staff):
    lines = LinesField(
        label=_("要对方答复的问题"),
        required=False,
        entry_max_length=300,
        help_text=_("每行一个问题，写清要什么、为什么要。"),
    )
    papers = papers_asked(referral)
    if not papers:
        return {"questions": lines}
    missing = forms.MultipleChoiceField(
        label=_("缺少的材料"), choices=papers, required=False, widget=forms.CheckboxSelectMultiple
    )
    return {"papers": missing, "questions": lines}


def _answers(_move, referral, _staff):
    hint = _("文件在个案页面这一条问题下面“附文件”；这里写明材料怎样补。")
    return {
        f"answer_{question.code}": _words(
            _question_words(question, referral), required=True, rows=2, help_text=hint if question.paper else ""
        )
        for question in referral.questions.filter(answered_at=None)
    }


def _question_words(question, referral):
    return question.text or _("缺少的材料：%(paper)s") % {"paper": paper_name(referral, question.paper)}


def _items(_move, referral, _staff):
    """What the consent covers and the receiver does not see yet."""
    covered = disclosure.covered(referral.person, referral.receiver, Purpose.REFER_TO_ORG, list(ITEMS)).by_item
    more = [(item.code, item.label) for item in in_order(covered) if item.code not in referral.items]
    if not more:
        return {}
    field = forms.MultipleChoiceField(
        label=_("补充提供的内容"), choices=more, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("只列出本人已经同意、还没有提供的。"),
    )  # fmt: skip
    return {"items": field}


def _extent(_move, referral, _staff):
    """Help can be taken on in part; what a charity told the government is answered, whole."""
    if referral.kind in TO_BUREAU_KINDS:
        return {}
    field = forms.ChoiceField(
        label=_("接收范围"), choices=Extent.choices, initial=Extent.WHOLE, widget=forms.RadioSelect,
        help_text=_("只接收一部分的，在意见里写明接收哪些、不接收哪些。"),
    )  # fmt: skip
    return {"extent": field}


def _day(label, *, required=False, help_text=""):
    return DayField(label=label, required=required, help_text=help_text)


def _finish_on(_move, _referral, _staff):
    return {"finish_on": _day(_("约定完成日期"), help_text=_("不填的，按本地时限反馈。"))}


def _review_on(_move, _referral, _staff):
    return {"review_on": _day(_("哪一天复核"), required=True)}


def _first_action(_move, _referral, _staff):
    field = forms.ChoiceField(label=_("首次行动"), choices=FirstAction.choices, widget=forms.RadioSelect)
    return {"first_action": field}


def _receiver(_move, referral, _staff):
    kinds = set(referral.needs.values_list("kind", flat=True))
    found = receivers.candidates(referral.receiver, referral.person, kinds)
    units = [one.organization for one in found if one.takes and one.organization.pk != referral.sender_id]
    agreed = disclosure.agreed_among(referral.person, units, Purpose.REFER_TO_ORG, referral.items)
    units.sort(key=lambda unit: unit.pk not in agreed)
    pairs = [(unit.code, f"{unit.name}（{_room_words(unit, agreed)}）") for unit in units]
    hint = _("标“本人还没有同意”的现在转不出去：先请转出单位征得本人同意，或者写明原因不予接收。")
    field = forms.ChoiceField(
        label=_("转给哪个单位"), choices=[("", _("请选择")), *pairs], help_text=hint if len(agreed) < len(units) else ""
    )
    return {"receiver": field}


def _room_words(unit, agreed):
    return unit.get_capacity_display() if unit.pk in agreed else _("本人还没有同意")


def _program(_move, _referral, _staff):
    rows = Program.objects.ever_in_force().exclude(organization=None).order_by("code")
    pairs = [(program.code, program.name) for program in rows]
    return {"program": forms.ChoiceField(label=_("项目"), required=False, choices=[("", _("不指定项目")), *pairs])}


def _report(_move, referral, _staff):
    if referral.kind in TO_BUREAU_KINDS:
        return decision_fields(referral)
    effects = {
        f"effect_{need.code}": forms.ChoiceField(
            label=_("%(need)s：效果") % {"need": need.get_kind_display()}, choices=Effectiveness.choices,
            widget=forms.RadioSelect,
        )
        for need in referral.needs.all()
    }  # fmt: skip
    asked = {**effects, "summary": _words(_("做了什么、效果怎样"), required=True)}
    if not referral.aid.given().exists():
        why = _("帮扶台账里还没有给过的帮扶；已经给了的，先在个案里登记交付或支付。")
        asked["no_aid_reason"] = _words(_("没有给予帮扶的原因"), rows=2, help_text=why)
    return asked


def _satisfaction(_move, _referral, _staff):
    field = forms.TypedChoiceField(
        label=_("对这次帮扶的满意度（5 为最满意）"), choices=[("", _("不评价")), *SATISFACTION], coerce=int,
        required=False, empty_value=None,
    )  # fmt: skip
    return {"satisfaction": field}


def _gap(_move, referral, _staff):
    return {
        "gap_wish": _words(
            _("还没有解决的"), rows=2, most=500, help_text=_("填写后会登记为一项新的需求，可以再次转介。")
        ),
        "gap_yuan": _gap_field(referral),
    }


def _gap_field(referral):
    """What the ledger leaves open of the needs, or of the gap that the sender named, is known already."""
    left = limits.remaining_of(referral)
    if not left:
        return MoneyField(label=_("还差多少（元）"), required=False)
    told = _("按台账还差 %(sum)s；上面不写内容的，不登记新的需求。") % {"sum": money.show(left)}
    return MoneyField(label=_("还差多少（元）"), required=False, initial=left, help_text=told)


def _evidence(_move, _referral, _staff):
    return {"evidence": forms.ChoiceField(label=_("本人怎样提出的"), choices=WAYS, widget=forms.RadioSelect)}


def _right_one(_move, _referral, _staff):
    field = forms.CharField(
        label=_("正确的转介单号"), max_length=20, required=False, help_text=_("没有另外的转介单的不填。")
    )
    return {"right_one": field}


def _amendment(_move, referral, staff):
    return {
        "urgency": forms.ChoiceField(label=_("紧急程度"), choices=Urgency.choices, initial=referral.urgency),
        "ground": forms.ChoiceField(label=_("转介事由"), choices=Ground.choices, initial=referral.ground),
        "circumstances": _words(_("困难情形"), initial=referral.circumstances, rows=4, most=2000),
        "gap_yuan": MoneyField(label=_("仍有缺口（元）"), required=False, initial=referral.gap_yuan),
        **_items(None, referral, staff),
    }


def colleagues_of(unit):
    """Those of a unit who may hold a case."""
    rows = Staff.objects.none()
    for role in HANDLES:
        rows |= Staff.objects.active().holding(role)
    return rows.filter(organization=unit).distinct().order_by("name", "pk")


def colleague_field(label, unit, **options):
    return forms.ModelChoiceField(
        label=label, queryset=colleagues_of(unit), to_field_name="code", empty_label=_("请选择"), **options
    )


def _handler(_move, referral, staff):
    field = colleague_field(_("改派给"), staff.organization)
    field.queryset = field.queryset.exclude(pk=referral.handler_id)
    return {"handler": field}


def _nothing(_move, _referral, _staff):
    return {}


# Each name also stands in referrals.move_api.ASKED, for other systems.
ASKED = {
    "note": _note, "reason": _reason, "questions": _questions, "answers": _answers, "items": _items,
    "extent": _extent, "finish_on": _finish_on, "review_on": _review_on, "first_action": _first_action,
    "done_on": _nothing, "receiver": _receiver, "program": _program, "report": _report,
    "satisfaction": _satisfaction, "gap": _gap, "evidence": _evidence, "right_one": _right_one,
    "amendment": _amendment, "handler": _handler,
}  # fmt: skip
