"""What comes back to a charity that told the government of a family: the answer in words, and what helps after a no."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.lib import money
from programs import catalogue, questions, rounds
from programs.models import Program
from referrals.disclosure import KEEPER
from referrals.items import item_of_fact
from referrals.matching import facts_of, readable
from referrals.workflow import ENDS, REASONS, TO_BUREAU_KINDS, Decision, State

MOST_PROPOSED = 6


@dataclass(frozen=True)
class Proposed:
    """A charity program for somebody whom the government could not aid."""

    program: object
    fits: bool
    # By the very charity that told of the family.
    is_theirs: bool


def is_open(referral):
    """The answer was no, and the charity has it."""
    if referral.kind not in TO_BUREAU_KINDS or referral.state not in (State.REPORTED, State.CLOSED):
        return False
    report = referral.reports.first()
    return report is not None and report.decision == Decision.NOT_ELIGIBLE


def way_back(referral):
    """The referral that brought the person back and goes on."""
    return referral.followed_by.exclude(state__in=ENDS - {State.CLOSED}).first()


def proposals_for(referral, permitted):
    """[Proposed]: programs that fit, or may fit, those of the charity that told first.

    Reckoned with what whoever looks may know of the person, so that a verdict tells them nothing besides.
    """
    if not is_open(referral) or not permitted:
        return []
    verdicts = questions.ranked(rounds.match_current(_facts(referral.person, permitted)))
    may_fit = [one for one in verdicts if one.eligible is not False]
    codes = list(dict.fromkeys(one.program.parent or one.program.code for one in may_fit))
    fitting = {one.program.parent or one.program.code for one in may_fit if one.eligible}
    rows = Program.objects.filter(code__in=codes, organization__isnull=False).select_related("organization")
    found = [Proposed(row, row.code in fitting, row.organization_id == referral.sender_id) for row in rows]
    found.sort(key=lambda one: (not one.is_theirs, not one.fits, codes.index(one.program.code)))
    return found[:MOST_PROPOSED]


def _facts(person, permitted):
    facts = readable(facts_of(person), catalogue.vocabulary())
    if permitted.basis == KEEPER:
        return facts
    return {name: value for name, value in facts.items() if _is_told(name, permitted)}


def _is_told(name, permitted):
    item = item_of_fact(name)
    return item is None or item.code in permitted


def words_of(report):
    """The answer as a sentence, for the charity and for the family."""
    words = {
        "who": report.referral.receiver, "day": report.decided_on.isoformat(), "scheme": report.get_scheme_display(),
        "why": REASONS["ineligible"].codes.get(report.why_not, ""), "aid": _aid_words(report),
    }  # fmt: skip
    return str(SENTENCES[Decision(report.decision)]() % words)


def _aid_words(report):
    aid = report.government_aid
    if aid is None or aid.amount_yuan is None:
        return ""
    rhythm = f"（{aid.get_rhythm_display()}）" if aid.rhythm else ""
    return str(_("，%(sum)s%(rhythm)s") % {"sum": money.show(aid.amount_yuan), "rhythm": rhythm})


SENTENCES = {
    Decision.APPLICATION_OPENED: lambda: _("%(who)s已于 %(day)s 受理“%(scheme)s”申请。"),
    Decision.AID_GRANTED: lambda: _("%(who)s于 %(day)s 决定给予“%(scheme)s”%(aid)s。"),
    Decision.ALREADY_AIDED: lambda: _("%(who)s查明：此人已在“%(scheme)s”救助中%(aid)s。"),
    Decision.NOT_ELIGIBLE: lambda: _("%(who)s于 %(day)s 答复：不符合“%(scheme)s”的条件，%(why)s。"),
    Decision.HANDED_TO_TOWN: lambda: _("%(who)s已于 %(day)s 交镇街办理。"),
    Decision.CANNOT_REACH: lambda: _("%(who)s多次联系，到 %(day)s 没有联系上。"),
    Decision.PERSON_REFUSES: lambda: _("%(who)s于 %(day)s 答复：本人放弃申请。"),
}
