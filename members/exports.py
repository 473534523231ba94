"""Lists that leave the house as files: long ones made by a job; masked, recorded."""

import re

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, seals
from members.jobs import Failed, Result
from members.models import ContactPost
from portal.lib.masks import mask_number
from portal.lib.xlsx import Column, Sheet, write

BATCH = 2000
LIMIT = 1_000_000
# Seven digits in a row may be somebody's number.
_NUMBER = re.compile(r"\d{7,}[\dXx]?")


def columns():
    titles = [
        _("时间"), _("人员"), _("单位"), _("当时的角色"), _("操作"), _("操作代码"), _("结果"), _("对象类型"),
        _("对象编号"), _("对象"), _("理由"), _("改动"), _("网络地址"), _("会话"), _("请求"),
    ]  # fmt: skip
    return [Column(title, width=26 if title == titles[0] else None) for title in titles] + [Column(_("封条"), "number")]


def export_audit(job, progress):
    """The lines the owner may see, narrowed as on the screen, oldest first."""
    entries = audit.narrowed(audit.visible_to(job.owner), job.parameters)
    total = entries.order_by()[: LIMIT + 1].count()
    if total > LIMIT:
        raise Failed(_("符合条件的记录超过 %(limit)s 条，请按时间分几次导出。") % {"limit": f"{LIMIT:,}"})
    path = progress.folder / "audit.xlsx"
    with open(path, "wb") as file:
        written = write(file, [Sheet(_("审计记录"), columns(), _rows(entries, total, progress))])
    message = _("共 %(n)s 条审计记录。") % {"n": f"{written:,}"}
    return Result(message, path, _("审计记录-%(day)s.xlsx") % {"day": timezone.localdate().isoformat()})


def _rows(entries, total, progress):
    for number, entry in enumerate(_oldest_first(entries), 1):
        progress.step(number, total, _("已写 %(n)s 行") % {"n": f"{number:,}"})
        yield _row(entry)


def _oldest_first(entries):
    """By key, so that no cursor is held open behind a pooler and lines written meanwhile do no harm."""
    beyond = None
    while True:
        rows = entries.order_by("at", "id")
        if beyond:
            rows = rows.filter(at__gte=beyond.at).exclude(at=beyond.at, id__lte=beyond.pk)
        rows = list(rows[:BATCH])
        links = seals.links_of(rows)
        for row in rows:
            row.link = links.get((row.at, row.pk))
        yield from rows
        if len(rows) < BATCH:
            return
        beyond = rows[-1]


def _row(entry):
    changes = [
        f"{audit.field_words(entry.object_type, name)}：{_text(change)}"
        for name, change in sorted(entry.changes.items())
    ]
    return (
        timezone.localtime(entry.at).isoformat(sep=" ", timespec="microseconds"),
        entry.actor_name or _("系统"),
        entry.actor_organization_name,
        entry.actor_roles,
        audit.words_of(entry.action),
        entry.action,
        entry.get_outcome_display(),
        audit.object_words(entry.object_type),
        entry.object_code,
        entry.object_name,
        _masked(entry.reason),
        _masked("；".join(changes)),
        entry.ip or "",
        entry.session,
        entry.request_id,
        entry.link,
    )


def _text(change):
    if isinstance(change, list) and len(change) == 2:
        return f"{change[0]} → {change[1]}"
    return str(change)


def _masked(text):
    return _NUMBER.sub(lambda number: mask_number(number[0]), text)


def verify_audit(job, progress):
    """Walk the chain; a broken link is the job's failure, so that nobody overlooks it."""
    verdict = seals.verify(step=progress.step)
    if verdict.finding:
        raise Failed(_("链条断裂：%(what)s") % {"what": verdict.finding.words})
    figures = {"links": f"{verdict.links:,}", "entries": f"{verdict.entries:,}", "anchors": verdict.anchors}
    return Result(_("链条完整：封条 %(links)s，记录 %(entries)s，与 %(anchors)s 个库外锚点相符。") % figures)


def organization_columns():
    titles = [
        _("名称"), _("简称"), _("机构类型"), _("层级"), _("所属区划"), _("区划代码"), _("上级单位"),
        _("统一社会信用代码"), _("慈善组织"), _("公开募捐"), _("服务人群"), _("接收方向"), _("接收的需求"),
        _("接收能力"),
    ]  # fmt: skip
    texts = [Column(title, width=30 if title == titles[0] else None) for title in titles]
    return [*texts, Column(_("确认日期"), "date"), Column(_("状态")), Column(_("对外电话"), width=30)]


def organization_rows(organizations):
    """A unit a row, in the order of the list; of its posts only the public ones."""
    posts = Prefetch("contact_posts", ContactPost.objects.filter(is_public=True, ended_at=None), "public_posts")
    units = organizations.select_related("area", "parent").prefetch_related(posts)
    for unit in units.order_by("area__code", "name", "pk").iterator(BATCH):
        recognized = _("已认定") if unit.is_recognized_charity else ""
        yield (
            unit.name, unit.short_name, unit.get_kind_display(), str(unit.level_words), unit.area.name, unit.area.code,
            unit.parent.name if unit.parent else "", unit.credit_code,
            recognized or (_("拟培育认定") if unit.is_recognition_candidate else ""),
            _("有效") if unit.is_raising_publicly else "",
            _listed(unit.target_group_words), _listed(unit.direction_words), _listed(unit.need_kind_words),
            unit.get_capacity_display(), unit.capacity_confirmed_on,
            _("已暂停") if unit.is_suspended else _("正常"),
            _listed(f"{post.title} {post.phone}".strip() for post in unit.public_posts),
        )  # fmt: skip


def _listed(words):
    return _("、").join(str(word) for word in words)
