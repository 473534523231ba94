"""What programs gave somebody before, as the ledger of both sides has it: the fact `prior_grants`, reckoned, not asked.

Whoever keeps the record under which a grant stands, it is known of the same human everywhere; of help to a family it is
known of everyone in the household.
"""

from collections import defaultdict
from decimal import Decimal

from django.db.models import F, Q
from django.utils import timezone

from portal.lib import row_security
from referrals.models import AidLine, Person


def as_grant(line):
    """A line as the vocabulary of the programs has it."""
    return {
        "program": line.program.code,
        "amount_yuan": line.worth_yuan,
        "date": day_of(line).isoformat(),
        "term": line.round.term or None if line.round else None,
        "campaign": line.round.campaign or line.round.label if line.round else None,
    }


def day_of(line):
    return line.given_on or timezone.localdate(line.approved_at or line.proposed_at)


@row_security.widely("duplicates and ceilings")
def by_person(people, without=None):
    """{key: [grants]} of many, in three statements whatever their number. Who was given nothing is not in it.

    `without`: the key of the line that is being judged.
    """
    meant = _meant_by(people)
    homes = {home for records in meant.values() for _record, home in records}
    home_of = dict(Person.objects.filter(household__in=homes).values_list("pk", "household"))
    rows = AidLine.objects.counted().filter(person__in=list(home_of), program__isnull=False).exclude(pk=without)
    rows = rows.annotate(beneficiary=F("program_version__definition__beneficiary")).select_related("program", "round")
    own, of_family = defaultdict(list), defaultdict(list)
    for line in rows.defer("private", "rule_lines").order_by("pk"):
        own[line.person_id].append(line)
        if line.beneficiary == "household":
            of_family[home_of[line.person_id]].append(line)
    return {key: found for key, records in meant.items() if (found := _grants(records, own, of_family))}


def _meant_by(people):
    """{key: {(record of the same human, its household)}}: by the number of their document, and by mergers."""
    people = list(people)
    meant = {person.pk: {(person.pk, person.household_id)} for person in people}
    numbers = defaultdict(list)
    for person in people:
        if person.number_index is not None:
            numbers[bytes(person.number_index)].append(person.pk)
    also = Person.objects.filter(Q(number_index__in=list(numbers)) | Q(merged_into__in=list(meant)))
    for key, home, index, merged in also.values_list("pk", "household", "number_index", "merged_into"):
        for one in (*(numbers.get(bytes(index), ()) if index is not None else ()), merged):
            if one in meant:
                meant[one].add((key, home))
    return meant


def _grants(records, own, of_family):
    lines = {line.pk: line for record, home in records for line in (*own[record], *of_family[home])}
    return [as_grant(line) for _key, line in sorted(lines.items())]


def joined(told, grants):
    """What somebody wrote down, and what the ledger has; the same grant counts once."""
    seen = {_mark(one) for one in grants}
    return [*(one for one in told if _mark(one) not in seen), *grants]


def _mark(grant):
    amount = grant.get("amount_yuan")
    return grant.get("program"), grant.get("date"), None if amount is None else Decimal(str(amount))
