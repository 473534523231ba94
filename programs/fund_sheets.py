"""Funds and their ledgers as workbooks."""

from django.utils.translation import gettext as _

from portal.lib.xlsx import Column
from programs import funds
from programs.models import DONATED

BATCH = 2000


def fund_columns():
    texts = [_("基金"), _("编号"), _("类型"), _("管理单位"), _("发起人"), _("使用地区")]
    sums = [_("累计收入"), _("累计支付"), _("余额"), _("已承诺未付"), _("可用")]
    return [
        *[Column(title, width=30 if title == texts[0] else None) for title in texts],
        *[Column(title, "money") for title in sums],
        Column(_("设立日期"), "date"),
        Column(_("最近核对"), "date"),
        Column(_("状态")),
    ]


def fund_rows(rows):
    """A fund a row; read with figures."""
    for fund in rows.select_related("organization", "area").order_by("name", "pk"):
        yield (
            fund.name, fund.code, fund.get_kind_display(), fund.organization.name, fund.founder, fund.area.name,
            fund.total_income, fund.total_paid, fund.balance, fund.total_committed, fund.available,
            fund.opened_on, fund.confirmed_on, _("已停用") if fund.closed_on else _("使用中"),
        )  # fmt: skip


def line_columns():
    return [
        Column(_("序号"), "number"), Column(_("发生日期"), "date"), Column(_("类别")), Column(_("金额"), "money"),
        Column(_("资金渠道")), Column(_("捐赠人")), Column(_("用途限定"), width=30), Column(_("项目")),
        Column(_("编号")), Column(_("说明"), width=30), Column(_("登记人")), Column(_("复核人")),
        Column(_("登记时间"), "instant"),
    ]  # fmt: skip


def line_rows(lines):
    """Oldest first, by number, so that no cursor is held open."""
    beyond, areas = 0, None
    while True:
        rows = list(lines.filter(number__gt=beyond).order_by("number")[:BATCH])
        if not rows:
            return
        areas = funds.area_names([row.pot for row in rows])
        for row in rows:
            donor = row.donation.donor if row.channel in DONATED and hasattr(row, "donation") else ""
            yield (
                row.number, row.day, row.get_kind_display(), row.amount, row.get_channel_display(), donor,
                funds.ties_words(row.pot, areas), row.program_code, row.reference, row.reason, row.written_by.name,
                row.approved_by.name if row.approved_by else "", row.written_at,
            )  # fmt: skip
        beyond = rows[-1].number
