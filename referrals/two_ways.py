"""What the page of a case shows of both ways: what was told and verified, the answer, and what follows after a no."""

from django.utils.translation import gettext_lazy as _

from referrals import disclosure, double_loop, guests, turns, urgent_lanes, verification
from referrals.items import item_of_paper
from referrals.kinds import PaperKind
from referrals.workflow import TO_BUREAU_KINDS, Decision, ReferralKind, Side

GOOD = frozenset({Decision.APPLICATION_OPENED, Decision.AID_GRANTED, Decision.ALREADY_AIDED})


def sections(staff, referral, permitted):
    """For the template: nothing of the person for whoever may see nothing of them."""
    plain = {"follows": referral.follows, "urgent": urgent_lanes.section(referral, permitted)}
    plain["guest"] = guests.section(staff, referral)
    if referral.kind not in TO_BUREAU_KINDS:
        return plain
    is_theirs = referral.side_of(staff.organization_id) == Side.SENDER
    report = referral.reports.select_related("government_aid", "referral__receiver").first()
    return {
        **plain,
        "verification": verification.section(staff, referral, permitted),
        "application": application_of(referral, permitted),
        "answer": double_loop.words_of(report) if report and report.decision and permitted else "",
        "is_good_answer": bool(report) and report.decision in GOOD,
        "proposed": double_loop.proposals_for(referral, permitted),
        "way_back": double_loop.way_back(referral),
        "may_refer_back": may_refer_back(staff, referral),
        "may_refer_on": is_theirs and "referral.write" in staff.permissions,
    }  # fmt: skip


def may_refer_back(staff, referral):
    if not double_loop.is_open(referral) or double_loop.way_back(referral):
        return False
    return turns.answers_for(staff, referral.receiver, staff.permissions.get("referral.write"))


def application_of(referral, permitted):
    """The draft application: what is asked for, in whose words, and each paper with where it is."""
    if referral.kind != ReferralKind.ASSIST_APPLY or not permitted:
        return None
    held = {one.kind: one for one in disclosure.papers(referral.person, permitted)}
    papers = [
        (PaperKind(kind).label, held.get(kind) if item_of_paper(kind).code in permitted else None)
        for kind in referral.papers
        if kind in PaperKind.values
    ]
    return {
        "scheme": referral.get_scheme_display(), "words": referral.private.get("application", ""),
        "helper": referral.private.get("helper", ""), "papers": papers, "none": _("没有备好的材料"),
    }  # fmt: skip
