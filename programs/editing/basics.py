"""The section 基本情况: what the program is, whom it is for, and what the public page says in plain words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.kinds import PROJECT_KINDS_OF, ProjectKindSet
from programs import funds, targets
from programs.editing import fields as drawing
from programs.editing import values
from programs.editing.fields import Spec
from programs.facts import pick
from programs.words import BENEFICIARIES, CONVENTIONS, KINDS, PROJECT_KINDS

TITLE = gettext_lazy("基本情况")
KEYS = (
    "name", "kind", "kinds", "groups", "unit", "sponsor", "region", "public_text", "deadlines", "fund_codes",
    "beneficiary", "age_convention", "quota", "why", "row", "code", "parent",
)  # fmt: skip
DEADLINE = (
    Spec("says", gettext_lazy("什么时候可以申请"), values.Pair(rows=2)),
    Spec("from", gettext_lazy("每年从（月-日）"), values.Text()),
    Spec("to", gettext_lazy("每年到（月-日）"), values.Text()),
)


def named():
    return [
        Spec("name", _("名称"), values.Pair()),
        Spec(
            "public_text", _("公开说明"), values.Pair(rows=4),
            _("公开页面最上面的几句话，说给不懂政策的人听：帮谁、帮多少、找谁。"), is_wide=True,
        ),
    ]  # fmt: skip


def offices():
    return [
        Spec("unit", _("主管单位"), values.Text()),
        Spec("sponsor", _("出资或发起"), values.Text()),
        Spec("region", _("地区"), values.Text(), _("写给人看的一句话；判定户籍和居住地要写在“条件”里。")),
    ]


def finding(kind_set=""):
    """By what people look for it."""
    return [
        Spec(
            "kinds", _("项目分类"), values.Codes(project_kinds(kind_set), is_open=True),
            _("可以同时属于几套分类，本地区用的一套排在最前；本地另有的分类每行写一个。"),
        ),
        Spec(
            "groups", _("帮扶人群"), values.Codes(groups(), is_open=True),
            _("按人群查找项目时用，不影响判定；判定只看“条件”。"),
        ),
    ]  # fmt: skip


def deciding():
    return [
        Spec("kind", _("帮扶类别"), values.Choice(list(KINDS.items()), _("请选择"))),
        Spec("why", _("出处"), values.Text(longest=500), _("各条没有另写出处的，都用这一句。")),
        Spec("quota", _("名额"), values.Number(_("名")), _("没有名额限制就不填。有名额时，条件里要检查“已用名额”。")),
    ]


def money():
    return [
        Spec(
            "fund_codes",
            _("从哪几个基金支付"),
            values.Codes(funds.choices(), is_open=True),
            _("登记在“基金与台账”里的可以勾选；还没登记的先写上编号，每行一个。"),
        ),
    ]


def rare():
    return [
        Spec("beneficiary", _("帮扶对象"), values.Choice(list(BENEFICIARIES.items()), _("个人（默认）"))),
        Spec("age_convention", _("年龄算法"), values.Choice(list(CONVENTIONS.items()), _("按整周岁（默认）"))),
        Spec("row", _("附件中的序号"), values.Number()),
    ]


def project_kinds(kind_set=""):
    """The sets, each under its own words, that of the region first; a kind that is in two sets stands in the first."""
    seen, found = set(), []
    for code, members in sorted(PROJECT_KINDS_OF.items(), key=lambda pair: pair[0] != kind_set):
        options = [(kind, PROJECT_KINDS[kind]) for kind in members if kind not in seen]
        seen |= set(members)
        if options:
            found.append((ProjectKindSet(code).label, options))
    return found


def groups():
    return [(heading, [(code, pick(pair)) for code, pair in pairs.items()]) for heading, pairs in targets.headed()]


def read(posted, definition, vocabulary):
    definition = drawing.read_specs(
        posted, definition, [*named(), *offices(), *finding(), *deciding(), *money(), *rare()]
    )
    rows = definition.get("deadlines")
    if isinstance(rows, list):
        definition["deadlines"] = [
            drawing.read_specs(posted, row, DEADLINE, f"deadlines[{number}]") if isinstance(row, dict) else row
            for number, row in enumerate(rows)
        ]
    return definition


def fields(definition, faults, vocabulary, posted=None, retired=(), kind_set=""):
    is_container = definition.get("container") is True

    def shown(specs):
        return list(drawing.show_specs(definition, specs, faults).values())

    rows = definition.get("deadlines")
    return {
        "named": shown(named()),
        "offices": shown(offices()),
        "finding": shown(finding(kind_set)),
        "deciding": [] if is_container else shown(deciding()),
        "money": [] if is_container else shown(money()),
        "rare": [] if is_container else shown(rare()),
        "deadlines": [
            {"id": drawing.id_of(f"deadlines[{n}]"), "errors": faults.at(f"deadlines[{n}]"),
             "fields": list(drawing.show_specs(row, DEADLINE, faults, f"deadlines[{n}]").values())}
            for n, row in enumerate(rows if isinstance(rows, list) else [])
        ],
        "errors": [message for key in ("code", "parent", "deadlines") for message in faults.at(key)],
    }  # fmt: skip


def blank(place, definition):
    return {"says": [""]} if place == "deadlines" else {}
