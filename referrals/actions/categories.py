"""对象类别: certified from a day on, ended on a day; temporary relief lapses without anybody's doing."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from referrals import timeline
from referrals.actions import fact_sheets
from referrals.actions.documents import demand_own
from referrals.kinds import Category
from referrals.models import Person, PersonCategory
from referrals.permissions import demand, refuse_related


def add_category(actor, person, values, *, aid=None):
    """The same category is not held twice at one time: the earlier one is ended first."""
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    demand_own(person, values.get("document"))
    return enter_category(actor, person, values, aid=aid)


def enter_category(actor, person, values, *, aid=None):
    """What somebody may certify who does not keep the record: the unit that decided on the aid it comes from."""
    category, since = values["category"], values["since"]
    if since > timezone.localdate():
        raise Refusal(_("认定日期晚于今天。"), field="since")
    if values.get("form") and category != Category.TEKUN:
        raise Refusal(_("只有特困人员填写供养形式。"), field="form")
    if values.get("until") and values["until"] < since:
        raise Refusal(_("有效期止早于认定日期。"), field="until")
    with transaction.atomic():
        current = _locked(person.pk)
        held = person.categories.current(since).filter(category=category)
        if category == Category.TEMP_RELIEF_1Y:
            held = held.filter(since=since)
        if held.exists():
            raise Refusal(
                _("已有“%(category)s”的有效认定，请先终止再登记新的。") % {"category": Category(category).label},
                field="category",
            )
        made = PersonCategory.objects.create(
            person=person, category=category, since=since, until=values.get("until"), form=values.get("form", ""),
            certified_by=values.get("certified_by", ""), recorded_by=actor, aid=aid, document=values.get("document"),
            private={"number": values["paper"]} if values.get("paper") else {},
        )  # fmt: skip
        fact_sheets.renew(current)
        timeline.record(
            "category_added", actor, person=person, category=made.get_category_display(),
            certified_by=made.certified_by,
        )  # fmt: skip
        audit.record(actor, "category.add", made, organization=person.keeper)
    return made


def end_category(actor, held, last_day, reason):
    """It held up to and including this day."""
    demand(actor, "person.edit", held.person)
    refuse_related(actor, held.person.number, held.person.name)
    if last_day < held.since - timedelta(days=1) or last_day > timezone.localdate():
        raise Refusal(_("终止日期应在认定日期和今天之间。"), field="last_day")
    with transaction.atomic():
        person = _locked(held.person_id)
        current = PersonCategory.objects.select_for_update().get(pk=held.pk)
        if current.ended_by_id or not current.is_current:
            raise Refusal(_("这项类别已经终止或到期。"))
        current.until = max(last_day, current.since)
        current.ended_by, current.end_reason = actor, reason
        current.save()
        fact_sheets.renew(person)
        timeline.record(
            "category_ended", actor, person=held.person, category=held.get_category_display(), reason=reason
        )
        audit.record(actor, "category.end", held, organization=held.person.keeper, reason=reason)
    return current


def _locked(key):
    return Person.objects.select_for_update(of=("self",)).select_related("keeper", "residence").get(pk=key)
