"""What people wrote, attached and shared on a case, as lines of its time line: who, what, when. Never the words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from referrals import case_notes
from referrals.models import CaseNote

Audience = CaseNote.Audience


@dataclass(frozen=True)
class Event:
    at: datetime
    title: str
    who: str
    unit: str
    pk: int


def events_of(staff, referral, permitted):
    """Notes as far as this person reads them, files that go with questions and reports, shares given and ended."""
    yield from _notes(case_notes.visible(staff, referral, permitted))
    if permitted:
        yield from _files(referral)
    yield from _shares(referral)


def _notes(notes):
    for note in notes.select_related("author", "organization", "to").prefetch_related("files"):
        title = _title_of(note)
        if number := len(note.files.all()):
            title += " · " + ngettext("附 %(number)d 个文件", "附 %(number)d 个文件", number) % {"number": number}
        if note.withdrawn_at:
            title += " · " + _("已撤回")
        yield Event(note.at, title, str(note.author), str(note.organization), note.pk)


def _title_of(note):
    if note.audience == Audience.BOTH:
        return _("给%(unit)s留言") % {"unit": note.to}
    titles = {Audience.OWN: _("写本单位备注"), Audience.ALL: _("写共同备注"), Audience.SHARE: _("在共享里问答")}
    return titles[Audience(note.audience)]


def _files(referral):
    """One line for what somebody attached at one time."""
    found = {}
    rows = referral.files.filter(note=None).select_related("uploaded_by", "organization", "question", "report")
    for file in rows:
        key = (file.question_id, file.report_id, file.uploaded_by_id, file.uploaded_at.date())
        found.setdefault(key, []).append(file)
    for files in found.values():
        first, number = files[0], len(files)
        what = _("问题") if first.question_id else _("反馈")
        title = ngettext("给%(what)s附上 %(number)d 个文件", "给%(what)s附上 %(number)d 个文件", number)
        yield Event(
            first.uploaded_at, title % {"what": what, "number": number}, str(first.uploaded_by),
            str(first.organization), first.pk,
        )  # fmt: skip


def _shares(referral):
    for share in referral.shares.select_related("party", "given_by", "organization", "ended_by__organization"):
        words = {"unit": share.party, "task": share.get_task_display(), "how": share.how_it_ended}
        title = _("共享给%(unit)s（%(task)s）") % words
        yield Event(share.given_at, title, str(share.given_by), str(share.organization), share.pk)
        if share.ended_at:
            who, unit = share.ended_by or _("系统"), share.ended_by.organization if share.ended_by else ""
            yield Event(share.ended_at, _("结束共享：%(unit)s（%(how)s）") % words, str(who), str(unit), share.pk)
