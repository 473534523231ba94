"""Statements of income read back from a table: each row judged, every fault in words."""

from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.lib import money
from portal.lib.forms import refuse_hidden_marks
from programs.models import DONATED, Channel, FounderKind, Naming, Program, ProgramVersion
from programs.words import KINDS

# As the template has them; a file is Chinese whatever language its reader works in.
HEADINGS = [
    "到账日期", "金额", "资金渠道", "票据号或流水号", "捐赠人类型", "署名方式", "捐赠人署名", "限定帮扶类别",
    "限定项目", "使用期限", "说明",
]  # fmt: skip
EXAMPLES = [
    [
        "2026-01-15", "3000.00", "单位和个人捐赠", "SJ-2026-0018", "法人", "公开名称", "示例公司", "助学", "",
        "2026-12-31", "",
    ],
    ["2026-01-16", "200.00", "互联网募捐平台", "PT-88-0031", "公民", "匿名", "", "", "", "", ""],
]  # fmt: skip
WIDTHS = [12, 12, 18, 20, 12, 12, 20, 14, 14]


@dataclass
class Entry:
    """One row of a statement: what it asks for, or why it cannot be."""

    number: int
    income: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)
    verdict: str = "new"

    @property
    def reason(self):
        return _("；").join(self.faults)


class RowReader:
    """Every fault of a row, not only the first."""

    def __init__(self, number, values, words, programs):
        self.cells = dict(zip(HEADINGS, values, strict=True))
        self.words, self.programs = words, programs
        self.entry = Entry(number)

    def read(self):
        donor = {
            "donor_kind": self.choice("捐赠人类型", "donor_kinds", default="other_org"),
            "donor_naming": self.choice("署名方式", "namings", default="anonymous"),
            "donor_name": self.text("捐赠人署名", 120),
        }
        channel = self.choice("资金渠道", "channels")
        if channel in DONATED and donor["donor_naming"] != Naming.ANONYMOUS and not donor["donor_name"]:
            self.fault(_("公开名称或化名时要填署名"))
        self.entry.income = {
            "day": self.day("到账日期"),
            "amount": self.amount(),
            "channel": channel,
            "reference": self.text("票据号或流水号", 40, is_required=True),
            "donor": donor,
            "restriction": {
                "kinds": self.several("限定帮扶类别", self.words["kinds"], _("没有“%s”这个帮扶类别")),
                "programs": self.several("限定项目", self.programs, _("没有编号为 %s 的项目")),
                "until": self.day("使用期限", is_required=False),
            },
            "note": self.text("说明", 200),
        }
        return self.entry

    def fault(self, message):
        self.entry.faults.append(message)

    def text(self, heading, most, *, is_required=False):
        value = self.cells[heading].strip()
        try:
            refuse_hidden_marks(value)
        except ValidationError as error:
            self.fault(f"{heading}：{' '.join(error.messages)}")
        if len(value) > most:
            self.fault(_("%(what)s最多 %(most)s 个字") % {"what": heading, "most": most})
        if is_required and not value:
            self.fault(_("没有填%s") % heading)
        return value

    def choice(self, heading, name, default=None):
        value = self.cells[heading].strip()
        if not value and default is not None:
            return default
        if value not in self.words[name]:
            options = "、".join(self.words[name])
            self.fault(_("%(what)s应是：%(options)s") % {"what": heading, "options": options})
        return self.words[name].get(value, default or "")

    def several(self, heading, known, words):
        values = [one.strip() for one in self.cells[heading].replace("，", "、").replace(",", "、").split("、")]
        values = [one for one in values if one]
        for strange in [one for one in values if one not in known]:
            self.fault(words % strange[:20])
        return [known[one] for one in values if one in known]

    def amount(self):
        try:
            return money.read(self.cells["金额"])
        except ValidationError as error:
            self.fault(f"金额：{' '.join(error.messages)}")
        return None

    def day(self, heading, *, is_required=True):
        value = self.cells[heading].strip()
        if not value and not is_required:
            return None
        for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S"):
            try:
                return datetime.strptime(value, form).date()
            except ValueError:
                continue
        self.fault(_("%s写成 2026-01-15 这样的日期") % heading)
        return None


def read_rows(rows):
    """Each row of a file as an entry; a number that stands twice in it is a fault of the second."""
    words, programs, seen, entries = _words(), _programs(), {}, []
    for number, values in rows:
        entry = RowReader(number, values, words, programs).read()
        reference, day = entry.income["reference"], entry.income["day"]
        if reference in seen:
            entry.faults.append(_("和第 %s 行的票据号相同") % seen[reference])
        if day and day > timezone.localdate():
            entry.faults.append(_("日期还没有到"))
        seen.setdefault(reference, number)
        entries.append(entry)
    return entries


def _words():
    """Words of the file -> codes; Chinese whoever reads it."""
    with override("zh-hans"):
        kinds = {"channels": Channel, "donor_kinds": FounderKind, "namings": Naming}
        named = {name: {str(one.label): one.value for one in choices} for name, choices in kinds.items()}
        return named | {"kinds": {str(label): code for code, label in KINDS.items()}}


def _programs():
    held = ProgramVersion.objects.holding_on(timezone.localdate()).values("program_id")
    return {code: code for code in Program.objects.filter(pk__in=held).values_list("code", flat=True)}
