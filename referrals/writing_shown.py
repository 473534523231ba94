"""A referral while it is written: each item with why it goes along, and what the receiver will see of it."""

from dataclasses import dataclass

from referrals import case_verdicts, cases_shown, disclosure, least_items, two_ways
from referrals.actions.referrals import procedure_of
from referrals.items import ITEMS, Purpose, in_order, item_of_paper


@dataclass(frozen=True)
class ItemRow:
    """One item to be ticked. `papers` are the documents that go with it: all of their kind that lie with the record."""

    item: object
    reason: str
    is_chosen: bool
    is_agreed: bool
    papers: tuple = ()


def coverage_of(referral, items=None):
    wanted = referral.items if items is None else items
    return disclosure.covered(referral.person, referral.receiver, Purpose.REFER_TO_ORG, wanted)


def item_rows(referral, chosen):
    """(those that the referral and its program need, the others under their groups): nothing without a reason stands in
    the first list, and papers that nobody has in none."""
    reasons, papers = least_items.reasons_of(referral.program), papers_by_item(referral.person)
    agreed = coverage_of(referral, list(ITEMS)).by_item
    needed, others = [], {}
    for item in in_order(ITEMS):
        if item.is_paper and item.code not in papers:
            continue
        row = ItemRow(
            item, reasons.get(item.code, ""), item.code in chosen, item.code in agreed,
            tuple(papers.get(item.code, ())),
        )  # fmt: skip
        if row.reason:
            needed.append(row)
        else:
            others.setdefault(item.group, []).append(row)
    return needed, [(group.label, rows) for group, rows in others.items()]


def papers_by_item(person):
    """{item: the papers of a person that are shown to whoever may see it}, the newest first."""
    found = {}
    for document in person.documents.standing().without_envelope():
        found.setdefault(item_of_paper(document.kind).code, []).append(document)
    return found


def missing_of(referral):
    """What nobody agreed to yet; whoever keeps the person learns nothing new, and where life is in danger it waits."""
    needs_none = referral.is_urgent_lane or referral.receiver_id == referral.person.keeper_id
    return () if needs_none else coverage_of(referral).missing


def as_received(referral, missing):
    """What the receiver's page will show of it, by the same functions: nothing of what nobody agreed to yet."""
    items = frozenset(referral.items) - frozenset(missing)
    permitted = disclosure.Permitted(items, basis=disclosure.CONSENT)
    referral.procedure = procedure_of(referral)
    verdicts = case_verdicts.judge(referral)
    papers, other_papers = cases_shown.papers_shown(referral, permitted, verdicts)
    return {
        "referral": referral, "rows": cases_shown.rows_of(referral, items), "all": len(ITEMS),
        "government": cases_shown.government_words(referral), "papers": papers, "other_papers": other_papers,
        "application": two_ways.application_of(referral, permitted),
        "judgement": cases_shown.judgement_of(referral, permitted, verdicts),
    }  # fmt: skip
