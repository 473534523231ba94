"""What a list shows of the people on it, to whom: each value by what stands open at this very moment.

On the page of a list a name is shown to whoever may read it through referrals.disclosure; what hangs out in public is
what the person agreed to hang out, and the name always masked.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from portal.lib import masks
from referrals import disclosure
from referrals.items import Purpose
from referrals.models import Consent
from referrals.permissions import may


def names_of(viewer, rows):
    """id of a row -> the name, the masked name for who only oversees, "" for whom nothing is open.

    Each row gets `reads`: whether what was written of them is open too, as it goes with the name."""
    permitted = disclosure.permitted_each(viewer, [row.person for row in rows])
    for row in rows:
        row.reads = "name" in permitted[row.person_id]
    return {row.pk: _name(viewer, row.person, permitted[row.person_id]) for row in rows}


def _name(viewer, person, permitted):
    if "name" in permitted:
        return person.name
    return person.masked_name if may(viewer, "person.view", person) else ""


def sum_of(row):
    """In money, as far as anybody has said."""
    return row.listed if row.line is None else sum_of_line(row.line)


def sum_of_line(line):
    return line.amount if line.amount is not None else line.value


# -- In public --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class PublicRow:
    number: int
    # Empty where the person did not agree, or takes it back.
    name: str
    place: str
    amount: Decimal | None


def public_rows(notice, rows):
    """What hangs out: of each person on the list, without those struck off, only what their consent still covers."""
    rows = [row for row in rows if row.is_listed]
    open_items = publicity_of([row.person_id for row in rows])
    found = []
    for row in rows:
        items = open_items[row.person_id] & frozenset(notice.items)
        found.append(
            PublicRow(
                number=row.number,
                name=masks.mask_name(row.person.name) if "name" in items else "",
                place=row.person.residence.name if "residence" in items else "",
                amount=sum_of(row) if notice.shows_sums else None,
            )
        )
    return found


def publicity_of(ids, on=None):
    """id of a person -> items they agreed to hang out, and did not take back."""
    on = on or timezone.localdate()
    consents = Consent.objects.in_time(on).filter(
        Q(person__in=ids) | Q(person__merged_into__in=ids), purpose=Purpose.PUBLICITY
    )
    found = {pk: frozenset() for pk in ids}
    for consent in consents.with_terms().select_related("person"):
        owner = consent.person_id if consent.person_id in found else consent.person.merged_into_id
        found[owner] |= consent.terms.items_left(on)
    return found
