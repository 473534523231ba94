"""Activities, offers and wishes as workbooks, and offers read back from one."""

import io

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.access import Refusal
from members.imports import read_table
from members.kinds import Category, NeedKind, ServiceKind
from members.models import Area
from portal.lib.forms import refuse_hidden_marks
from portal.lib.tables import as_text
from portal.lib.xlsx import Column, Sheet, write
from programs.kinds import AidForm, PointKind
from programs.supply import project_kind_words

BATCH = 2000
MOST_ROWS = 500
# What a table of offers must hold, as the template has it; an exported table holds these and more.
HEADINGS = (
    "名称", "帮扶形式", "服务类别", "能解决的需求", "面向人群", "最小年龄", "最大年龄", "服务区域", "其他要求", "内容",
    "同时能帮", "每月能帮", "名额单位", "可用于急难", "联系岗位", "服务点类型", "地址", "有效期至",
)  # fmt: skip
EXAMPLE = (
    "上门理发（示例，导入前删去）", "服务", "访视照料", "生活服务", "残疾人、特困人员", "60", "", "", "行动不便的老人",
    "每月上门一次，自带工具。", "20", "", "人", "否", "", "", "", "",
)  # fmt: skip
WIDTHS = (26, 14, 20, 20, 24, 10, 10, 20, 30, 40, 10, 10, 10, 10, 20, 16, 24, 14)


def _book(title, columns, rows):
    target = io.BytesIO()
    number = write(target, [Sheet(title, columns, rows)])
    return target.getvalue(), number


def _listed(words):
    return _("、").join(str(word) for word in words)


def _yes(value):
    return _("是") if value else _("否")


# -- Out --------------------------------------------------------------------------------------------------------------
def activities_workbook(rows):
    """(content, number of rows), in the order of the list."""
    columns = [
        Column(_("活动名称"), width=30), Column(_("活动类别")), Column(_("牵头单位"), width=24), Column(_("级别")),
        Column(_("开展地区"), width=24), Column(_("品牌")), Column(_("项目分类")), Column(_("帮扶对象"), width=24),
        Column(_("节日、活动或灾情")), Column(_("线上线下")), Column(_("开始日期"), "date"),
        Column(_("结束日期"), "date"), Column(_("状态")), Column(_("募捐方式")), Column(_("募捐平台")),
        Column(_("备案编号")),
        Column(_("受益人数"), "number"), Column(_("投入资金（元）"), "money"), Column(_("物资折价（元）"), "money"),
        Column(_("服务时长（小时）"), "decimal"), Column(_("募得资金（元）"), "money"), Column(_("结果"), width=40),
        Column(_("获奖情况")),
    ]  # fmt: skip
    return _book(_("活动"), columns, _activity_rows(rows))


def _activity_rows(rows):
    found = rows.select_related("organization").prefetch_related("areas").order_by("-starts_on", "-pk")
    for one in found.iterator(BATCH):
        yield (
            one.title, one.get_kind_display(), one.organization.name, one.get_level_display(),
            _listed(area.name for area in one.areas.all()), _listed(one.brands),
            _listed(project_kind_words(one.project_kinds)), _listed(one.target_group_words), one.occasion,
            one.get_mode_display(), one.starts_on, one.ends_on, one.get_state_display(), one.get_fundraising_display(),
            one.platform, one.filing_number, one.people_helped, one.money_given, one.goods_value, one.hours_given,
            one.money_raised, one.result, one.award,
        )  # fmt: skip


def offers_workbook(rows):
    kinds = {"最小年龄": "number", "最大年龄": "number", "同时能帮": "number", "每月能帮": "number", "有效期至": "date"}
    columns = [Column(title, kinds.get(title, "text"), width) for title, width in zip(HEADINGS, WIDTHS, strict=True)]
    columns += [
        Column(_("提供单位"), width=24), Column(_("正在帮"), "number"), Column(_("最近确认日期"), "date"),
        Column(_("下次确认期限"), "date"), Column(_("状态")),
    ]  # fmt: skip
    # In Chinese whoever asks, so that the table can be handed in again.
    with override("zh-hans"):
        return _book("服务供给", columns, _offer_rows(rows))


def _offer_rows(rows):
    found = rows.select_related("organization", "contact_post").prefetch_related("areas").order_by("-pk")
    for one in found.iterator(BATCH):
        yield (
            one.title, one.get_form_display(), _listed(one.service_words), _listed(one.need_words),
            _listed(one.target_group_words), one.age_from, one.age_to, _listed(area.name for area in one.areas.all()),
            one.whom, one.description, one.capacity, one.monthly, one.unit, _yes(one.is_urgent),
            one.contact_post.title if one.contact_post else "", one.get_point_display(), one.address, one.valid_until,
            one.organization.name, one.taken, one.confirmed_on, one.confirm_by, one.get_state_display(),
        )  # fmt: skip


def wishes_workbook(rows):
    columns = [
        Column(_("心愿"), width=30), Column(_("登记单位"), width=24), Column(_("所在地区")), Column(_("年龄段")),
        Column(_("需求类别")), Column(_("大约费用（元）"), "money"), Column(_("说明"), width=40), Column(_("状态")),
        Column(_("认领单位"), width=24), Column(_("捐赠方")), Column(_("承诺实现日期"), "date"),
        Column(_("实现日期"), "date"), Column(_("实际费用（元）"), "money"), Column(_("实现情况"), width=40),
    ]  # fmt: skip
    return _book(_("微心愿"), columns, _wish_rows(rows))


def _wish_rows(rows):
    for one in rows.select_related("organization", "area", "claimed_by").order_by("-pk").iterator(BATCH):
        yield (
            one.title, one.organization.name, one.area.name, one.get_age_band_display(), one.get_need_kind_display(),
            one.cost, one.description, one.get_state_display(), one.claimed_by.name if one.claimed_by else "",
            one.donor, one.promised_on, one.fulfilled_on, one.spent, one.result,
        )  # fmt: skip


# -- In ---------------------------------------------------------------------------------------------------------------
def read_offers(content, organization):
    """([(row, values)], {row: what is wrong with it}) of a table of offers, as people keep them."""
    lines = read_table(content, list(HEADINGS))
    if len(lines) > MOST_ROWS:
        raise Refusal(_("一次最多导入 %(most)s 行，请分几次。") % {"most": MOST_ROWS}, field="file")
    reader = _Reader(organization)
    found, faults = [], {}
    for number, cells in lines:
        values, wrong = reader.read(dict(zip(HEADINGS, cells, strict=True)))
        if wrong:
            faults[number] = "；".join(wrong)
        else:
            found.append((number, values))
    return found, faults


class _Reader:
    """One row at a time; every cell that cannot be read is named."""

    def __init__(self, organization):
        self.posts = {post.title: post for post in organization.contact_posts.filter(ended_at=None)}
        near = Q(pk=organization.area_id) | Q(parent=organization.area)
        self.areas = {area.name: area for area in Area.objects.current().filter(near)}

    def read(self, row):
        self.wrong = []
        for heading in ("名称", "其他要求", "内容", "名额单位", "地址"):
            self.no_marks(heading, row[heading])
        values = {
            "title": row["名称"],
            "form": self.one("帮扶形式", row["帮扶形式"], AidForm) or "",
            "services": self.several("服务类别", row["服务类别"], ServiceKind),
            "need_kinds": self.several("能解决的需求", row["能解决的需求"], NeedKind),
            "target_groups": self.several("面向人群", row["面向人群"], Category),
            "age_from": self.number("最小年龄", row["最小年龄"], least=0),
            "age_to": self.number("最大年龄", row["最大年龄"], least=0),
            "areas": self.named("服务区域", row["服务区域"], self.areas),
            "whom": row["其他要求"],
            "description": row["内容"],
            "capacity": self.number("同时能帮", row["同时能帮"]),
            "monthly": self.number("每月能帮", row["每月能帮"]),
            "unit": row["名额单位"] or "人",
            "is_urgent": self.yes("可用于急难", row["可用于急难"]),
            "contact_post": (self.named("联系岗位", row["联系岗位"], self.posts) or [None])[0],
            "point": self.one("服务点类型", row["服务点类型"], PointKind) or "",
            "address": row["地址"],
            "valid_until": self.day("有效期至", row["有效期至"]),
        }
        return values, self.wrong

    def fault(self, heading, text):
        self.wrong.append(_("%(heading)s：没有“%(text)s”这一项") % {"heading": heading, "text": text[:30]})

    def no_marks(self, heading, text):
        try:
            refuse_hidden_marks(text)
        except ValidationError as error:
            self.wrong.append(f"{heading}：{error.messages[0]}")

    def one(self, heading, text, choices):
        with override("zh-hans"):
            codes = {str(label): code for code, label in choices.choices}
        if text and text not in codes and text not in choices.values:
            self.fault(heading, text)
        return codes.get(text, text)

    def several(self, heading, text, choices):
        return [self.one(heading, part, choices) for part in _parts(text)]

    def named(self, heading, text, known):
        for part in _parts(text):
            if part not in known:
                self.fault(heading, part)
        return [known[part] for part in _parts(text) if part in known]

    def number(self, heading, text, least=1):
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 7) or not least <= int(text) <= 1_000_000:
            self.wrong.append(_("%(heading)s：应当填整数") % {"heading": heading})
            return None
        return int(text)

    def yes(self, heading, text):
        if text not in ("", "是", "否"):
            self.wrong.append(_("%(heading)s：只能填“是”或“否”") % {"heading": heading})
        return text == "是"

    def day(self, heading, text):
        try:
            day = parse_date(as_text(text)[:10]) if text else None
        except ValueError:
            day = None
        if text and day is None:
            self.wrong.append(_("%(heading)s：日期请写成 2026-12-31") % {"heading": heading})
        return day


def _parts(text):
    for sign in ("，", ",", "；", ";", "\n"):
        text = text.replace(sign, "、")
    return [part.strip() for part in text.split("、") if part.strip()]
