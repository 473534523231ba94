"""Duplicates: looked at side by side, merged with everything that hangs on them, and taken apart again."""

from dataclasses import dataclass
from datetime import date

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from portal.lib import row_security
from referrals import timeline
from referrals.actions import fact_sheets
from referrals.actions.facts import project
from referrals.actions.people import COLUMNS, LABELS, write_version
from referrals.models import Person, PersonCategory, PersonChange, PersonDistinction, PersonMerger, Referral
from referrals.models.people import PRIVATE
from referrals.permissions import demand, refuse_related

# What is blank may be filled from the other record; the household and its relation are left as they are.
FILLABLE = tuple(name for name in (*COLUMNS, *PRIVATE) if name not in ("relation", "residence", "is_identity_known"))
# These belong together: one without the other would say something else.
TOGETHER = {"number": ("identity_kind", "birth_date", "gender"), "account": ("bank", "bank_code", "account_holder")}


@dataclass(frozen=True)
class Plan:
    """What a merger would do, before anybody does it."""

    # (label, value of the one that stays, value of the other, whether the other's is taken over)
    rows: list
    # (what, how many)
    following: list


@row_security.widely("what a record holds")
def plan(kept, dropped):
    taken = set(_fillable(kept, dropped))
    rows = [
        (LABELS[name], _shown(kept, name), _shown(dropped, name), name in taken)
        for name in (*COLUMNS, *PRIVATE)
        if _shown(kept, name) or _shown(dropped, name)
    ]
    following = [
        (field.model._meta.verbose_name, field.model, field.model.objects.filter(**{field.name: dropped}).count())
        for field in _fields()
    ]
    words = {model: audit.object_words(model._meta.model_name) for _name, model, _count in following}
    return Plan(rows, [(words[model], count) for _name, model, count in following if count])


def merge_people(actor, kept, dropped, reason):
    """One record stays, the other leads to it; what hung on the other hangs on the one."""
    _refuse_strangers(actor, kept, dropped)
    with transaction.atomic():
        kept, dropped = _locked(kept, dropped)
        _refuse_strangers(actor, kept, dropped)
        _refuse_two_open(kept, dropped)
        moved = {_label(field): _move(field, dropped, kept) for field in _fields()}
        filled = {name: [_stored(kept, name), _stored(dropped, name)] for name in _fillable(kept, dropped)}
        merger = PersonMerger.objects.create(
            kept=kept, dropped=dropped, reason=reason, made_by=actor,
            moved={label: keys for label, keys in moved.items() if keys}, filled=filled,
        )  # fmt: skip
        dropped.merged_into = kept
        write_version(actor, dropped, {"merged_into": ["", kept.code]})
        for name, (_before, value) in filled.items():
            _set(kept, name, value)
        write_version(actor, kept, {"merged": ["", dropped.code]})
        project(kept)
        fact_sheets.renew(kept)
        fact_sheets.renew(dropped)
        timeline.record("people_merged", actor, person=kept, reason=reason)
        audit.record(
            actor,
            "person.merge",
            kept,
            organization=kept.keeper,
            reason=reason,
            changes={"merged": [None, dropped.code]},
        )
    return merger


def undo_merger(actor, merger, reason):
    """Everything moves back that is still where the merger put it."""
    demand(actor, "person.merge", merger.kept)
    with transaction.atomic():
        merger = PersonMerger.objects.select_for_update().get(pk=merger.pk)
        if merger.undone_at:
            raise Refusal(_("这次合并已经撤销。"))
        if merger.kept.purge_orders.filter(state="done").exists():
            raise Refusal(_("这份登记已清除，不能撤销合并。"))
        kept, dropped = _locked(merger.kept, merger.dropped)
        demand(actor, "person.merge", kept)
        refuse_related(actor, dropped.number, dropped.name)
        _take_back(kept, merger.filled)
        write_version(actor, kept, {"merged": [dropped.code, ""]})
        dropped.merged_into = None
        write_version(actor, dropped, {"merged_into": [kept.code, ""]})
        for label, keys in merger.moved.items():
            _move_back(label, keys, kept, dropped)
        project(kept)
        project(dropped)
        fact_sheets.renew(kept)
        fact_sheets.renew(dropped)
        merger.undone_by, merger.undone_at, merger.undo_reason = actor, timezone.now(), reason
        merger.save(update_fields=["undone_by", "undone_at", "undo_reason"])
        timeline.record("people_unmerged", actor, person=kept, reason=reason)
        audit.record(
            actor, "person.unmerge", kept, organization=kept.keeper, reason=reason,
            changes={"merged": [dropped.code, None]},
        )  # fmt: skip
    return merger


def tell_apart(actor, person, other):
    """These two are not the same: nobody is asked again."""
    for one in (person, other):
        demand(actor, "person.merge", one)
    older, newer = sorted((person, other), key=lambda one: one.pk)
    with transaction.atomic():
        made, is_new = PersonDistinction.objects.get_or_create(one=older, other=newer, defaults={"made_by": actor})
        if is_new:
            audit.record(
                actor, "person.tell_apart", person, organization=person.keeper, changes={"other": [None, other.code]}
            )
    return made


# -- Rows that follow -------------------------------------------------------------------------------------------------
def _fields():
    """Every foreign key of this room that points to a person and follows them; also those of later modules. Records
    that led to the one that is dropped lead to the one that stays: no chains."""
    for relation in Person._meta.related_objects:
        model = relation.field.model
        stays = getattr(model, "STAYS_WITH_PERSON", False) or model is PersonChange
        if model._meta.app_label == "referrals" and not stays:
            yield relation.field


def _label(field):
    return f"{field.model._meta.label}.{field.name}"


def _move(field, dropped, kept):
    """The keys of the rows that moved. What the other record has already, or what may not move, stays."""
    keys = []
    for row in field.model.objects.filter(**{field.name: dropped}):
        if not _is_repeated(row, kept) and _point(field.model, row.pk, field.name, dropped, kept):
            keys.append(row.pk)
    return keys


def _is_repeated(row, kept):
    if not isinstance(row, PersonCategory) or not row.is_current:
        return False
    return kept.categories.current().filter(category=row.category).exists()


def _point(model, key, name, old, new):
    """A constraint that says no (the same fact, the same guardian) leaves the row where it is."""
    try:
        with transaction.atomic():
            return model.objects.filter(pk=key, **{name: old}).update(**{name: new})
    except DatabaseError:
        return 0


def _move_back(label, keys, kept, dropped):
    model, name = apps.get_model(*label.split(".")[:2]), label.split(".")[2]
    for key in keys:
        _point(model, key, name, kept, dropped)


# -- Values -----------------------------------------------------------------------------------------------------------
def _fillable(kept, dropped):
    """The names that are blank here and known there; a number or an account brings what belongs to it."""
    names = [name for name in FILLABLE if not _stored(kept, name) and _stored(dropped, name)]
    for leader, followers in TOGETHER.items():
        names = [name for name in names if name not in followers]
        if leader in names or leader == "number" and not kept.number:
            names += [name for name in followers if _stored(dropped, name) and _differs(kept, dropped, name)]
    return names


def _differs(kept, dropped, name):
    return _stored(kept, name) != _stored(dropped, name)


def _take_back(kept, filled):
    """A value that was changed since the merger is somebody's word and stays."""
    for name, (before, taken) in filled.items():
        if _stored(kept, name) == taken:
            _set(kept, name, before)


def _stored(person, name):
    """As it stands in JSON: days as text, divisions by their key."""
    if name in PRIVATE:
        return person.private.get(name, "")
    value = getattr(person, Person._meta.get_field(name).attname)
    return value.isoformat() if isinstance(value, date) else value


def _set(person, name, value):
    if name in PRIVATE:
        others = {key: kept for key, kept in person.private.items() if key != name}
        person.private = {**others, name: value} if value else others
        return
    field = Person._meta.get_field(name)
    setattr(person, field.attname, field.to_python(value))


def _shown(person, name):
    """As on the page: numbers masked."""
    masked = {
        "number": person.masked_number, "phone": person.masked_phone, "second_phone": person.masked_second_phone,
        "account": person.masked_account,
    }  # fmt: skip
    if name in masked:
        return masked[name]
    display = getattr(person, f"get_{name}_display", None)
    return display() if display else _words(person, name)


def _words(person, name):
    value = person.private.get(name, "") if name in PRIVATE else getattr(person, name)
    return (_("是") if value else _("否")) if isinstance(value, bool) else value


def _locked(kept, dropped):
    rows = Person.objects.select_for_update(of=("self",)).select_related("keeper", "residence", "household")
    found = {person.pk: person for person in rows.filter(pk__in=[kept.pk, dropped.pk]).order_by("pk")}
    return found[kept.pk], found[dropped.pk]


def _refuse_two_open(kept, dropped):
    """Of one person there is one open referral to a program: which of the two goes on, somebody says beforehand."""
    theirs = {one.program_id: one for one in Referral.objects.open().filter(person=dropped, program__isnull=False)}
    ours = Referral.objects.open().filter(person=kept, program__in=theirs).select_related("program")
    if one := ours.order_by("pk").first():
        other = theirs[one.program_id]
        words = {"program": one.program.name, "one": one.number or one.code, "other": other.number or other.code}
        told = _("两份登记在“%(program)s”上各有办理中的转介（%(one)s、%(other)s），请先撤回或了结其中一件，再合并。")
        raise Refusal(told % words)


def _refuse_strangers(actor, kept, dropped):
    if kept.pk == dropped.pk:
        raise Refusal(_("不能与本人合并。"), field="who")
    for person in (kept, dropped):
        demand(actor, "person.merge", person)
        refuse_related(actor, person.number, person.name)
    if kept.is_official != dropped.is_official:
        raise PermissionDenied
    if kept.number and dropped.number and kept.number != dropped.number:
        raise Refusal(_("两份登记的证件号码不同，不是同一个人；号码登记有误的，请先改正号码。"), field="who")
