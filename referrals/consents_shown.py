"""How consents and what was passed on are shown: which hold, with whom, until when, and what the next step is."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.access import within_reach
from members.models import Organization
from referrals.items import Purpose, in_order
from referrals.models import Consent, ConsentWithdrawal, DisclosureLog, Person, Provision, SubjectRequest

SOON = timedelta(days=30)
# standing -> words and the color of its state
STANDINGS = {
    "draft": (_("待答复"), "now"),
    "refused": (_("不同意"), "stop"),
    "in_force": (_("有效"), "done"),
    "reduced": (_("有效，部分已撤回"), "done"),
    "planned": (_("未到生效日期"), ""),
    "withdrawn": (_("已撤回"), "stop"),
    "expired": (_("已到期"), "stop"),
}


@dataclass(frozen=True)
class Line:
    """One consent as a row: its standing in words, and the units and items that are left."""

    consent: object
    standing: str
    units: list
    items: list

    @property
    def words(self):
        return STANDINGS[self.standing][0]

    @property
    def color(self):
        return STANDINGS[self.standing][1]

    @property
    def taken_back(self):
        """Codes of items that a withdrawal left to nobody."""
        if self.standing not in {"reduced", "withdrawn"}:
            return frozenset()
        return frozenset(self.consent.all_items) - {item.code for item in self.items}

    @property
    def is_ending(self):
        return self.standing in {"in_force", "reduced"} and self.consent.valid_until <= timezone.localdate() + SOON


def lines_of(person):
    """All consents of a person, the newest first."""
    rows = Consent.objects.of(person).select_related("wording", "organization").with_terms().order_by("-pk")
    return lines([*rows[:100]])


def lines(consents):
    today, found = timezone.localdate(), []
    for consent in consents:
        terms = consent.terms
        is_given = consent.state == Consent.State.GIVEN
        left = terms.recipients_left(today) if is_given else terms.recipients
        items = terms.items_left(today) if is_given else terms.items
        found.append((consent, consent.standing, left, in_order(items)))
    units = Organization.objects.in_bulk({pk for _consent, _standing, left, _items in found for pk in left})
    return [
        Line(consent, standing, [units[pk] for pk in sorted(left)], items) for consent, standing, left, items in found
    ]


def section(staff, person):
    """The short box on the person's own page: what holds, and what could be asked."""
    rows = lines_of(person)
    return {
        "live": [row for row in rows if row.standing in {"in_force", "reduced"}],
        "drafts": [row for row in rows if row.standing == "draft"],
        "refused": Consent.objects.refusal_in_force(person, Purpose.REFER_TO_ORG),
        "may_view": "consent.view" in staff.permissions,
        "may_record": "consent.record" in staff.permissions,
    }


def log_of(person):
    """What was passed on, seen and stopped: newest first."""
    from_merged = DisclosureLog.objects.filter(person__merged_into=person)
    rows = DisclosureLog.objects.filter(person=person) | from_merged
    return rows.select_related("provision", "actor").order_by("-at", "-pk")


def ending_soon(staff):
    """Consents of people in reach that end within a month and were not asked for again."""
    today = timezone.localdate()
    keepers = within_reach(staff, "consent.record")
    whole = ConsentWithdrawal.objects.filter(consent=OuterRef("pk"), recipient=None, items=[])
    newer = Consent.objects.filter(earlier=OuterRef("pk"))
    rows = Consent.objects.given().filter(valid_until__gte=today, valid_until__lte=today + SOON)
    return rows.filter(~Exists(whole), ~Exists(newer), person__keeper__in=keepers, person__died_on=None)


def count_ending_soon(staff):
    return ending_soon(staff).count()


def taken_back_unseen(staff):
    """Consents that families took back by themselves on the public page, and at which nobody has looked since."""
    return Consent.objects.taken_back_unseen().filter(person__keeper__in=within_reach(staff, "consent.record"))


def count_taken_back(staff):
    return taken_back_unseen(staff).count()


def count_to_confirm(staff):
    """Lists that ended and whose copies nobody has confirmed as deleted."""
    rows = Provision.objects.to_unit(staff.organization).filter(ended_at__isnull=False, deleted_at=None)
    return rows.count()


def count_requests(staff):
    """Requests of people in reach that nobody has answered."""
    people = Person.objects.visible_to(staff, "subject_request.answer")
    return SubjectRequest.objects.filter(state=SubjectRequest.State.OPEN, person__in=people).count()
