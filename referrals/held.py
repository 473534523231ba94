"""What lies in the tables about one person beside the items of a consent, for the copy of everything (own_copies).

Every table that points at a person is named below: told here, told by another section, or left out for a reason that is
given; one that is not fails a test.
"""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from portal.lib import row_security
from referrals import local_facts
from referrals.actions.people import LABELS
from referrals.facts import words_of


def _facts(person):
    known = local_facts.vocabulary()
    rows = []
    for fact in person.facts.order_by("name", "-pk"):
        label = known[fact.name].label if fact.name in known else fact.name
        since = _("截至 %(day)s") % {"day": fact.valid_on.isoformat()}
        until = _("%(day)s 起不再采用") % {"day": at(fact.superseded_at)} if fact.superseded_at else ""
        rows.append((label, _join(words_of(fact.name, fact.known, known), since, fact.source, until)))
    return rows


def _categories(person):
    return [
        (one.get_category_display(), _join(_span(one.since, one.until), one.certified_by, one.paper, one.end_reason))
        for one in person.categories.order_by("pk")
    ]


def _aid(person):
    return [
        (
            one.get_scheme_display(),
            _join(
                one.get_state_display(), _day(one.decided_on or one.applied_on), one.decided_by, one.amount_yuan or "",
                one.get_rhythm_display(), _span(one.since, one.until), one.reason,
            ),
        )
        for one in person.government_aid.order_by("pk")
    ]  # fmt: skip


@row_security.widely("what a record holds")
def _charity(person):
    """What charities proposed, decided and gave; the account it went to is the person's own."""
    rows = person.aid.select_related("organization", "program").order_by("pk")
    return [
        (
            at(one.proposed_at),
            _join(
                one.organization, one.program or "", one.get_form_display(), one.amount or one.value or "",
                one.get_state_display(), _day(one.given_on), one.description, one.payee.get("holder", ""),
                one.payee.get("account", ""), one.get_effect_display(),
            ),
        )
        for one in rows
    ]  # fmt: skip


@row_security.widely("what a record holds")
def _referrals(person):
    """Between whom, how it stands, what was written of the person, and what was reported of each."""
    rows = person.referrals.select_related("sender", "receiver")
    rows = rows.prefetch_related("reports", "notes__author", "notes__organization", "shares__party").order_by("pk")
    told = []
    for one in rows:
        parties = [f"{one.sender} → {one.receiver}", one.get_state_display()]
        words = [one.circumstances, one.government, one.gap, *(report.summary for report in one.reports.all())]
        shared = [f"{share.party}：{share.get_task_display()} {share.words}" for share in one.shares.all()]
        told.append((one.number or at(one.created_at), _join(*parties, *words, *shared)))
        told += _notes(person, one)
    return told


def _notes(person, referral):
    """What was written on a case: what several units read, and what the keeper wrote for itself. What another unit
    wrote for itself lies with that unit: of it the copy says that it is there, and whom to ask."""
    told, kept = [], {}
    is_side = person.keeper_id in (referral.sender_id, referral.receiver_id)
    for note in sorted(referral.notes.all(), key=lambda one: one.pk):
        is_read = note.audience == "all" or note.organization_id == person.keeper_id
        if note.withdrawn_at:
            continue
        if is_read or (is_side and note.audience in ("both", "share")):
            told.append((at(note.at), _join(f"{note.organization} {note.author}", note.text)))
        else:
            kept[note.organization.name] = kept.get(note.organization.name, 0) + 1
    for unit, number in kept.items():
        words = ngettext("另有 %(number)d 条，请向该单位索取", "另有 %(number)d 条，请向该单位索取", number)
        told.append((unit, words % {"number": number}))
    return told


def _lists(person):
    """The lists of programs they stood on, what a visit by lot came to, and why they were struck off."""
    rows = person.batch_rows.select_related("batch__program", "batch__organization", "check_made").order_by("pk")
    return [
        (
            at(one.added_at),
            _join(
                one.batch.organization, one.batch.program, one.batch.label, one.check_result or "",
                one.check_result.findings if one.check_result else "", one.reason, _day(one.received_on),
            ),
        )
        for one in rows
    ]  # fmt: skip


def _guardians(person):
    return [
        (one.get_relation_display(), _join(one.name, one.phone, one.paper, _span(one.since, one.ended_on)))
        for one in person.guardianships.select_related("guardian").order_by("pk")
    ]


def _needs(person):
    rows = []
    for need in person.needs.order_by("pk").prefetch_related("steps"):
        steps = [_join(step.get_state_display(), step.note) for step in reversed(need.steps.all())]
        rows.append((need.get_kind_display(), _join(need.wish, need.estimated_yuan or "", *steps)))
    return rows


def _visits(person):
    return [
        (
            f"{one.visited_on.isoformat()} {one.get_occasion_display()}",
            _join(one.organization, one.visitors, one.get_result_display(), one.findings),
        )
        for one in person.visits.select_related("organization").order_by("pk")
    ]


def _checks(person):
    """The conclusion; what it rests on is asked of the bureau that checked."""
    return [
        (
            one.asked_at.date().isoformat(),
            _join(one.organization, one.purpose, one.bureau, one.get_conclusion_display(), one.words,
                  one.get_declining_display()),
        )
        for one in person.checks.select_related("organization", "bureau").order_by("pk")
    ]  # fmt: skip


def _leads(person):
    """What was said of the person; not by whom of the unit."""
    return [
        (at(one.filed_at), _join(one.organization, one.get_channel_display(), one.place, one.seen, one.answer))
        for one in person.leads.select_related("organization").order_by("pk")
    ]


def _reviews(person):
    return [
        (at(one.reviewed_at), _join(one, one.get_outcome_display(), one.note))
        for one in person.screening_reviews.select_related("program").order_by("pk")
    ]


def _documents(person):
    """Those that were removed are held too, until their files are erased."""
    return [
        (
            one.get_kind_display(),
            _join(
                one.title, one.file_name, _day(one.issued_on), at(one.uploaded_at),
                _("已移除") if one.put_aside_at else "",
            ),
        )
        for one in person.documents.exclude(file_key="").order_by("pk")
    ]  # fmt: skip


def _requests(person):
    return [
        (
            f"{one.received_on.isoformat()} {one.get_kind_display()}",
            _join(one.applicant_name, one.wish, one.get_state_display(), one.reply, one.reason),
        )
        for one in person.subject_requests.order_by("pk")
    ]


def _approvals(person):
    return [
        (at(one.asked_at), _join(one.organization, one.staff, one.get_state_display(), one.reason))
        for one in person.minor_approvals.select_related("organization", "staff").order_by("pk")
    ]


def _changes(person):
    rows = []
    for change in person.changes.order_by("pk"):
        told = [f"{LABELS.get(name, name)}：{old} → {new}" for name, (old, new) in change.changes.items()]
        rows += [(at(change.made_at), _join(*told))] if told else []
    return rows


# accessor -> (heading, function(person) -> [(label, value)])
TOLD = {
    "facts": (_lazy("登记过的情况和依据"), _facts),
    "categories": (_lazy("对象类别的认定"), _categories),
    "government_aid": (_lazy("政府救助记录"), _aid),
    "aid": (_lazy("帮扶记录"), _charity),
    "batch_rows": (_lazy("列入过的名册"), _lists),
    "referrals": (_lazy("转介"), _referrals),
    "guardianships": (_lazy("监护人记录"), _guardians),
    "needs": (_lazy("需求和进展"), _needs),
    "visits": (_lazy("走访记录"), _visits),
    "checks": (_lazy("经济状况核对记录"), _checks),
    "leads": (_lazy("线索"), _leads),
    "screening_reviews": (_lazy("核查结果"), _reviews),
    "documents": (_lazy("材料"), _documents),
    "subject_requests": (_lazy("个人信息请求"), _requests),
    "minor_approvals": (_lazy("谁申请过查看未成年人个案"), _approvals),
    "changes": (_lazy("修改过什么"), _changes),
}
ELSEWHERE = {"consents", "provisions", "disclosures", "timeline"}
# Two people's or the portal's own: a term and its orders, records put together, a count made anew each night, rows that
# an import will forget. `wards` are told of in the copies of those looked after.
LEFT_OUT = {
    "retention", "purge_orders", "merged", "mergers", "unaided", "import_rows", "wards", "telling_duty",
}  # fmt: skip


def sections_of(person):
    return [(str(heading), rows) for heading, tell in TOLD.values() if (rows := tell(person))]


def at(instant):
    return f"{timezone.localtime(instant):%Y-%m-%d %H:%M}"


def _join(*parts):
    return str(_("；")).join(str(part) for part in parts if part)


def _day(day):
    return day.isoformat() if day else ""


def _span(since, until):
    return f"{_day(since)} – {_day(until)}" if since or until else ""
