"""Who reads and writes what on a case beside its moves: notes of one unit, messages of the two sides, what all read."""

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from members.access import is_within
from members.kinds import BUREAU_KINDS
from portal.lib.prepared import Prepared
from referrals import disclosure, turns
from referrals.items import item_of_paper
from referrals.models import CaseNote, Provision
from referrals.workflow import Side, State

Audience = CaseNote.Audience
WORKS = {Side.SENDER: "referral.write", Side.RECEIVER: "referral.receive"}
SHOWN = 10


def side_of(staff, referral):
    """On which side somebody works on it; empty for whoever only looks on."""
    units = {Side.SENDER: referral.sender, Side.RECEIVER: referral.receiver}
    own = referral.side_of(staff.organization_id)
    for side in sorted(units, key=lambda side: side != own):
        reach = staff.permissions.get(WORKS[side])
        if reach and turns.answers_for(staff, units[side], reach):
            return side
    return ""


def audiences_of(staff, referral):
    """To whom this person may write here; nobody for whoever only looks on."""
    return [Audience.OWN, Audience.BOTH, Audience.ALL] if side_of(staff, referral) else []


def why_not_write(staff, referral):
    """What keeps them from writing now, in a sentence; empty when nothing does."""
    if referral.is_ended:
        return _("个案已经办结，不能再写；要继续办理的，先重新办理。")
    if referral.state in (State.DRAFT, State.REVIEW):
        return _("发出以后才能写备注和留言。")
    if staff.organization.is_suspended:
        return _("贵单位已被暂停，暂时不能办理转介。")
    return keeps_out(staff, referral.person)


def keeps_out(staff, person):
    """Why somebody reads nothing that their own unit wrote of a person: kin, or a child nobody approved them for."""
    return turns.related_words(staff, person) or turns.not_a_minors(staff, person)


def visible(staff, referral, permitted):
    """The notes this person may read. What others wrote may name the family: it goes with the sight of the person;
    what one's own unit wrote is its own, except for kin and for whoever has no approval for a child."""
    own = Q(organization=staff.organization_id)
    if not permitted:
        works = WORKS.values() & staff.permissions.keys()
        return referral.notes.filter(own) if works and not keeps_out(staff, referral.person) else referral.notes.none()
    seen = own | Q(audience=Audience.ALL)
    if side_of(staff, referral):
        seen |= Q(audience__in=[Audience.BOTH, Audience.SHARE])
    return referral.notes.filter(seen)


def rows_of(staff, referral, permitted):
    """With who wrote them, who read them and the files that may be opened; newest first."""
    rows = visible(staff, referral, permitted).select_related("author", "organization", "to", "withdrawn_by")
    return rows.prefetch_related("readings__staff__organization", "files")


def shown(staff, permitted, notes):
    """[(note, files, read by)] for a page."""
    return [
        (note, [file for file in note.files.all() if opens(staff, permitted, file)], list(note.readings.all()))
        for note in notes
    ]


def opens(staff, permitted, file):
    """A file that holds something of the person is opened under the consent, or by the unit that brought it."""
    if file.withdrawn_at or not file.file_key:
        return False
    return not file.item or file.organization_id == staff.organization_id or file.item in permitted


def without_consent(referral, audience, paper, author_unit):
    """The units that a file for this audience would reach, and that may not see what it holds."""
    if not paper or audience == Audience.OWN:
        return []
    item = item_of_paper(paper).code
    rows = referral.access.exclude(organization=author_unit).exclude(reason="shared")
    rows = rows.select_related("organization__area")
    units = [row.organization for row in rows if audience == Audience.ALL or row.reason in ("sender", "receiver")]
    return [unit for unit in units if not _may_hold(unit, referral.person, item)]


def _may_hold(unit, person, item):
    """The keeper's own side, or a unit to which this was passed on."""
    is_above = unit.kind in BUREAU_KINDS and person.is_official and is_within(person.residence, unit.area)
    if unit.pk == person.keeper_id or is_above:
        return True
    given = Provision.objects.about(person).open().to_unit(unit).filter(items__contains=[item])
    return any(item in disclosure.left_of(one) for one in given)


# -- On the desks -----------------------------------------------------------------------------------------------------
def _unread_rows(referrals, unit):
    among = {"where": ['"referrals_casenote"."referral_id" = ANY(%s)'], "params": [referrals]}
    rows = CaseNote.objects.unread_by(unit).extra(**among).order_by()  # noqa: S610
    return rows.values_list("referral").annotate(number=Count("pk"))


_unread_of = Prepared(_unread_rows, referrals=list, unit=int)


def mark_unread(staff, referrals):
    """Each gets `unread`: how many notes of others nobody of the unit has opened. One query for a page."""
    counts = dict(_unread_of(referrals=[one.pk for one in referrals], unit=staff.organization_id))
    for one in referrals:
        one.unread = counts.get(one.pk, 0)


def count_unread(staff):
    """Messages of other units that nobody here has opened; up to a thousand."""
    return CaseNote.objects.to_unit(staff.organization_id).filter(read_at=None).order_by()[:1000].count()
