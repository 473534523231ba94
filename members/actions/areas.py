"""Divisions come with the shipped list and with workbooks; they are renamed and replaced, never deleted."""

import datetime
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.imports import read_table
from members.kinds import AreaTag, Level
from members.models import Area, AreaChange, AreaImport, Organization
from members.models.areas import level_of, parent_codes
from portal.lib.forms import refuse_hidden_marks

HEADINGS = ["区划代码", "名称", "上级区划代码"]
_LEVELS = list(Level)


@dataclass
class Line:
    """One row of a handed-in table, and what would become of it."""

    number: int
    code: str
    name: str
    parent: str = ""
    verdict: str = "new"  # new, same, changed, wrong
    reason: str = ""
    old_name: str = ""


def load_areas(rows, former, source):
    """The shipped list: [(code, name)], and those it no longer holds: [(code, name, successor, last day)].

    May run again at any time: what is there already and alike is not touched, and neither is what people have since
    renamed or ended.
    """
    with transaction.atomic():
        _lock()
        touched = Area.objects.filter(Q(valid_to__isnull=False) | Q(changes__recorded_by__isnull=False))
        settled = set(touched.values_list("code", flat=True))
        lines = [Line(number, code, name) for number, (code, name) in enumerate(rows, start=1) if code not in settled]
        _judge(lines)
        if wrong := [line for line in lines if line.verdict == "wrong"]:
            raise Refusal(f"{wrong[0].code} {wrong[0].name}: {wrong[0].reason}")
        _write(lines, None, source, None)
        ended = sum(_add_former(*row, source) for row in former)
        counts = {**_counts(lines), "ended": ended}
        if counts["new"] or counts["changed"] or ended:
            audit.record(None, "area.load", reason=source, changes={"rows": [None, counts]})
    return counts


def upload_areas(actor, file_name, content, source, valid_from=None):
    """Take in a workbook and keep its rows; nothing is written to the divisions yet."""
    rows = read_table(content, HEADINGS)
    with transaction.atomic():
        area_import = AreaImport.objects.create(
            file_name=file_name, content=content, source=source, valid_from=valid_from, uploaded_by=actor, rows=rows
        )
        audit.record(actor, "area.upload", area_import, changes={"rows": [None, len(rows)]})
    return area_import


def preview_areas(area_import):
    """What each row would do today: new, same, changed, or wrong with the reason."""
    lines = [Line(number, *values) for number, values in area_import.rows]
    return _judge(lines)


def apply_areas(actor, area_import):
    """Write all rows, or none when one is wrong. What was shown may have aged, so it is judged again, under a lock."""
    with transaction.atomic():
        _lock()
        area_import = AreaImport.objects.select_for_update().get(pk=area_import.pk)
        if area_import.applied_at:
            raise Refusal(
                _("%(name)s 已于 %(at)s 导入这个文件，没有重复导入。")
                % {"name": area_import.applied_by, "at": date_format(area_import.applied_at, "Y-m-d")}
            )
        lines = preview_areas(area_import)
        if wrong := sum(line.verdict == "wrong" for line in lines):
            raise Refusal(
                _("有 %(count)s 行有错，没有导入任何一行。请下载标注后的文件，改正后重新上传。") % {"count": wrong}
            )
        _write(lines, actor, area_import.source, area_import.valid_from)
        area_import.applied_at, area_import.applied_by, area_import.counts = timezone.now(), actor, _counts(lines)
        area_import.save(update_fields=["applied_at", "applied_by", "counts"])
        audit.record(actor, "area.import", area_import, changes={"rows": [None, area_import.counts]})
    return area_import


def rename_area(actor, area, name, happened_on, note=""):
    """Another name, the same code."""
    _refuse_future(happened_on)
    if name == area.name:
        raise Refusal(_("新名称与现在的名称相同。"), field="name")
    with transaction.atomic():
        if not Area.objects.filter(pk=area.pk, name=area.name, valid_to=None).update(name=name):
            raise Refusal(_("这个区划刚刚被别人改过，请刷新后再看。"))
        _tell(area, AreaChange.Kind.RENAMED, actor, happened_on, old_name=area.name, new_name=name, note=note)
        audit.record(actor, "area.rename", area, reason=note, changes={"name": [area.name, name]})
    area.name = name
    return area


def tag_area(actor, area, tags, note=""):
    """Whether it is on a list of places that others are to help; the list itself is the reason."""
    tags = [tag for tag in AreaTag.values if tag in tags]
    if area.level not in (Level.COUNTY, Level.TOWN) and tags:
        raise Refusal(_("只有县（市、区）和乡镇（街道）列为重点帮扶地区。"), field="tags")
    with transaction.atomic():
        old = Area.objects.select_for_update().get(pk=area.pk).tags
        Area.objects.filter(pk=area.pk).update(tags=tags)
        if old != tags:
            audit.record(actor, "area.tag", area, reason=note, changes={"tags": [",".join(old), ",".join(tags)]})
    area.tags = tags
    return area


def replace_area(actor, area, successor, happened_on, note=""):
    """Another division takes this one's place: merged, or the same one under a new code.

    The old one stays with its last day. Organizations that sit in it move along, so that nobody falls out of reach;
    divisions under it stay with it until their own successors are imported.
    """
    _refuse_future(happened_on)
    with transaction.atomic():
        locked = {one.pk: one for one in Area.objects.select_for_update().filter(pk__in=[area.pk, successor.pk])}
        area, successor = locked[area.pk], locked[successor.pk]
        _refuse_unfit(area, successor, happened_on)
        area.valid_to, area.replaced_by = happened_on - datetime.timedelta(days=1), successor
        area.save(update_fields=["valid_to", "replaced_by"])
        _tell(area, AreaChange.Kind.REPLACED, actor, happened_on, successor=successor, note=note)
        audit.record(actor, "area.replace", area, reason=note, changes={"replaced_by": [None, successor.code]})
        for organization in Organization.objects.filter(area=area):
            audit.record(
                actor, "organization.move", organization, organization=organization,
                reason=_("区划调整"), changes={"area": [area.code, successor.code]},
            )  # fmt: skip
        Organization.objects.filter(area=area).update(area=successor, version=F("version") + 1)
    return area


def _refuse_future(day):
    if day > timezone.localdate():
        raise Refusal(_("生效日期还没有到，请在生效当天或之后登记。"), field="happened_on")


def _refuse_unfit(area, successor, happened_on):
    if area.replaced_by_id or area.valid_to:
        raise Refusal(_("%(name)s 已停用，不能再次登记接替。") % {"name": area})
    if successor.pk == area.pk or not successor.is_current:
        raise Refusal(_("接替的区划必须是另一个现行的区划。"), field="successor")
    if successor.level != area.level:
        raise Refusal(
            _("接替的区划应与原区划同一层级（%(level)s）。") % {"level": area.get_level_display()}, field="successor"
        )
    if area.valid_from and happened_on <= area.valid_from:
        raise Refusal(_("生效日期早于这个区划的启用日期。"), field="happened_on")


def _tell(area, kind, actor, happened_on, **values):
    AreaChange.objects.create(area=area, kind=kind, happened_on=happened_on, recorded_by=actor, **values)


def _lock():
    """One writer of divisions at a time; readers go on."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Area._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _judge(lines):
    asked = {code for line in lines for code in [line.code, *_parents(line.code)]}
    known = {area.code: area for area in Area.objects.filter(code__in=asked).select_related("replaced_by")}
    first = {}
    for line in lines:
        line.reason = _fault(line, known, first, lines)
        first.setdefault(line.code, line.number)
        old = known.get(line.code)
        if line.reason:
            line.verdict = "wrong"
        elif old:
            line.verdict, line.old_name = ("same" if old.name == line.name else "changed"), old.name
    return _condemn_children(lines, known)


def _condemn_children(lines, known):
    """A row whose parent stands only in this file falls with its parent."""
    here = {}
    for line in sorted(lines, key=lambda line: _LEVELS.index(level_of(line.code)) if _is_code(line.code) else 0):
        if (
            line.verdict == "new"
            and not any(code in known or here.get(code, "wrong") != "wrong" for code in _parents(line.code))
            and _parents(line.code)
        ):
            line.verdict = "wrong"
            line.reason = _("上级区划 %(code)s 不存在，文件里也没有可以导入的一行。") % {"code": _parents(line.code)[0]}
        if here.get(line.code) in (None, "wrong"):
            here[line.code] = line.verdict
    return lines


def _fault(line, known, first, lines):
    if not line.code:
        return _("没有区划代码。")
    if not line.code.isascii() or not line.code.isdigit():
        return _("区划代码只能是数字。")
    if len(line.code) != 12:
        return _("区划代码应为 12 位，这里是 %(count)s 位。") % {"count": len(line.code)}
    if line.code[0] == "0":
        return _("区划代码不能以 0 开头。")
    if line.code in first:
        return _("与第 %(number)s 行的区划代码重复。") % {"number": first[line.code]}
    return _fault_of_name(line.name) or _fault_of_parent(line) or _fault_of_ended(known.get(line.code))


def _fault_of_name(name):
    if not name:
        return _("没有名称。")
    if len(name) > 60:
        return _("名称超过 60 个字。")
    try:
        refuse_hidden_marks(name)
    except ValidationError as error:
        return error.messages[0]
    if not re.search(r"[㐀-鿿\U00020000-\U0003ffff]", name) or re.search(r"[<>=@�]", name):
        return _("名称应为汉字，不含公式或标记。")
    return ""


def _fault_of_parent(line):
    parents = parent_codes(line.code)
    if line.parent and line.parent not in parents:
        return _("上级区划代码与本级代码不符，按代码应为 %(code)s。") % {"code": parents[0] if parents else _("（无）")}
    return ""


def _fault_of_ended(area):
    if area and not area.is_current:
        return _("这个区划已停用，由 %(name)s 接替。") % {"name": area.replaced_by or _("（未登记）")}
    return ""


def _is_code(code):
    return len(code) == 12 and code.isascii() and code.isdigit()


def _parents(code):
    return parent_codes(code) if _is_code(code) else []


def _write(lines, actor, source, valid_from):
    """Level by level, so that a parent has its row before its children need it."""
    for level in _LEVELS:
        new = [line for line in lines if line.verdict == "new" and level_of(line.code) == level]
        _add(new, actor, source, valid_from)
    changed = {line.code: line for line in lines if line.verdict == "changed"}
    areas = list(Area.objects.filter(code__in=changed))
    on = valid_from or timezone.localdate()
    for area in areas:
        area.name, area.source = changed[area.code].name, source
    Area.objects.bulk_update(areas, ["name", "source"], batch_size=1000)
    AreaChange.objects.bulk_create(
        AreaChange(
            area=area, kind=AreaChange.Kind.RENAMED, happened_on=on, recorded_by=actor, note=source[:200],
            old_name=changed[area.code].old_name, new_name=area.name,
        )
        for area in areas
    )  # fmt: skip


def _add(lines, actor, source, valid_from):
    wanted = {code for line in lines for code in parent_codes(line.code)}
    parents = {area.code: area for area in Area.objects.filter(code__in=wanted)}
    areas = [_area_of(line.code, line.name, parents, source=source, valid_from=valid_from) for line in lines]
    Area.objects.bulk_create(areas, batch_size=2000)
    if actor:
        on = valid_from or timezone.localdate()
        AreaChange.objects.bulk_create(
            (
                AreaChange(
                    area=area, kind=AreaChange.Kind.ADDED, happened_on=on, new_name=area.name, recorded_by=actor,
                    note=source,
                )
                for area in areas
            ),
            batch_size=2000,
        )  # fmt: skip


def _area_of(code, name, parents, **values):
    level = level_of(code)
    parent = next((parents[above] for above in parent_codes(code) if above in parents), None)
    ancestors = {column: getattr(parent, column) if parent else "" for column in ("province", "city", "county", "town")}
    if level != Level.VILLAGE:
        ancestors[level] = code
    return Area(code=code, name=name, level=level, parent=parent, **ancestors, **values)


def _add_former(code, name, successor, last_day, source):
    """A division of the past with its successor; True when it was not there yet."""
    if Area.objects.filter(code=code).exists():
        return False
    parents = {area.code: area for area in Area.objects.filter(code__in=parent_codes(code))}
    heir = Area.objects.get(code=successor)
    _area_of(code, name, parents, source=source, valid_to=last_day, replaced_by=heir).save()
    area = Area.objects.get(code=code)
    day_after = last_day + datetime.timedelta(days=1)
    _tell(area, AreaChange.Kind.REPLACED, None, day_after, successor=heir, note=source[:200])
    return True


def _counts(lines):
    return {verdict: sum(line.verdict == verdict for line in lines) for verdict in ("new", "changed", "same", "wrong")}
