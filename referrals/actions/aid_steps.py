"""The one road of every deed on a line of help: locked in one order, guarded, written down, told to the family."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from portal.lib import money
from programs.models import Fund
from referrals import aid_turns, announcements, limits, timeline
from referrals.actions import fact_sheets
from referrals.aid_moves import AID_MOVES
from referrals.entitlements import same_human
from referrals.kinds import COUNTED_AID, AidLineState
from referrals.models import AidLine, Person

RELATED = (
    "person__household", "person__keeper__area", "person__residence", "organization__area", "program",
    "program_version", "round", "need", "referral__sender__area", "referral__receiver__area", "fund__organization",
    "fund__joint_bureau", "commitment__fund", "order", "proposed_by", "first_approved_by", "approved_by", "changed_by",
)  # fmt: skip


def with_causes(flag):
    """The finding with the entries that cause it, as far as everybody who decides may know them."""
    causes = [f"{one.unit} {one.month} {one.what}".strip() for one in flag.entries[:5]]
    joined = str(_("；")).join(causes)
    return f"{flag.words}（{joined}）" if joined else flag.words


def lock_line(line):
    """Always in this order, so that nobody waits for somebody who waits for them: the fund, the family, the line."""
    if line.fund_id:
        list(Fund.objects.select_for_update().filter(pk=line.fund_id).values_list("pk"))
    limits.lock_family(line.person)
    return AidLine.objects.select_for_update(of=("self",)).select_related(*RELATED).get(pk=line.pk)


def take_line(actor, line, verb, version):
    """The locked row for a deed of somebody; refused when they may not, or when it changed since they looked."""
    current = lock_line(line)
    if not aid_turns.stands_on(actor, current, AID_MOVES[verb]):
        raise PermissionDenied
    if current.version != version:
        raise Stale(current, by=current.changed_by, at=current.changed_at)
    if answer := aid_turns.why_not(actor, current, verb):
        raise Refusal(str(answer))
    return current


def move_line(actor, line, verb, state, note, flags=()):
    """Write the line, what was said, and its audit line; the person's sheet follows what now counts."""
    before, line.state = line.state, state
    said = {"verb": verb, "who": str(actor or _("系统")), "at": timezone.now().isoformat(), "text": note.strip()}
    line.private = {**line.private, "notes": [*line.notes, {name: text for name, text in said.items() if text}]}
    if flags:
        line.private["flags"] = [with_causes(flag) for flag in flags]
        keys = {*line.private.get("answered", ()), *(flag.key for flag in flags)}
        line.private["answered"] = sorted(keys)
    line.version += 1
    line.changed_by, line.changed_at = actor, timezone.now()
    line.save()
    states = [str(AidLineState(before).label), str(AidLineState(state).label)]
    changes = {"state": states} if before != state else None
    # What was said is sealed with the line: it may name the family, and the audit is read by those who see no case.
    audit.record(actor, f"aid.{verb}", line, organization=line.organization, changes=changes)
    announcements.tell_aid(line, verb)
    if line.program_id and (before in COUNTED_AID) != (state in COUNTED_AID):
        renew_sheets(line.person)
    return line


def renew_sheets(person):
    """What somebody was given is known under every record of theirs, whoever keeps it."""
    for record in Person.objects.filter(pk__in=same_human(person)).order_by("household", "pk"):
        fact_sheets.renew(record)


def tell_new(actor, line, verb):
    """Of a line that was just written: the audit, and the unit's own system."""
    audit.record(actor, f"aid.{verb}", line, organization=line.organization)
    announcements.tell_aid(line, verb)


def tell_family(actor, line, kind, **details):
    """On the time line of the household: form and unit, never the account."""
    worth = line.worth_yuan
    shown = money.show(worth) if worth is not None else ""
    timeline.record(
        kind, actor, person=line.person, form=line.get_form_display(), amount=shown,
        unit=line.organization, **details,
    )  # fmt: skip
