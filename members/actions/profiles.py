"""Settings change by new versions: what held on a past day stays as it was."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, profiles
from members.access import Refusal, Stale, may_in
from members.models import Area, RegionalProfile
from members.profile_words import changes_between

ONE_DAY = timedelta(days=1)
WRITABLE = (*profiles.SETTINGS, "is_on", "policy", "sources", "note")


@transaction.atomic
def set_profile(actor, area, valid_from, values, *, seen):
    """A new version from that day on. `seen` is the code of the newest version the person saw ("" when none)."""
    if not may_in(actor, "profile.edit", area):
        raise PermissionDenied
    _lock(area)
    newest = newest_of(area)
    if seen != (newest.code if newest else ""):
        raise Stale(newest, by=newest and newest.created_by, at=newest.created_at if newest else timezone.now())
    _refuse_day(valid_from, newest)
    old = profiles.frozen(newest) if newest else profiles.profile_of(area, valid_from)
    row = RegionalProfile(area=area, valid_from=valid_from, created_by=actor, **_writable(values))
    changes = changes_of(old, newest, row)
    if not changes:
        raise Refusal(_("没有任何改动，不需要新的版本。"))
    _end(newest, valid_from - ONE_DAY)
    row.save()
    words = {label: [before, after] for label, before, after in changes}
    audit.record(actor, "profile.set", row, reason=_("自 %(day)s 起施行") % {"day": valid_from}, changes=words)
    profiles.forget()
    return row


@transaction.atomic
def cancel_profile(actor, profile):
    """Calls off a version that is not in force yet; the one before goes on."""
    if not may_in(actor, "profile.edit", profile.area):
        raise PermissionDenied
    _lock(profile.area)
    newest = newest_of(profile.area)
    if newest is None or newest.pk != profile.pk:
        raise Refusal(_("只能撤销最新的一版；这一版已经撤销，或者后面又有了新的版本。"))
    if profile.valid_from <= timezone.localdate():
        raise Refusal(_("这一版已于 %(day)s 施行，不能撤销；请另设一版。") % {"day": profile.valid_from})
    RegionalProfile.objects.filter(pk=profile.pk).update(cancelled_at=timezone.now(), cancelled_by=actor)
    _end(newest_of(profile.area), None)
    audit.record(actor, "profile.cancel", profile)
    profiles.forget()


@transaction.atomic
def load_profile(area, valid_from, values):
    """Shipped settings, for an area that has never had any. True when they are new."""
    _lock(area)
    if RegionalProfile.objects.filter(area=area).exists():
        return False
    row = RegionalProfile(area=area, valid_from=valid_from, **_writable(values))
    row.full_clean(exclude={"created_by", "cancelled_by", "cancelled_at"}, validate_constraints=False)
    row.save()
    audit.record(None, "profile.load", row)
    profiles.forget()
    return True


def newest_of(area):
    """The version with the last first day, planned ones included."""
    standing = RegionalProfile.objects.standing().filter(area=area)
    return standing.select_related("area", "policy", "created_by").order_by("-valid_from").first()


def changes_of(old, newest, row):
    """[(label, old words, new words)]; also whether the settings hold at all and what they rest on."""
    changes = changes_between(old, _as_new(row))
    was_on = newest.is_on if newest else False
    if was_on != row.is_on:
        words = {True: _("启用"), False: _("停用，沿用上级参数")}
        changes.insert(0, (_("本地区自己的参数"), words[was_on] if newest else _("没有单独设置"), words[row.is_on]))
    was_policy = newest.policy if newest else None
    if was_policy != row.policy:
        changes.append((_("依据"), str(was_policy or ""), str(row.policy or "")))
    if (dict(newest.sources) if newest else {}) != row.sources:
        changes.append((_("条款"), _clauses(newest.sources if newest else {}), _clauses(row.sources)))
    if (newest.note if newest else "") != row.note:
        changes.append((_("说明"), newest.note if newest else "", row.note))
    return changes


def _as_new(row):
    """A row that is not saved yet, read as its settings."""
    return profiles.frozen(RegionalProfile(**{name: getattr(row, name) for name in profiles.SETTINGS}))


def _clauses(sources):
    return "；".join(f"{setting}：{clause}" for setting, clause in sorted(sources.items()))


def _writable(values):
    return {name: values[name] for name in WRITABLE if name in values}


def _refuse_day(valid_from, newest):
    if valid_from < timezone.localdate():
        raise Refusal(_("不能改动过去：施行日期最早是今天。"), field="valid_from")
    if newest and valid_from <= newest.valid_from:
        words = _("已有一版自 %(day)s 起施行；新的一版要晚于这一天，或先撤销那一版。")
        raise Refusal(words % {"day": newest.valid_from}, field="valid_from")


def _end(profile, last_day):
    if profile is not None:
        RegionalProfile.objects.filter(pk=profile.pk).update(valid_to=last_day)


def _lock(area):
    """One person at a time writes the versions of an area."""
    Area.objects.select_for_update().get(pk=area.pk)
