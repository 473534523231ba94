"""Help as its pages show it: tabs that are work, totals, one line with what speaks against it, earlier help of both
sides as far as the viewer may see it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, When
from django.db.models.functions import Now, TruncDate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS
from portal.lib import masks, row_security
from portal.lib.prepared import Prepared
from programs import catalogue, wording
from programs.blank_forms import RECEIPTS
from referrals import (
    aid_turns,
    batch_lists,
    batch_routes,
    case_notes,
    disclosure,
    instalments,
    limits,
    minors,
    review_draws,
    turns,
)
from referrals.actions.aid import PROPOSED_IN
from referrals.aid_moves import AID_MOVES
from referrals.entitlements import family_of, same_human
from referrals.kinds import WAITING_AID, AidLineState, AidState, InstalmentState
from referrals.limits import Entry
from referrals.models import AidInstalment, AidLine, BatchRow, GovernmentAid, Person
from referrals.permissions import may
from referrals.workflow import MOVES, Side

_S = AidLineState
MOST_COUNTED = 1000
FUNDED = Q(commitment__isnull=False)
# Of a schedule only what is due; without one, all of it.
DUE = Q(Exists(AidInstalment.objects.open().filter(line=OuterRef("pk"), due_on__lte=TruncDate(Now()))))
AT_ONCE = ~Exists(AidInstalment.objects.filter(line=OuterRef("pk")))
TO_SIGN = Q(pk__in=AidInstalment.objects.unsigned().filter(month__lte=TruncDate(Now())).values("line"))
# Such lines are approved with their list.
ON_A_LIST = Exists(BatchRow.objects.listed().filter(line=OuterRef("pk"), is_live=True))
# What a unit paid by its own ways was paid outside the funds of the portal.
PAID = Case(When(is_told=True, state=_S.PAID, then=F("amount")), default=F("paid"))


@dataclass(frozen=True)
class Tab:
    code: str
    label: str
    condition: Q
    # Whose work it is; for everybody else there is no number.
    permission: str = ""


TABS = (
    Tab("to_approve", _("待审批"), Q(state__in=sorted(WAITING_AID)) & ~ON_A_LIST, "aid.approve"),
    Tab("to_pay", _("待支付"), Q(state__in=[_S.APPROVED, _S.PART_PAID]) & FUNDED & (DUE | AT_ONCE), "aid.pay"),
    Tab("to_settle", _("支付待复核"), Q(state=_S.PAYING), "fund.approve"),
    Tab("to_deliver", _("待交付"), Q(state=_S.APPROVED) & ~FUNDED, "aid.deliver"),
    Tab("to_sign", _("待签收"), TO_SIGN, "aid.deliver"),
    Tab("given", _("已给予"), Q(state__in=[_S.PAID, _S.DELIVERED, _S.PART_PAID])),
    Tab("told", _("自行登记"), Q(is_told=True)),
    Tab("all", _("全部"), Q()),
)


def tab_of(code, staff, counts):
    """The one asked for; else the first that is this person's work, one with something in it before an empty one."""
    asked = next((tab for tab in TABS if tab.code == code), None)
    mine = [tab for tab in TABS if tab.permission in staff.permissions]
    full = (tab for tab in mine if counts.get(tab.code))
    return asked or next(full, mine[0] if mine else TABS[-1])


def ledger_of(staff):
    """A unit's own lines; for civil affairs those of the people it keeps and of those it sent."""
    if _is_simple(staff):
        return AidLine.objects.filter(organization=staff.organization_id)
    return AidLine.objects.visible_to(staff)


def _is_simple(staff):
    """A unit's own lines are seen by everybody there who sees any: nothing else need be asked."""
    return staff.organization.kind not in BUREAU_KINDS and "aid.view" in staff.permissions


def counts_of(staff):
    """{tab: how many} of the tabs that are somebody's work; what waits for a signature may be paid in full."""
    if not _is_simple(staff):
        rows = ledger_of(staff)
        return {**_at_work(rows).aggregate(**_WORK), "to_sign": rows.filter(TO_SIGN).count()}
    unit = staff.organization_id
    found = _counts_of_unit(unit=unit) or [[0] * len(_WORK)]
    return {**dict(zip(_WORK, found[0], strict=True)), "to_sign": sum(n for (n,) in _to_sign_of_unit(unit=unit))}


def _at_work(rows):
    return rows.filter(state__in=[*WAITING_AID, _S.APPROVED, _S.PAYING, _S.PART_PAID])


def _rows_of_unit(unit):
    rows = _at_work(AidLine.objects.filter(organization=unit)).order_by().values("organization")
    return rows.annotate(**_WORK).values_list(*_WORK)


def _unsigned_of_unit(unit):
    rows = AidLine.objects.filter(TO_SIGN, organization=unit).order_by().values("organization")
    return rows.annotate(number=Count("pk")).values_list("number")


_WORK = {tab.code: Count("pk", filter=tab.condition) for tab in TABS if tab.permission and tab.code != "to_sign"}
_counts_of_unit, _to_sign_of_unit = Prepared(_rows_of_unit, unit=int), Prepared(_unsigned_of_unit, unit=int)


def count_mine(staff):
    """For the menu: what this person has to do with help today."""
    mine = [tab.code for tab in TABS if tab.permission and tab.permission in staff.permissions]
    counts = counts_of(staff) if mine else {}
    return sum(counts[code] for code in mine)


def count_of(code, staff):
    return counts_of(staff)[code]


def totals_of(rows):
    return rows.order_by().aggregate(
        number=Count("pk"), people=Count("person", distinct=True), paid=Sum(PAID), amount=Sum("amount"),
        value=Sum("value"), hours=Sum("hours"),
    )  # fmt: skip


# -- One line ---------------------------------------------------------------------------------------------------------
def reads_words(staff, line):
    """What people wrote of a line, whom it is paid to and what its papers show: for the unit that gives it, without
    kin and without those whom nobody approved for a child; for others with the sight of the person."""
    if line.organization_id == staff.organization_id:
        return not case_notes.keeps_out(staff, line.person)
    return bool(disclosure.permitted(staff, line.person))


def opens_account(staff, line):
    """Whoever pays has to know to whom, also where they open no case; but nobody pays their own kin."""
    pays = "aid.account" in staff.permissions and line.organization_id == staff.organization_id
    return pays and not aid_turns.related_words(staff, line.person)


def page_of_line(staff, line):
    answers = aid_turns.open_to(staff, line)
    able = [move for move, answer in answers if not answer]
    reads, pays = reads_words(staff, line), opens_account(staff, line)
    is_deciding = line.state in WAITING_AID and line.organization_id == staff.organization_id
    flags = limits.flags_for(limits.case_of_line(line)) if is_deciding else []
    return {
        "line": line,
        "first": next((move for move in able if not move.is_grave), None),
        "others": [move for move in able if not move.is_grave][1:],
        "grave": [move for move in able if move.is_grave],
        "blocked": [(move, answer) for move, answer in answers if answer],
        "flags": [(flag, limits.shown_entries(staff, flag, sees_sums(staff, line.person))) for flag in flags],
        "reads": reads,
        "payee": payee_shown(line) if reads or pays else {},
        "may_open_account": pays,
        "name": minors.shown_name(staff, line.person) if may(staff, "person.view", line.person) else "",
        "steps": steps_of(line),
        "papers": line.papers.select_related("added_by") if reads else (),
        "payments": line.commitment.orders.select_related("recorded_by", "decided_by") if line.commitment else (),
        **schedule_of(line),
        "draw": review_draws.draw_of(line),
        "reviewer": review_draws.reviewer_of(line),
        "may_print": line.organization_id == staff.organization_id and is_printed(line) and is_named(staff, line),
        "onward": onward_of(staff, line),
        "lists": lists_for(staff, line) if is_deciding else None,
        "sees_referral": line.referral is not None and "referral.view" in staff.permissions,
    }


def lists_for(staff, line):
    """(address, words) of the list this waits for, or of the page that begins one; None where it waits for none."""
    batch = batch_routes.batch_of(line)
    if batch is not None and "batch.view" in staff.permissions:
        return reverse("referrals:show_batch", args=[batch.code]), _("打开名册")
    if batch is None and "batch.edit" in staff.permissions and batch_routes.wants_list(line):
        return f"{reverse('referrals:make_batch')}?program={line.program.code}", _("建立名册")
    return None


def schedule_of(line):
    """What has happened and what comes next; months far ahead stand folded."""
    rows = instalments.of_line(line)
    ahead = [one for one in rows if one.state == InstalmentState.PLANNED]
    later = [one for one in ahead if one.due_on != ahead[0].due_on]
    return {
        "instalments": rows, "instalments_now": [one for one in rows if one not in later], "instalments_later": later
    }  # fmt: skip


def onward_of(staff, line):
    """All of a case is given: what its page asks for next, which is to say what came of it."""
    if line.referral is None or not AidLine.objects.given().filter(pk=line.pk).exists():
        return None
    if line.referral.aid.unsettled().filter(paid=0).exists():
        return None
    report = MOVES["report"]
    stands = report.applies_to(line.referral.state) and turns.stands_on(staff, line.referral, report)
    return report if stands and not turns.why_not(staff, line.referral, report) else None


@dataclass(frozen=True)
class SignatureSheet:
    title: str
    sheets: int
    filed: str
    name: str
    parts: list
    rows: list
    permitted: object

    @property
    def copies(self):
        return range(1, self.sheets + 1)


def is_printed(line):
    return bool(line.program_version_id and instalments.of_line(line) and _receipt_paper(line))


def is_named(staff, line):
    return "name" in disclosure.permitted(staff, line.person)


def _receipt_paper(line):
    program = catalogue.parsed(line.program_version, catalogue.vocabulary())
    return next((paper for paper in program.papers if paper.kind in RECEIPTS), None)


def signature_sheet(staff, line):
    """None where the program has no such paper, or the name is not open to them now."""
    permitted = disclosure.permitted(staff, line.person)
    if not is_printed(line) or "name" not in permitted:
        return None
    paper = _receipt_paper(line)
    rows = [one for one in instalments.of_line(line) if not one.skipped_at]
    parts = [what for what, _amount in max((one.split for one in rows), key=len, default=[])]
    return SignatureSheet(
        batch_lists.title_of(paper), max(paper.originals, 1), wording.parties(paper.filed), line.person.name, parts,
        rows, permitted,
    )  # fmt: skip


def steps_of(line):
    """Who did what and said what, the newest first."""
    words = {move.verb: move.done for move in AID_MOVES.values()} | {"return": _("款项退回或冲正")}
    return [
        {**note, "label": words.get(note["verb"], note["verb"]), "at": datetime.fromisoformat(note["at"])}
        for note in reversed(line.notes)
    ]


def payee_shown(line):
    """The holder and the account with all but their ends hidden."""
    payee = line.payee
    if not payee:
        # Nobody wrote down another: it is for the person themselves.
        return {"holder": masks.mask_name(line.person.name)} if line.is_funded and not line.is_told else {}
    return {
        **payee,
        "holder": masks.mask_name(payee["holder"]) if payee.get("holder") and is_person(payee) else payee.get("holder"),
        "account": masks.mask_account(payee["account"]) if payee.get("account") else "",
    }


def is_person(payee):
    return payee.get("kind", "self") in ("self", "family")


# -- Earlier help -----------------------------------------------------------------------------------------------------
def sees_sums(staff, person):
    """Sums of other units: the keeper's own side, or under a consent that names earlier grants."""
    return may(staff, "person.view", person) or "earlier_grants" in disclosure.permitted(staff, person)


@row_security.widely("duplicates and ceilings")
def earlier_aid(staff, person):
    """[Entry] of both sides, the newest first: for this person under every record of theirs, and for the household.

    Who keeps the person sees it all; who received them sees what the consent names; everyone sees their own.
    """
    records = same_human(person)
    permitted = disclosure.permitted(staff, person)
    is_keeper = may(staff, "person.view", person)
    rows = AidLine.objects.counted().filter(person__in=family_of(records)).select_related("organization", "program")
    if not is_keeper and "earlier_grants" not in permitted:
        rows = rows.filter(organization=staff.organization_id)
    found = [limits.entry_of(line, records) for line in rows.order_by("-pk")[:50]]
    if is_keeper or "government_aid" in permitted:
        found += _government(records)
    return sorted(found, key=lambda one: (one.day is not None, one.day and one.day.isoformat()), reverse=True)


def _government(records):
    rows = GovernmentAid.objects.filter(person__in=records, state=AidState.GRANTED).order_by("-pk")[:50]
    return [
        Entry(
            unit=aid.decided_by, day=aid.decided_on, what=aid.get_scheme_display(), amount=aid.amount_yuan,
            is_government=True, person_id=aid.person_id, code=aid.code,
        )
        for aid in rows
    ]  # fmt: skip


def of_case(staff, referral):
    """The section of a case: its lines, what may be proposed now, and earlier help."""
    if referral.is_before_acceptance and referral.side_of(staff.organization_id) != Side.RECEIVER:
        return None
    if "aid.view" not in staff.permissions:
        return None
    lines = list(referral.aid.select_related("program", "fund", "need", "organization").order_by("pk"))
    own = {line.code for line in lines}
    figures = instalments.figures_of([line.pk for line in lines])
    reviewers = review_draws.reviewers_of([line.pk for line in lines])
    for line in lines:
        line.figures, line.reviewer = figures.get(line.pk), reviewers.get(line.pk)
    earlier = [one for one in earlier_aid(staff, referral.person) if one.code not in own]
    may_propose = (
        "aid.propose" in staff.permissions and referral.receiver_id == staff.organization_id
        and referral.state in PROPOSED_IN
    )  # fmt: skip
    return {
        "lines": lines, "earlier": earlier, "may_propose": may_propose, "left": left_of(referral),
        "may_tell": _may_tell_more(staff, referral),
    }  # fmt: skip


def _may_tell_more(staff, referral):
    """The case is over and the unit goes on helping: as long as a consent still tells it whom."""
    is_over = referral.state not in PROPOSED_IN and not referral.is_before_acceptance
    is_receiver = referral.receiver_id == staff.organization_id and "aid.propose" in staff.permissions
    return is_over and is_receiver and "name" in disclosure.permitted(staff, referral.person)


def left_of(referral):
    """[(need, what is still missing)] where the cost of the need is known."""
    needs = [need for need in referral.needs.all() if need.estimated_yuan is not None]
    return [(need, limits.remaining_need(need)) for need in needs]


def of_person(staff, person):
    """For the page of a person: everything charity gave or decided, beside the government's."""
    if "aid.view" not in staff.permissions or not Person.objects.visible_to(staff).filter(pk=person.pk).exists():
        return []
    return [one for one in earlier_aid(staff, person) if not one.is_government]
