"""Runs of exchange with other platforms. What goes out goes by the rules of disclosure, person by person."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, jobs
from members.access import Refusal, Stale
from members.profiles import profile_of
from portal.lib.xlsx import Column, Sheet, write
from referrals import disclosure, minors, safeguards
from referrals.actions import provisions
from referrals.items import ITEMS, Purpose, in_order
from referrals.models import ConsentWithdrawal, ExchangePartner, ExchangeRun, Person, Provision

EXPORT = "exchange.export"
MOST_PEOPLE = 20_000
BATCH = 200
Direction, State = ExchangeRun.Direction, ExchangeRun.State


def platforms_of(organization):
    """Those that the settings of the place name."""
    return profile_of(organization.area).platforms


def agree_exchange(actor, values, *, partner=None, version=None):
    """What a platform gets, from whom it is run and on which ground; agreed anew, or changed."""
    if "exchange.edit" not in actor.permissions:
        raise PermissionDenied
    if values["platform"] not in platforms_of(actor.organization):
        raise Refusal(_("地区参数里没有这个信息平台。"), field="platform")
    if values.get("operator") == actor.organization:
        raise Refusal(_("本单位自己运行的平台，不用填由谁运行。"), field="operator")
    if not values["items"] or not set(values["items"]) <= ITEMS.keys():
        raise Refusal(_("请勾选约定提供的内容。"), field="items")
    with transaction.atomic():
        row = ExchangePartner(organization=actor.organization, version=0)
        if partner is not None:
            row = ExchangePartner.objects.select_for_update(of=("self",)).get(
                pk=partner.pk, organization=actor.organization
            )
            if row.version != version:
                raise Stale(row, by=row.changed_by, at=row.changed_at)
        before = list(row.items or [])
        for name, value in values.items():
            setattr(row, name, value)
        row.version, row.changed_by, row.changed_at = row.version + 1, actor, timezone.now()
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise Refusal(_("这个平台已经登记过，请修改原来的。"), field="platform") from None
        audit.record(
            actor, "exchange.agree", row, organization=row.organization,
            changes={"items": [before, list(row.items)], "is_active": [None, row.is_active]},
        )  # fmt: skip
    return row


def people_for(actor, partner, since=None):
    """Whose records would go: within the actor's reach, living, changed since the last run."""
    people = Person.objects.visible_to(actor, "exchange.run").living().filter(is_official=True)
    return people.filter(changed_at__gt=since) if since else people


def last_run_of(partner):
    return partner.runs.filter(state=State.DONE, direction=Direction.OUT).first()


def begin_export(actor, partner, *, is_whole=False):
    """A workbook for the platform, made by a job."""
    _demand(actor, partner)
    last = last_run_of(partner)
    with transaction.atomic():
        since = None if is_whole or last is None else last.started_at
        run = ExchangeRun.objects.create(
            organization=partner.organization, platform=partner.platform, direction=Direction.OUT, partner=partner,
            items=partner.items, since=since, started_by=actor,
        )  # fmt: skip
        run.job = jobs.start(actor, EXPORT, {"run": run.code}, organization=partner.organization)
        run.save(update_fields=["job"])
        audit.record(actor, "exchange.begin", run, organization=run.organization)
    return run


def _demand(actor, partner):
    if "exchange.run" not in actor.permissions or partner.organization_id != actor.organization_id:
        raise PermissionDenied
    if not partner.is_active:
        raise Refusal(_("与这个平台的约定已停用。"))


def export(actor, run, target, report=None):
    """The work of the job: the agreed items of everybody who may be given, written row by row."""
    report = report or (lambda done, total=None, note="": None)
    _demand(actor, run.partner)
    people = people_for(actor, run.partner, run.since)
    total = people.count()
    if total > MOST_PEOPLE:
        raise Refusal(
            _("要提供的有 %(total)s 人，一次最多 %(most)s 人；请分区县提供。") % {"total": total, "most": MOST_PEOPLE}
        )
    counts = {"given": 0, "minors": 0, "no_consent": 0}
    columns = [Column(str(item.label)) for item in in_order(run.items)]
    rows = _rows(
        actor, run, people, counts, lambda done: report(done, total, _("已处理 %(n)s 人") % {"n": f"{done:,}"})
    )
    write(target, [Sheet(run.platform[:31], columns, rows)])
    with transaction.atomic():
        finish(run, State.DONE, counts)
        audit.record(
            actor, "exchange.export", run, organization=run.organization,
            changes={name: [None, count] for name, count in counts.items()} | {"items": [None, list(run.items)]},
        )  # fmt: skip
    return counts


def _rows(actor, run, people, counts, report):
    allowed = set(people.filter(minors.seen_by(actor)).values_list("pk", flat=True))
    last, done, items = 0, 0, [item.code for item in in_order(run.items)]
    while batch := list(_loaded(people).filter(pk__gt=last).order_by("pk")[:BATCH]):
        for person in batch:
            told = _told(actor, run, person, items, counts) if person.pk in allowed else None
            counts["minors"] += person.pk not in allowed
            done += 1
            if told is not None:
                counts["given"] += 1
                yield tuple(told.get(code, "") for code in items)
            report(done)
        last = batch[-1].pk


def _loaded(people):
    return people.select_related("keeper__area", "residence", "registration", "household")


def _told(actor, run, person, items, counts):
    """{item: words} of one person, None when nobody may be told."""
    operator = run.partner.operator
    if operator is not None:
        items = _agreed_to(actor, run, person, operator, items)
        if not items:
            counts["no_consent"] += 1
            return None
    groups = disclosure.project(person, items)
    return {item.code: value for _label, pairs in groups for item, value in pairs}


def _agreed_to(actor, run, person, operator, items):
    """Of the items those that the person's consents cover for this operator; each provision is logged as any other."""
    coverage = disclosure.covered(person, operator, Purpose.REFER_TO_ORG, items)
    open_items = [code for code in items if code not in coverage.missing]
    if not open_items or not safeguards.check(person.keeper, operator, Purpose.REFER_TO_ORG, open_items):
        return []
    try:
        provisions.provide(actor, person, operator, Purpose.REFER_TO_ORG, open_items, str(run.platform))
    except (Refusal, PermissionDenied):
        return []
    return open_items


def refuse_fetching(job):
    """A workbook for somebody else is made anew when one of those in it has taken back since."""
    run = ExchangeRun.objects.select_related("partner").get(code=job.parameters["run"])
    if run.partner.operator_id is None:
        return
    given = Provision.objects.to_unit(run.partner.operator_id).filter(provided_at__gte=run.started_at)
    ended = ConsentWithdrawal.objects.filter(at__gte=run.started_at, consent__provisions__in=given)
    if ended.exists() or given.filter(ended_at__isnull=False).exists():
        raise Refusal(_("做好以后有人撤回了同意，这份结果不能再用，请重新发起。"))


# -- The log ----------------------------------------------------------------------------------------------------------
def begin_run(actor, people_import):
    """A list of a platform came in."""
    return ExchangeRun.objects.create(
        organization=people_import.organization, platform=people_import.platform, direction=Direction.IN,
        people_import=people_import, started_by=actor,
    )  # fmt: skip


def finish(run, state, counts=None, note=""):
    run.state, run.finished_at, run.note = state, timezone.now(), note[:300]
    run.counts = counts or run.counts
    run.save(update_fields=["state", "finished_at", "note", "counts"])


def follow_import(people_import):
    """How a list of a platform ended, in the log."""
    ended = {"applied": State.DONE, "undone": State.UNDONE, "discarded": State.FAILED}
    run = ExchangeRun.objects.filter(people_import=people_import).first()
    if run and people_import.state in ended:
        note = _("没有导入") if people_import.state == "discarded" else ""
        finish(run, ended[people_import.state], people_import.counts, note)
