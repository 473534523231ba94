"""A charity's other help: given by its own ways, without a referral, and told of afterwards (R77).

Nobody here decided on it and no fund of the portal paid it, so no second person is asked; it stands against every
ceiling from then on, as what was decided here does. What was told wrongly is put right or struck out with the reason;
the entry stays with what it said before.
"""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal
from portal.lib import money
from programs.models import Fund
from referrals import limits
from referrals.actions.aid import refuse_measure, refuse_person
from referrals.actions.aid_steps import (
    lock_line,
    move_line,
    renew_sheets,
    take_line,
    tell_family,
    tell_new,
    with_causes,
)
from referrals.entitlements import same_human
from referrals.kinds import DROPPED_AID, MONEY_FORMS, AidLineState
from referrals.models import AidLine

# What an entry says, in the order in which a correction tells of it.
SAID = ("form", "need_kind", "program", "amount", "value", "hours", "given_on", "receipt")
PRIVATE = ("description", "paid_from")
# Before that nobody tells of help; it is a year mistyped.
EARLIEST_DAY = date(2000, 1, 1)


def record_other_aid(actor, person, values, *, is_another=False):
    """One entry. `values`: SAID and PRIVATE; `is_another`: the same entry was shown, and this is another one."""
    if "aid.propose" not in actor.permissions:
        raise PermissionDenied
    refuse_person(actor, person, None)
    with transaction.atomic():
        limits.lock_family(person)
        line = AidLine(
            person=person, organization=actor.organization, proposed_by=actor, changed_by=actor, is_told=True
        )
        put(line, values)
        if not is_another and twin_of(line) is not None:
            raise Refusal(_("同样的一笔已经登记过；确实是另一笔的，请勾选确认。"), field="is_another")
        _keep_flags(line)
        line.save()
        tell_new(actor, line, "record")
        tell_family(actor, line, "aid_line_told", day=line.given_on.isoformat())
        if line.program_id:
            renew_sheets(person)
    return line


def put(line, values):
    """What is told, looked over: a sum for money, a day that has been, a program of the unit in force on that day."""
    for name in SAID:
        setattr(line, name, values.get(name) or (None if name in ("program", "amount", "value", "hours") else ""))
    line.private = {**line.private, **{name: (values.get(name) or "").strip() for name in PRIVATE}}
    refuse_measure(line)
    _refuse_day(line)
    _refuse_program(line)
    _refuse_fund(line)
    line.state = AidLineState.PAID if line.form in MONEY_FORMS else AidLineState.DELIVERED
    return line


def _refuse_day(line):
    if not line.given_on:
        raise Refusal(_("请填写给予的日期。"), field="given_on")
    if line.given_on > timezone.localdate():
        raise Refusal(_("日期还没有到。"), field="given_on")
    if line.given_on < EARLIEST_DAY:
        raise Refusal(_("日期太早，请核对年份。"), field="given_on")


def _refuse_program(line):
    if line.program is None:
        line.program_version = None
        return
    if line.program.organization_id != line.organization_id:
        raise Refusal(_("只能选本单位的项目。"), field="program")
    line.program_version = line.program.versions.holding_on(line.given_on).first()
    if line.program_version is None:
        words = {"program": line.program.name, "day": f"{line.given_on:%Y-%m-%d}"}
        raise Refusal(_("“%(program)s”在 %(day)s 没有施行的版本。") % words, field="program")


def _refuse_fund(line):
    """What a fund of the portal pays goes through its ledger: proposed, agreed to, booked by two."""
    named = line.private["paid_from"]
    if named and Fund.objects.open().filter(organization=line.organization_id, name=named).exists():
        words = _("“%(fund)s”的支出要经审批和复核入账：请选择这项基金，作为帮扶提出。")
        raise Refusal(words % {"fund": named}, field="paid_from")


def twin_of(line):
    """The same help on the same day to the same person by the same unit."""
    rows = AidLine.objects.filter(
        person__in=same_human(line.person), organization=line.organization_id, form=line.form,
        given_on=line.given_on, amount=line.amount, value=line.value, hours=line.hours,
    )  # fmt: skip
    return rows.exclude(state__in=sorted(DROPPED_AID)).exclude(pk=line.pk).first()


def _keep_flags(line):
    """It is given already: what would have spoken against it is kept with it, and stops nothing."""
    flags = limits.flags_for(limits.case_of_line(line))
    line.private = {**line.private, "flags": [with_causes(flag) for flag in flags]}


def correct_aid(actor, line, version, values, reason):
    """Put right what was told wrongly. What it said before stays in the course of the entry."""
    if not reason.strip():
        raise Refusal(_("请写明更正的理由。"), field="reason")
    with transaction.atomic():
        current = take_line(actor, line, "correct", version)
        before, had_program = in_words(current), current.program_id
        put(current, values)
        after = in_words(current)
        changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        if not changes:
            raise Refusal(_("没有改动。"))
        _keep_flags(current)
        told = str(_("；")).join(f"{name} {was or _('空')} → {now or _('空')}" for name, (was, now) in changes.items())
        move_line(actor, current, "correct", current.state, f"{reason.strip()}\n{told}")
        tell_family(actor, current, "aid_line_corrected", reason=reason.strip())
        if had_program or current.program_id:
            renew_sheets(current.person)
    return current


def in_words(line):
    """{name of the column: what it says}; the description and the money's origin among them."""
    field = AidLine._meta.get_field
    day = f"{line.given_on:%Y-%m-%d}" if line.given_on else ""
    return {
        str(field("form").verbose_name): line.get_form_display(),
        str(field("need_kind").verbose_name): line.get_need_kind_display(),
        str(_("项目")): line.program.name if line.program else "",
        str(field("amount").verbose_name): money.show(line.amount) if line.amount is not None else "",
        str(field("value").verbose_name): money.show(line.value) if line.value is not None else "",
        str(field("hours").verbose_name): str(line.hours.normalize()) if line.hours is not None else "",
        str(field("given_on").verbose_name): day,
        str(field("receipt").verbose_name): line.receipt,
        str(_("内容说明")): line.description,
        str(_("资金来源")): line.paid_from,
    }


def void_all(actor, lines, reason):
    """A whole list that is taken back. Returns those that stay: put right since, rated or with papers."""
    stays = []
    for line in lines:
        current = lock_line(line)
        if current.state in DROPPED_AID:
            continue
        if current.version != 1:
            stays.append(line)
            continue
        move_line(actor, current, "void", AidLineState.CANCELLED, reason)
    return stays


def void_aid(actor, line, version, reason):
    """Struck out: it was told by mistake, or of somebody else."""
    if not reason.strip():
        raise Refusal(_("请写明作废的理由。"), field="reason")
    with transaction.atomic():
        current = take_line(actor, line, "void", version)
        move_line(actor, current, "void", AidLineState.CANCELLED, reason)
        tell_family(actor, current, "aid_line_voided", reason=reason.strip())
    return current
