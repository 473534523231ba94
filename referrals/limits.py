"""重复和超额 over the ledgers of both sides (R90, R91): what a decision must know before anybody is taken on or paid.

Asked before a referral is accepted, before a line is approved and before it is paid. Which finding stops and which
only warns, the version of the program says (programs.ceilings); whoever goes on after a warning says why and has a
second approver. Where nothing is said a ceiling of the program's own rules stops, and everything else warns. Each
finding names the entries that cause it: unit, month, kind; the sum only where the viewer may see it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from members.kinds import NeedKind
from members.profiles import profile_of
from portal.lib import money, row_security
from programs.ceilings import RULES
from referrals.entitlements import Entitlement, entitlement_of, family_of, same_human
from referrals.kinds import AidRhythm, AidState, Scheme
from referrals.models import AidLine, GovernmentAid, Need, Person

# So far back somebody looks for help of the same kind.
LOOKS_BACK = timedelta(days=365)
NOTHING = Decimal(0)
# Which need a government scheme answers; the others answer none that charity would double.
ANSWERED_BY = {
    Scheme.TEMP_RELIEF: {NeedKind.EMERGENCY, NeedKind.LIVING},
    Scheme.MEDICAL: {NeedKind.MEDICAL},
    Scheme.EDUCATION: {NeedKind.EDUCATION},
    Scheme.HOUSING: {NeedKind.HOUSING},
    Scheme.EMPLOYMENT: {NeedKind.EMPLOYMENT},
    Scheme.DISASTER: {NeedKind.DISASTER},
}


@dataclass(frozen=True)
class Entry:
    """Help that was decided before, as far as it causes a finding."""

    unit: str
    day: date | None
    what: str
    amount: Decimal | None = None
    is_government: bool = False
    # Of somebody else in the household.
    is_kin: bool = False
    organization_id: int | None = None
    person_id: int | None = None
    code: str = ""

    @property
    def month(self):
        return f"{self.day:%Y-%m}" if self.day else ""


@dataclass(frozen=True)
class Flag:
    """One finding with what causes it. `kind` and the codes of its entries name it, so that an answer is kept to it."""

    kind: str
    words: str
    is_hard: bool = False
    entries: tuple = ()
    referrals: tuple = ()

    @property
    def key(self):
        causes = sorted({one.code for one in self.entries} | {one.code for one in self.referrals})
        return ":".join([self.kind, *causes])


@dataclass(frozen=True)
class Case:
    """What somebody is about to decide: for whom, under which program, for which need, how much."""

    person: Person
    organization: object
    program: object = None
    version: object = None
    round: object = None
    needs: tuple = ()
    need_kind: str = ""
    amount: Decimal | None = None
    referral: object = None
    line: AidLine | None = None

    @property
    def kinds(self):
        """The needs it answers."""
        return {need.kind for need in self.needs} | ({self.need_kind} - {""})

    @property
    def is_acceptance(self):
        return self.line is None and self.amount is None

    @property
    def own_key(self):
        return self.line.pk if self.line else None


def case_of_line(line):
    return Case(
        person=line.person, organization=line.organization, program=line.program, version=line.program_version,
        round=line.round, needs=(line.need,) if line.need else (), need_kind=line.need_kind,
        amount=line.worth_yuan, referral=line.referral, line=line,
    )  # fmt: skip


def case_of_referral(referral):
    return Case(
        person=referral.person, organization=referral.receiver, program=referral.program,
        version=referral.program_version, round=referral.round, needs=tuple(referral.needs.all()), referral=referral,
    )  # fmt: skip


def lock_family(person):
    """From here on nobody else decides on this person or their household: two who do come one after the other."""
    everyone = family_of(same_human(person))
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=everyone).order_by("pk").values_list("pk"))


def entitlement(case):
    """What the rules give in this case; nothing is asked of them where it is for no program."""
    if case.program is None:
        return Entitlement(is_eligible=True)
    return entitlement_of(
        case.person, case.program, version=case.version, round=case.round, without=case.own_key,
        holds_place=bool(case.referral and case.referral.holds_place),
    )  # fmt: skip


@row_security.widely("duplicates and ceilings")
def flags_for(case, due=None):
    """Everything that speaks against it, the hard findings first. `due`: the entitlement, where it is known already."""
    due = entitlement(case) if due is None else due
    records = same_human(case.person)
    found = list(_of_the_rules(case, due, records))
    if profile_of(case.organization.area).duplicate_check:
        found += _of_the_ledger(case, due, records)
    return sorted(found, key=lambda flag: not flag.is_hard)


# -- What the program's own rules forbid ------------------------------------------------------------------------------
def _of_the_rules(case, due, records):
    if case.program is None:
        return
    about = family_of(records) if due.beneficiary == "household" else records
    earlier = partial(_entries_of, case, about, records)
    reasons = str(_("；")).join(due.reasons[:3])
    if due.is_used_up:
        is_hard = not due.is_at_its_end or due.limits.stops("lifetime")
        yield Flag("used_up", _("按项目规定不能再给：%(why)s") % {"why": reasons}, is_hard=is_hard, entries=earlier())
    elif due.is_eligible is False and not case.is_acceptance:
        words = _("不符合项目条件：%(why)s。情况有变的，请先更正；不按项目标准帮扶的，请不选项目。")
        yield Flag("ineligible", words % {"why": reasons.rstrip("。")}, is_hard=True)
    yield from _beyond_ceilings(case, due, earlier)


def _beyond_ceilings(case, due, earlier):
    """Each ceiling that the sum would pass; the version says which of them stop."""
    for rule, room in due.rooms if case.amount is not None else ():
        if case.amount > room and not due.is_used_up:
            words = {
                "rule": RULES[rule], "room": money.show(max(room, NOTHING)), "amount": money.show(case.amount)
            }  # fmt: skip
            words = _("%(rule)s：还可以给 %(room)s，这里是 %(amount)s。") % words
            yield Flag(rule, words, is_hard=due.limits.stops(rule), entries=earlier())


def _entries_of(case, people, records):
    return _entries(_counted(case, people, program=case.program), records)


# -- What the ledgers say ---------------------------------------------------------------------------------------------
def _of_the_ledger(case, due, records):
    family = family_of(records)
    yield from _same_period(case, due, records, family)
    yield from _same_kind(case, records, due.limits.stops("same_kind"))
    yield from _beyond_need(case, records, due.limits.stops("need"))


def _same_period(case, due, records, family):
    """The same program in the same round or month: for this person again, or for somebody else in the household."""
    if case.program is None:
        return
    rows = _in_period(_counted(case, family, program=case.program), case)
    entries, is_hard = _entries(rows, records), due.limits.stops("same_period")
    if mine := tuple(one for one in entries if not one.is_kin):
        yield Flag("same_period", _("同一项目同一时期已经给过此人帮扶。"), is_hard, entries=mine)
    if kin := tuple(one for one in entries if one.is_kin):
        yield Flag("family_period", _("同一项目同一时期已经给过此户其他成员帮扶。"), is_hard, entries=kin)


def _in_period(rows, case):
    if case.round is not None:
        return rows.filter(round=case.round)
    today = timezone.localdate()
    return rows.filter(Q(given_on__year=today.year, given_on__month=today.month) | Q(given_on=None))


def _same_kind(case, records, is_hard):
    """Help for the same kind of need, by another unit or the government, within a year."""
    since = timezone.localdate() - LOOKS_BACK
    rows = _counted(case, records).filter(need_kind__in=case.kinds).exclude(organization=case.organization)
    rows = rows.filter(Q(given_on=None) | Q(given_on__gte=since))
    entries = (*_entries(rows, records), *_government(case, records, since))
    if entries:
        yield Flag("same_kind", _("一年内已有其他单位给过同类帮扶。"), is_hard, entries=entries)


def _government(case, records, since):
    """Granted once, within the year, and not what the referral itself tells of."""
    schemes = [scheme for scheme, kinds in ANSWERED_BY.items() if kinds & case.kinds]
    rows = GovernmentAid.objects.filter(
        person__in=records, scheme__in=schemes, state=AidState.GRANTED, rhythm__in=["", AidRhythm.ONCE],
        decided_on__gte=since,
    )  # fmt: skip
    if case.referral is not None and case.referral.scheme:
        rows = rows.exclude(scheme=case.referral.scheme)
    return tuple(
        Entry(
            unit=aid.decided_by or str(_("政府救助")), day=aid.decided_on, what=aid.get_scheme_display(),
            amount=aid.amount_yuan, is_government=True, person_id=aid.person_id, code=aid.code,
        )
        for aid in rows.order_by("pk")
    )  # fmt: skip


def _beyond_need(case, records, is_hard):
    """All help for a need against what it costs; and against the gap that the sender named."""
    for need in case.needs:
        if need.estimated_yuan is not None:
            rows = _counted(case, records).filter(need=need)
            what = _("“%s”的预计费用") % need.get_kind_display()
            yield from _over(case, records, rows, need.estimated_yuan, what, is_hard)
    if case.referral is not None and case.referral.gap_yuan is not None:
        rows = _counted(case, records).filter(referral=case.referral)
        yield from _over(case, records, rows, case.referral.gap_yuan, _("转出单位写明的缺口"), is_hard)


def _over(case, records, rows, cost, what, is_hard):
    given = rows.aggregate(sum=Sum(Coalesce("amount", "value")))["sum"] or NOTHING
    is_beyond = given >= cost > NOTHING if case.amount is None else given + case.amount > cost
    if not is_beyond:
        return
    words = {
        "what": what, "cost": money.show(cost), "given": money.show(given),
        "left": money.show(max(cost - given, NOTHING)),
    }  # fmt: skip
    words = _("超过%(what)s：%(what)s %(cost)s，已帮扶 %(given)s，还差 %(left)s。") % words
    yield Flag("beyond_need", words, is_hard, entries=_entries(rows, records))


def _counted(case, people, **about):
    rows = AidLine.objects.counted().filter(person__in=people, **about).exclude(pk=case.own_key)
    return rows.select_related("organization", "program")


def _entries(rows, records):
    return tuple(entry_of(line, records) for line in rows.order_by("pk"))


def entry_of(line, records):
    return Entry(
        unit=str(line.organization), day=line.given_on or timezone.localdate(line.approved_at or line.proposed_at),
        what=_what(line), amount=line.worth_yuan, is_kin=line.person_id not in records,
        organization_id=line.organization_id, person_id=line.person_id, code=line.code,
    )  # fmt: skip


def _what(line):
    form = line.get_form_display()
    return f"{line.program.name} {form}" if line.program else str(form)


# -- As a viewer may see it -------------------------------------------------------------------------------------------
def shown_entries(staff, flag, sees_sums):
    """[(entry, sum or nothing)]: unit, month and kind tell enough to decide; sums of others only under a consent or on
    the side that keeps the person."""
    return [
        (one, one.amount if sees_sums or one.organization_id == staff.organization_id else None) for one in flag.entries
    ]


@row_security.widely("duplicates and ceilings")
def remaining_of(referral):
    """What is still missing in a case: of its needs where their cost is known, else of the gap the sender named."""
    left = [remaining_need(need) for need in referral.needs.all()]
    if known := [one for one in left if one is not None]:
        return sum(known)
    if referral.gap_yuan is None:
        return None
    given = referral.aid.counted().aggregate(sum=Sum(Coalesce("amount", "value")))["sum"] or NOTHING
    return max(referral.gap_yuan - given, NOTHING)


@row_security.widely("duplicates and ceilings")
def remaining_need(need):
    """What is still missing of the cost of a need; None where nobody knows the cost."""
    need = need if isinstance(need, Need) else Need.objects.get(pk=need)
    if need.estimated_yuan is None:
        return None
    given = need.aid.counted().aggregate(sum=Sum(Coalesce("amount", "value")))["sum"] or NOTHING
    return max(need.estimated_yuan - given, NOTHING)
