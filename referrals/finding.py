"""Who is meant: searches within one's scope, and the likely same person before another record is made."""

import re
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal
from members.kinds import BUREAU_KINDS
from portal.lib import encryption, identity, telephones
from portal.lib.name_keys import keys_for
from referrals.models import Person, PersonDistinction, Referral
from referrals.workflow import MOST_FORWARDINGS

MOST_ALIKE = 10
MOST_WORDS = 5
LONGEST = 60
SHORTEST_NUMBER = 7
DIGITS_OF_NUMBER = 7
_NUMBER = re.compile(r"[A-Z]{0,3}[0-9][0-9A-Z]*")


def found(people, text):
    """Of these people, those the text means: a whole number or telephone, any part of a name, its initials, a code.

    Several words narrow each other. A text that can mean nobody finds nobody, never everybody.
    """
    words = [text] if _is_number(text) else text[:LONGEST].split()[:MOST_WORDS]
    if not words:
        return people.none()
    for word in words:
        meant = _meant_by(word)
        if meant is None:
            return people.none()
        people = people.filter(meant)
    return people


def referral_numbers(text, on=None):
    """The numbers a text may mean: a whole one, or the last digits of this year's; and what it was passed on as."""
    said = "".join(text.upper().split())
    if said.isdigit() and len(said) <= DIGITS_OF_NUMBER:
        said = f"ZJ{(on or timezone.localdate()).year}{int(said):0{DIGITS_OF_NUMBER}d}"
    return [said, *(f"{said}-{depth + 1}" for depth in range(MOST_FORWARDINGS))]


def _is_number(text):
    """A number written in groups is one word."""
    return (
        bool(_NUMBER.fullmatch(identity.normalize(text[:LONGEST]))) and len(identity.normalize(text)) > SHORTEST_NUMBER
    )


def _meant_by(word):
    asked = Q()
    number = identity.normalize(word)
    if _NUMBER.fullmatch(number) and len(number) >= SHORTEST_NUMBER:
        asked |= Person.number_question(number)
        try:
            asked |= Person.phone_question(str(telephones.read(word)))
        except ValidationError:
            pass
    if keys := keys_for(word):
        asked |= Q(name_keys__contains=keys)
    if re.fullmatch(r"[2-9a-z]{10}", word):
        asked |= Q(code=word)
    return asked or None


def one_of(people, text):
    """The one person of these that a form means by number, name or code; a refusal in words when it is not one."""
    matches = list(found(people, text)[:2])
    if not matches:
        raise Refusal(_("在您能看到的范围内没有找到，请核对证件号码、姓名或编号。"))
    if len(matches) > 1:
        raise Refusal(_("有不止一人符合，请填证件号码或编号。"))
    return matches[0]


def helped_by(staff, code):
    """Somebody the unit keeps, or of whom a referral told it. Whether it may still see the name, a consent says."""
    told_of = Referral.objects.filter(receiver=staff.organization_id).values("person")
    people = Person.objects.visible_to(staff).filter(code=code) | Person.objects.filter(code=code, pk__in=told_of)
    return people.filter(merged_into=None).first()


def to_token(staff, text):
    """What was searched for, for a link: readable by the server alone, and only for this person of staff."""
    return encryption.encrypt_text(text[:LONGEST], "people", "search", staff.pk)


def from_token(staff, token):
    """The text of such a link, "" when it is none of this person's."""
    try:
        return encryption.decrypt_text(token, "people", "search", staff.pk)
    except (encryption.CannotOpen, UnicodeDecodeError):
        return ""


@dataclass(frozen=True)
class Elsewhere:
    """Somebody alike whose record is out of sight: only whom to ask, nothing of the person."""

    keeper_kind: str
    area: str

    @classmethod
    def of(cls, person):
        return cls(person.keeper.get_kind_display(), str(person.keeper.area))


@dataclass
class Alike:
    """What stands in the way of a new record. `blocking` is the one that has this number already."""

    seen: list = field(default_factory=list)
    elsewhere: list = field(default_factory=list)
    is_number_taken: bool = False

    def __bool__(self):
        return bool(self.seen or self.elsewhere)


def alike(staff, *, number="", name="", birth_date=None, residence=None, but=None) -> Alike:
    """Records that may be of the same person, in sight or not.

    By the number of a document, or by name, birth date and county. Both questions are always asked, of everybody, so
    that neither the number of queries nor their time tells whether there is somebody elsewhere.
    """
    number = identity.normalize(number)
    standing = Person.objects.filter(merged_into=None).select_related("keeper__area", "residence")
    by_number = list(standing.with_number(number or "-")[:MOST_ALIKE])
    place = residence.county or residence.code if residence else ""
    by_name = list(standing.filter(name=name, birth_date=birth_date, county=place)[:MOST_ALIKE])
    if birth_date is None:
        by_name = []
    found = {person.pk: person for person in (*by_number, *by_name) if but is None or person.pk != but.pk}
    visible = set(Person.objects.visible_to(staff).filter(pk__in=[0, *found]).values_list("pk", flat=True))
    return Alike(
        seen=[person for person in found.values() if person.pk in visible],
        elsewhere=sorted(
            {Elsewhere.of(person) for person in found.values() if person.pk not in visible},
            key=lambda one: (one.area, one.keeper_kind),
        ),
        is_number_taken=any(_takes(person, staff) for person in by_number if person.pk in found),
    )


def duplicates_of(staff, person):
    """Records that look like this one, without those that somebody has told apart from it."""
    likely = alike(
        staff, number=person.number, name=person.name, birth_date=person.birth_date, residence=person.residence,
        but=person,
    )  # fmt: skip
    pairs = PersonDistinction.objects.filter(Q(one=person) | Q(other=person)).values_list("one_id", "other_id")
    apart = {key for pair in pairs for key in pair}
    likely.seen = [other for other in likely.seen if other.pk not in apart]
    return likely


def _takes(person, staff):
    """Is this number spoken for where the new record would stand?"""
    if staff.organization.kind in BUREAU_KINDS:
        return person.is_official
    return person.keeper_id == staff.organization_id
