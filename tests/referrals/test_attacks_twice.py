"""The same deed twice at the same moment: once, and the other one is told so."""

import pytest

from referrals.actions import consents, import_writing, imports, leads, mergers, people, purges
from referrals.actions.minors import approve_minor_access, ask_minor_access
from referrals.models import Consent, ConsentWithdrawal, MinorAccessApproval, Person, TimelineEntry
from tests.cast import Cast
from tests.make.people import an_answer, make_consent, make_lead, make_person
from tests.make.units import a_number, make_staff
from tests.referrals.tables import checked, row
from tests.threads import at_once


def twice(deed):
    return at_once(deed, deed)


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_twice_at_once_counts_once():
    """One test for all of them: every test with real transactions empties all tables after itself."""
    cast = Cast.assemble()
    actor, approver, outcomes = cast.bureau_officer, cast.bureau_approver, {}
    person = make_person(cast.bureau)

    draft = make_consent(person, [cast.charity], actor=actor, state="draft")
    answer = an_answer(person)
    outcomes["consent"] = twice(lambda: consents.give_consent(actor, draft, draft.version, answer))
    outcomes["withdrawal"] = twice(lambda: consents.withdraw_consent(None, draft, channel="online"))

    lead = make_lead(cast.town_caseworker, cast.town_area)
    outcomes["lead"] = twice(lambda: leads.close_lead(cast.town_caseworker, lead, "wrong", "核实过"))

    twin = make_person(cast.bureau, number="")
    merger = mergers.merge_people(actor, person, twin, "同一人")
    outcomes["merger"] = twice(lambda: mergers.undo_merger(actor, merger, "弄错了"))

    values = {"name": "某新人", "number": a_number(), "residence": cast.county}
    outcomes["person"] = twice(lambda: people.register_person(actor, values, is_another=True))

    table = checked(actor, rows=[row(), row()])
    outcomes["import"] = twice(lambda: imports.begin_apply(actor, table, "all"))
    outcomes["import's job"] = twice(lambda: import_writing.apply_import(actor, table))

    asked = ask_minor_access(cast.town_caseworker, reason="办助学", until=consents.timezone.localdate())
    other = make_staff("另一审批", cast.bureau, ["bureau_approver"])
    outcomes["approval"] = at_once(
        lambda: approve_minor_access(approver, asked, asked.until),
        lambda: approve_minor_access(other, asked, asked.until),
    )
    outcomes["purge"] = twice(lambda: purges.order_purge(actor, Person.objects.get(pk=twin.pk), "登记错了"))

    assert outcomes.pop("import's job") == ["done", "done"]
    assert outcomes == dict.fromkeys(outcomes, ["Refusal", "done"]) | {"person": outcomes["person"]}
    assert outcomes["person"] in (["Alike", "done"], ["Refusal", "done"])
    assert Consent.objects.given().count() == 1
    assert ConsentWithdrawal.objects.count() == 1
    assert TimelineEntry.objects.filter(kind__in=["consent_given", "people_unmerged"]).count() == 2
    assert Person.objects.count() == 5
    assert MinorAccessApproval.objects.get().state == "approved"
