"""The stations a list goes through, as its program has them, and how far it has come at each (programs.routes).

What each person went through by themselves (applied, was visited) lies before the list is closed. The others are walked
in their order: the first that is not done is now. A program that names nobody who approves is approved by whoever holds
the list, before anything is given.
"""

from dataclasses import dataclass, field, replace

from django.utils import timezone
from django.utils.translation import gettext as _

from programs import catalogue
from programs.facts import pick
from programs.routes import Step
from programs.words import PARTIES, STEPS, say
from referrals import instalments
from referrals.list_kinds import (
    BEFORE_THE_LIST,
    FILED_BY,
    GIVES,
    LOOSE,
    MANAGERS,
    ONLY_ON_A_LIST,
    BatchState,
    CheckResult,
    Counted,
    ObjectionState,
)
from referrals.models import BatchRow, RowSignature

OWN_SHARE = "self_paid_yuan"


@dataclass(frozen=True)
class Station:
    number: int  # of the step in the program, from 1; 0 for an approval the program does not name
    step: Step
    is_done: bool
    is_now: bool = False
    # What is still wanting, in a sentence.
    wanting: str = ""
    counted: Counted | None = None

    @property
    def label(self):
        return say(STEPS, self.step.kind) if self.step.kind else pick(self.step.texts)

    @property
    def does(self):
        return pick(self.step.texts)

    @property
    def actor(self):
        return say(PARTIES, self.step.actor)


@dataclass
class Progress:
    """Everything about a list that its stations ask for, read once."""

    batch: object
    rows: list = field(default_factory=list)
    draws: dict = field(default_factory=dict)
    notices: list = field(default_factory=list)
    objections: list = field(default_factory=list)
    # number of a step -> how the list took it
    records: dict = field(default_factory=dict)
    signatures: list = field(default_factory=list)
    paper_kinds: frozenset = frozenset()
    # id of a line -> how far its payment schedule has come, of those that have one
    figures: dict = field(default_factory=dict)

    @classmethod
    def of(cls, batch, rows=None):
        rows = list(batch.rows.with_people()) if rows is None else rows
        return cls(
            batch,
            rows,
            {draw.purpose: draw for draw in batch.draws.select_related("drawn_by")},
            list(batch.notices.select_related("published_by", "taken_down_by")),
            list(batch.objections.select_related("row", "recorded_by", "decided_by")),
            {one.step: one for one in batch.stations.select_related("to", "done_by").exclude(answer="returned")},
            list(RowSignature.objects.filter(row__batch=batch, row__struck_at=None)),
            frozenset(batch.papers.values_list("kind", flat=True)),
            instalments.figures_of([row.line_id for row in rows if row.line_id]),
        )

    @property
    def listed(self):
        return [row for row in self.rows if row.is_listed]

    @property
    def open_objections(self):
        return [one for one in self.objections if one.state == ObjectionState.OPEN]


def decider_of(batch):
    """The unit that decides on what another one files; None where a list is decided by whoever holds it."""
    manager = batch.program.organization
    return manager if batch.organization_id != manager.pk and is_filed(program_of(batch)) else None


def is_filed(program):
    """Do other units hand the lists of this program to the one that manages it?"""
    approve = step_of_kind(program, "approve")
    is_managed = approve is not None and approve.actor in MANAGERS
    return is_managed and any(step.actor in FILED_BY for step in program.steps)


def asks_bill(program):
    """Is it the own share of a bill that decides about the sum?"""
    return any(getattr(rule.pay, "fact", "") == OWN_SHARE for rule in program.benefit.rules)


def program_of(batch):
    return catalogue.parsed(batch.program_version, catalogue.vocabulary())


def steps_of(program, *, is_filing=False):
    """[(number, step)] a list goes through; an approval is put in where the program has none.

    Of a filing the application itself is a step: the list is handed to whoever decides.
    """
    numbered = [(number, step) for number, step in enumerate(program.steps, start=1) if step.kind not in LOOSE]
    if is_filing:
        numbered = [(number, _handed_in(step)) for number, step in numbered]
    if any(step.kind == "approve" for _number, step in numbered):
        return numbered
    place = next((at for at, (_number, step) in enumerate(numbered) if step.kind in GIVES), len(numbered))
    approval = Step("organization", ("审批", "Approval"), "approve")
    return [*numbered[:place], (0, approval), *numbered[place:]]


def _handed_in(step):
    return replace(step, kind="forward") if step.kind == "apply" and step.actor in FILED_BY else step


def needs_list(program):
    """Does the program ask for something that only a list can go through?"""
    return any(step.kind in ONLY_ON_A_LIST for step in program.steps)


def step_of_kind(program, kind):
    return next((step for step in program.steps if step.kind == kind), None)


def stations_of(progress):
    """All stations of a list in their order, the first that is not done marked as now."""
    found, is_now_given = [], progress.batch.state not in (BatchState.FROZEN, BatchState.APPROVED)
    for number, step in steps_of(program_of(progress.batch), is_filing=decider_of(progress.batch) is not None):
        is_done, wanting, counted = judge(progress, number, step)
        is_now = not is_done and not is_now_given
        is_now_given = is_now_given or is_now
        found.append(Station(number, step, is_done, is_now, wanting, counted))
    return found


def station_now(progress):
    return next((station for station in stations_of(progress) if station.is_now), None)


def wanting_before(progress, kind):
    """Why a list is not yet at its first station of this kind, in a sentence; "" when it is, or is past it."""
    for station in stations_of(progress):
        if station.step.kind == kind:
            return ""
        if not station.is_done:
            return station.wanting or _("“%(step)s”还没有完成。") % {"step": station.label}
    return _("这个项目没有这一步。")


def judge(progress, number, step):
    """(is it done, what is wanting, how far)"""
    if step.kind in BEFORE_THE_LIST:
        return progress.batch.state != BatchState.DRAFT, _("名册还没有封存。"), None
    if step.kind in GIVES and progress.figures:
        return _by_schedule(progress, step)
    if step.kind in JUDGES:
        return JUDGES[step.kind](progress)
    if step.kind == "sign_off":
        return _signed(progress, step)
    return _taken(progress.records.get(number), step)


# Steps that are one deed for the whole list.
HANDED = frozenset({"forward", "consult", ""})


def _taken(record, step):
    """Handed on and receipted; or ticked off, where nobody has to answer."""
    if record is None:
        return False, _("还没有办理“%(step)s”。") % {"step": say(STEPS, step.kind) or pick(step.texts)}, None
    if record.answer == "waiting":
        return False, _("已交 %(to)s，等待回执。") % {"to": record.receiver}, None
    return True, "", None


def _signed(progress, step):
    """Each body has said yes of each person."""
    listed = {row.pk: row.number for row in progress.listed}
    told = {(one.row_id, one.body): one.agrees for one in progress.signatures if one.body in step.bodies}
    counted = Counted(len(told), len(listed) * len(step.bodies))
    if no := sorted({listed[row] for (row, _body), agrees in told.items() if not agrees}):
        numbers = _("、").join(map(str, no))
        return False, _("序号 %(numbers)s 有部门不同意，须先剔除。") % {"numbers": numbers}, counted
    if not counted.is_whole:
        return False, _("会签还缺 %(left)s 项。") % _left(counted), counted
    return True, "", counted


def _sample(progress):
    if "sample" not in progress.draws:
        return False, _("还没有抽取抽查对象。"), None
    drawn = [row for row in progress.listed if row.is_drawn]
    checked = [row for row in drawn if row.check_result]
    wrong = [row for row in checked if row.check_result.result != CheckResult.CONFIRMED]
    counted = Counted(len(checked), len(drawn))
    if not counted.is_whole:
        return False, _("抽中的 %(of)s 人中有 %(left)s 人还没有走访记录。") % _left(counted), counted
    if wrong:
        numbers = _("、").join(str(row.number) for row in wrong)
        return False, _("序号 %(numbers)s 抽查结果与申报不符，须先剔除。") % {"numbers": numbers}, counted
    return True, "", counted


def _left(counted):
    return {"of": counted.of, "left": counted.of - counted.done}


def _notice(progress):
    if any(one.state == ObjectionState.UPHELD and one.row_id is None for one in progress.objections):
        return False, _("针对整份名册的异议成立，请取消后重新提出。"), None
    hung = next((one for one in progress.notices if one.state != "down"), None)
    if hung is None:
        return False, _("还没有公示。"), None
    if open_ones := progress.open_objections:
        return False, _("还有 %(n)s 件异议没有处理。") % {"n": len(open_ones)}, None
    if hung.state == "up":
        return False, _("公示到 %(day)s 期满。") % {"day": hung.until.isoformat()}, None
    if _wants_proof(progress) and "notice_proof" not in progress.paper_kinds:
        return False, _("还没有上传公示照片。"), None
    return True, "", None


def _wants_proof(progress):
    return any(paper.kind == "public_notice_evidence" for paper in program_of(progress.batch).papers)


def wants_seal(program):
    """Is the list handed on only with somebody's seal on it?"""
    return any(paper.kind == "payment_list" and paper.seals for paper in program.papers)


def _approve(progress):
    return progress.batch.decided_on is not None, _("还没有审批。"), None


def _given(progress):
    """Paid or handed over, row by row."""
    given = [row for row in progress.listed if row.line and row.line.state in ("paid", "delivered")]
    counted = Counted(len(given), len(progress.listed))
    return counted.is_whole and counted.of > 0, _("还有 %(left)s 人没有发放。") % _left(counted), counted


def _by_schedule(progress, step):
    """Month by month: what goes to the people each month is signed for, what goes there before is paid."""
    figures = [progress.figures[row.line_id] for row in progress.listed if row.line_id in progress.figures]
    is_signed = step.every == "month"
    counted = Counted(sum(one.signed if is_signed else one.paid for one in figures), sum(one.of for one in figures))
    words = _("还有 %(left)s 期没有签收。") if is_signed else _("还有 %(left)s 期没有支付。")
    return counted.is_whole and counted.of > 0, words % _left(counted), counted


def _received(progress):
    taken = [row for row in progress.listed if row.received_on]
    counted = Counted(len(taken), len(progress.listed))
    return counted.is_whole and counted.of > 0, _("还有 %(left)s 人没有签收。") % _left(counted), counted


JUDGES = {
    "sample": _sample,
    "notice": _notice,
    "approve": _approve,
    "pay": _given,
    "provide": _given,
    "receive": _received,
}


# -- The way of one line ----------------------------------------------------------------------------------------------
def why_not_approve(line):
    """For whoever approves aid by itself: what stands on a list is approved with its list, and not before."""
    batch = batch_of(line)
    if batch is not None and batch.state not in (BatchState.APPROVED, BatchState.FINISHED):
        return _("已列入名册“%(batch)s”，随名册审批。") % {"batch": batch}
    if batch is None and wants_list(line):
        return _("“%(program)s”要先列入名册，随名册审批。") % {"program": line.program}
    return ""


def wants_list(line):
    """Is it given by a version whose way leads through a list?"""
    version = line.program_version
    return version is not None and needs_list(catalogue.parsed(version, catalogue.vocabulary()))


def why_not_pay(line):
    """What stands in the way of paying a line on a list: a notice that hangs, an objection, no decision yet."""
    row = _row_of(line)
    if row is None:
        return ""
    if row.batch.state not in (BatchState.APPROVED, BatchState.FINISHED):
        return _("名册“%(batch)s”还没有批准。") % {"batch": row.batch}
    if row.batch.notices.hanging(timezone.localdate()).exists():
        return _("名册“%(batch)s”正在公示，期满以前不能支付。") % {"batch": row.batch}
    if row.batch.objections.filter(state=ObjectionState.OPEN).exists():
        return _("名册“%(batch)s”有没有处理的异议，处理以前不能支付。") % {"batch": row.batch}
    return ""


def batch_of(line):
    """The list a line stands on."""
    row = _row_of(line)
    return row and row.batch


def _row_of(line):
    return BatchRow.objects.listed().filter(line=line, is_live=True).select_related("batch").first()
