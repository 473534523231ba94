"""Everything held about a person, and everyone who saw it: for that person, as a printed report and as JSON (§45)."""

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from members import jobs
from members.access import Refusal
from members.models import AuditEntry
from referrals import consents_shown, disclosure, minors, timeline
from referrals.held import at, sections_of
from referrals.items import ITEMS, words_of
from referrals.models import Person, Provision
from referrals.permissions import may

LOOKS = (
    "person.view", "person.unmask", "person.edit", "person.match", "person.copy", "disclosure.list", "document.view",
    "document.download",
)  # fmt: skip
MOST = 2000


def copy_of(person):
    """[(heading, [(label, value)])]: the same for paper and for JSON."""
    rows = disclosure.project(person, ITEMS)
    sections = [(str(group), [(str(item.label), words) for item, words in pairs]) for group, pairs in rows]
    sections += [
        (_("登记"), _record(person)),
        *sections_of(person),
        (_("同意和撤回"), _consents(person)),
        (_("提供给了哪些单位"), _provisions(person)),
        (_("谁看过"), _looks(person)),
        (_("办理经过"), _timeline(person)),
    ]
    return [(heading, lines) for heading, lines in sections if lines]


def as_json(person):
    """In one object, with the day it was made; what is empty stays in, so that its absence is told too."""
    sections = {heading: [[label, value] for label, value in lines] for heading, lines in copy_of(person)}
    made = {"code": person.code, "made_at": timezone.localtime().isoformat(), "sections": sections}
    return json.dumps(made, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def export_copy(job, progress):
    """The job: asked for again when it runs, whether its owner still may."""
    person = _person_of(job)
    if not _may_have(job.owner, person):
        raise jobs.Failed(_("您的权限已变更，这项作业没有执行。"))
    progress.step(0, 1, _("正在汇总"))
    path = progress.folder / "copy.json"
    path.write_text(as_json(person), encoding="utf-8")
    return jobs.Result(_("已汇总全部登记信息。"), path, _("个人信息副本-%(code)s.json") % {"code": person.code})


def refuse_fetching(job):
    """The record may be out of the owner's sight by now, or wiped."""
    if not _may_have(job.owner, _person_of(job)):
        raise Refusal(_("您的权限已变更，不能再下载这份结果。"))


def _person_of(job):
    return Person.objects.select_related("keeper", "residence", "household").get(code=job.parameters["person"])


def _may_have(staff, person):
    return may(staff, "subject_request.answer", person) and minors.may_see(staff, person)


def _record(person):
    told = {name: person.private.get(name, "") for name in ("looks", "health_note", "remark")}
    labels = {"looks": _("体貌特征"), "health_note": _("健康情况说明"), "remark": _("备注")}
    rows = [(_("登记单位"), person.keeper.name), (_("登记时间"), at(person.created_at))]
    return rows + [(labels[name], value) for name, value in told.items() if value]


def _consents(person):
    rows = []
    for line in consents_shown.lines_of(person):
        consent = line.consent
        units = _("、").join(unit.name for unit in line.units)
        what = f"{line.words}；{units}；{words_of(consent.all_items)}；{consent.valid_until or ''}"
        rows.append((f"{consent.get_purpose_display()} {consent.signed_on or ''}", what))
        for one in consent.withdrawals.all():
            rows.append((_("撤回") + f" {at(one.at)}", words_of(one.items) or _("全部内容")))
    return rows


def _provisions(person):
    rows = Provision.objects.about(person).select_related("receiver").order_by("pk")
    return [
        (f"{one.receiver.name} {at(one.provided_at)}", f"{words_of(one.items)}；{one.get_ended_display()}")
        for one in rows
    ]


def _looks(person):
    """Who opened the record here, from the audit; who opened it elsewhere, from the log of provisions."""
    codes = [person.code, *person.merged.values_list("code", flat=True)]
    here = AuditEntry.objects.filter(object_type="person", object_code__in=codes, action__in=LOOKS).order_by("-at")
    rows = [(e.at, f"{e.actor_organization_name} {e.actor_name}") for e in here[:MOST]]
    seen = consents_shown.log_of(person).filter(kind="seen")[:MOST]
    rows += [(entry.at, f"{entry.receiver_name} {entry.actor_name}") for entry in seen]
    return [(at(moment), who) for moment, who in sorted(set(rows), key=lambda row: row[0], reverse=True)]


def _timeline(person):
    lines = timeline.lines_of(person.household, person, most=MOST)
    return [(at(line.at), f"{line.title} {line.text}".strip()) for line in lines if line.person in (None, person)]
