"""Facts that a place adds to the vocabulary: added, worded better, given more choices, retired; never taken away."""

import re

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may
from portal.lib.pinyin import syllables
from programs.catalogue import vocabulary
from programs.facts import CODE, TYPES, fact_from
from programs.models import LocalFact

MOST = 300
MOST_OF_ONE = 100
# What only the program reckons with has no place in a form.
KINDS = ("bool", "int", "money", "decimal", "date", "choice", "choices", "area", "text")
EDITABLE = ("label", "unit", "question", "knows", "proof", "choices")


def add_local_fact(actor, definition):
    """A new fact for everybody who writes or matches programs here. `name` may be empty: then its sound names it."""
    if "local_fact.edit" not in actor.permissions:
        raise PermissionDenied
    if LocalFact.objects.count() >= MOST:
        raise Refusal(_("本地事实最多 %s 个。") % MOST)
    if LocalFact.objects.filter(organization=actor.organization).count() >= MOST_OF_ONE:
        raise Refusal(_("一个单位最多 %s 个本地事实，其余的名额留给别的单位。") % MOST_OF_ONE)
    definition = definition | {"name": definition.get("name") or _name_of(definition["label"][0])}
    _refuse_unfit(definition)
    try:
        with transaction.atomic():
            fact = LocalFact.objects.create(
                name=definition["name"], definition=definition, organization=actor.organization, added_by=actor
            )
            audit.record(actor, "local_fact.add", fact)
    except IntegrityError as error:
        raise Refusal(_("代码 %s 已经有了。") % definition["name"], field="name") from error
    return fact


def change_local_fact(actor, fact, version, **values):
    """Words and choices only: name and type stay, and so do the choices there are, for programs may ask for them."""
    _require(actor, fact)
    definition = fact.definition | {key: value for key, value in values.items() if key in EDITABLE}
    if lost := [code for code in fact.definition.get("choices", {}) if code not in definition.get("choices", {})]:
        words = "、".join(fact.definition["choices"][code][0] for code in lost)
        raise Refusal(
            _("不能去掉已有的选项：%s。已发布的项目可能在用；可以改名称，或者加新的。") % words, field="choices"
        )
    _refuse_unfit(definition, known=fact.name)
    changed = {key: [fact.definition.get(key), definition.get(key)] for key in EDITABLE
               if fact.definition.get(key) != definition.get(key)}  # fmt: skip
    return _update(actor, fact, version, "local_fact.edit", {"definition": definition}, changed)


def retire_local_fact(actor, fact, version):
    """Kept for the programs that ask for it, offered for new conditions no longer."""
    _require(actor, fact)
    if fact.retired_at:
        raise Refusal(_("这个事实已经停用。"))
    return _update(actor, fact, version, "local_fact.retire", {"retired_at": timezone.now()}, {})


def _update(actor, fact, version, deed, values, changed):
    with transaction.atomic():
        rows = LocalFact.objects.filter(pk=fact.pk, version=version)
        if not rows.update(**values, version=F("version") + 1):
            fact.refresh_from_db()
            raise Stale(fact, by=fact.added_by, at=fact.added_at)
        fact.refresh_from_db()
        audit.record(actor, deed, fact, changes=changed)
    return fact


def _refuse_unfit(definition, known=""):
    """A fact that the vocabulary would not take is refused here, at the field that is wrong."""
    name = definition["name"]
    if definition["type"] not in TYPES or definition["type"] not in KINDS:
        raise Refusal(_("没有这种类型。"), field="type")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise Refusal(_("代码只用小写字母、数字和下划线，以字母开头。"), field="name")
    if name != known and name in vocabulary():
        raise Refusal(_("代码 %s 已经有了。") % name, field="name")
    choices = definition.get("choices", {})
    if definition["type"] in {"choice", "choices"} and not choices:
        raise Refusal(_("请至少写一个选项。"), field="choices")
    if any(not CODE.fullmatch(code) for code in choices):
        raise Refusal(_("选项的代码只用字母、数字、点、连字符和下划线。"), field="choices")
    low, high = definition.get("min"), definition.get("max")
    if low is not None and high is not None and low > high:
        raise Refusal(_("最小值大于最大值。"), field="max")
    try:
        fact_from(definition)
    except (ValueError, TypeError, KeyError) as error:
        raise Refusal(str(error)) from error


def coded(label, taken):
    """A code for a choice by its sound: 低保 is dibao; the second of one sound is dibao_2."""
    sound = "_".join(syllables(label))[:50] or "x"
    sound = re.sub(r"[^a-z0-9_]+", "_", sound.lower()).strip("_") or "x"
    numbers = [sound, *(f"{sound}_{number}" for number in range(2, 500))]
    return next(code for code in numbers if code not in taken)


def _name_of(label):
    return coded(f"bd {label}", vocabulary())


def _require(actor, fact):
    if not may(actor, "local_fact.edit", fact.organization):
        raise PermissionDenied
