"""重复和超额: what a receiver must know before it takes somebody on (R90, R91).

Over the household and all receivers: the same program twice, the same need taken on elsewhere. A hard flag stops; the
others ask for a reason and a second person.
"""

from django.db.models import Q
from django.utils.translation import gettext as _

from members.profiles import profile_of
from portal.lib import row_security
from referrals import limits
from referrals.limits import Flag
from referrals.models import Referral
from referrals.workflow import TO_BUREAU_KINDS, UNDER_WAY


@row_security.widely("duplicates and ceilings")
def flags_of(referral):
    """Everything that speaks against taking this referral on, the hard findings first: what others do for the family
    now, and what the ledgers of both sides hold."""
    found = limits.flags_for(limits.case_of_referral(referral))
    if profile_of(referral.receiver.area).duplicate_check:
        found += [*_same_program(referral), *_same_need(referral)]
    return sorted(found, key=lambda flag: not flag.is_hard)


def _others(referral):
    about = Q(person=referral.person_id) | Q(person__household=referral.person.household_id)
    # What was told the government is no help yet.
    rows = Referral.objects.filter(about, state__in=UNDER_WAY).exclude(pk=referral.pk).exclude(kind__in=TO_BUREAU_KINDS)
    return rows.select_related("receiver", "program")


def _same_program(referral):
    if referral.program_id is None:
        return
    rows = tuple(_others(referral).filter(program=referral.program_id))
    if rows:
        words = {"program": referral.program.name, "unit": rows[0].receiver}
        yield Flag("same_program", _("家中已有人在%(unit)s的“%(program)s”帮扶中。") % words, referrals=rows)


def _same_need(referral):
    kinds = referral.needs.values_list("kind", flat=True)
    rows = _others(referral).filter(person=referral.person_id, needs__kind__in=list(kinds)).distinct()
    for other in rows.exclude(program=referral.program_id) if referral.program_id else rows:
        yield Flag("same_need", _("%(unit)s正在帮扶同一类需求。") % {"unit": other.receiver}, referrals=(other,))
