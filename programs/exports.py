"""Programs as files: JSON in the schema of programs/reading.py, and workbooks that hold the same."""

from django.utils import timezone
from django.utils.translation import override

from portal.lib import xlsx
from programs import definitions, sheets
from programs.imports import definitions_of
from programs.sheets import GROUPS, REST, as_json, written

LONGEST = 32_000


def to_json(entries):
    """The same form as the shipped catalogue."""
    head = {"format": 1, "exported_on": timezone.localdate().isoformat()}
    return definitions.canonical_lines({**head, "programs": entries})


def write_workbook(target, entries, vocabulary):
    """Every program, on a dozen sheets; what comes back is the same, or the whole program stands as JSON."""
    with override("zh-hans"):
        tables = sheets.build(vocabulary)
        rows = {title: [] for title in tables}
        for entry in entries:
            for title, found in _checked(entry, tables, vocabulary).items():
                rows[title] += found
        columns = {title: [xlsx.Column(heading, width=_width(heading)) for heading in table.headings]
                   for title, table in tables.items()}  # fmt: skip
        return xlsx.write(
            target,
            [
                xlsx.Sheet(
                    title, columns[title], [tuple(row.get(name) for name in table.headings) for row in rows[title]]
                )
                for title, table in tables.items()
            ],
        )


def _width(heading):
    return {"说明": 48, "名称": 28, "出处": 32, "备注": 40, "做什么": 40, "材料": 36, REST: 24}.get(heading)


def _checked(entry, tables, vocabulary):
    """The rows of one program; read back at once, because nothing may be lost."""
    code = entry.get("code", "")
    try:
        rows = _rows_of(entry, tables, vocabulary)
        numbered = {title: list(enumerate(found, start=2)) for title, found in rows.items()}
        book = definitions_of(numbered, tables, vocabulary)
        if book.programs == [entry] and not book.faults and _fits(rows):
            return rows
    except (TypeError, AttributeError, ValueError, KeyError):  # half-written drafts may hold anything
        pass
    text = as_json(entry)
    pieces = [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)]
    # A cell loses blanks at its ends: each piece stands between bars.
    return {"项目": [{"项目编号": code}], "原样": [{"项目编号": code, "内容": f"|{piece}|"} for piece in pieces]}


def _fits(rows):
    return all(len(text) <= LONGEST for found in rows.values() for row in found for text in row.values())


def _rows_of(entry, tables, vocabulary):
    writer = _Writer(entry["code"], tables, vocabulary)
    writer.program(entry)
    return writer.rows


class _Writer:
    """Spreads one definition over the sheets. Lists that are empty, and what is no list, stay with their parent."""

    def __init__(self, code, tables, vocabulary):
        self.code, self.tables, self.vocabulary = code, tables, vocabulary
        self.rows = {title: [] for title in tables}

    def add(self, title, data, skip=(), **place):
        self.rows[title].append({"项目编号": self.code, **place, **written(data, self.tables[title], skip)})

    def program(self, entry):
        spread = ["code"]
        for key, spread_out in (
            ("condition", lambda data: self.condition(data, "项目")),
            ("papers", self.papers),
            ("benefit", self.benefit),
            ("limits", lambda data: self.add("重复和超额", data)),
            ("steps", lambda data: [self.add("步骤", step) for step in data]),
            ("deadlines", lambda data: [self.add("期限", one) for one in data]),
            ("notes", lambda data: [self.add("说明", {"note": note}) for note in data]),
        ):
            if entry.get(key):
                spread_out(entry[key])
                spread.append(key)
        self.add("项目", entry, spread)

    def papers(self, data):
        for number, paper in enumerate(data, start=1):
            if paper.get("when"):
                self.condition(paper["when"], f"材料 {number}")
            self.add("材料", paper, ["when"] if paper.get("when") else (), 序号=str(number))

    def benefit(self, data):
        spread = []
        if data.get("plan"):
            self.add("分期", data["plan"])
            spread.append("plan")
        if data.get("rules"):
            spread.append("rules")
            for number, rule in enumerate(data["rules"], start=1):
                self.rule(rule, str(number))
        self.add("待遇", data, spread)

    def rule(self, rule, number):
        spread = []
        if rule.get("when"):
            self.condition(rule["when"], f"待遇 {number}")
            spread.append("when")
        if rule.get("pay"):
            self.pay(rule["pay"], number)
            spread.append("pay")
        self.add("待遇规定", rule, spread, 序号=number)

    def pay(self, pay, number):
        """What else applies stands below, as number 1.1."""
        spread = [key for key in ("tiers", "table", "options", "otherwise") if pay.get(key)]
        if pay.get("tiers") == [] and pay.get("kind") == "tiers":
            spread.append("tiers")  # no rows say the same
        self.add("金额", pay, spread, 序号=number)
        for position, tier in enumerate(pay.get("tiers") or (), start=1):
            self.add("档次", tier, 金额序号=number, 序号=str(position))
        for position, (choice, amount) in enumerate((pay.get("table") or {}).items(), start=1):
            self.add("档次", {"choice": choice, "amount": amount}, 金额序号=number, 序号=str(position))
        for position, option in enumerate(pay.get("options") or (), start=1):
            self.condition(option["when"], f"档次 {number}-{position}")
            self.add("档次", option, ["when"], 金额序号=number, 序号=str(position))
        if pay.get("otherwise"):
            self.pay(pay["otherwise"], f"{number}.1")

    def condition(self, data, place, level="1"):
        group = next((key for key in GROUPS if key in data), None)
        where = {"用在": place, "层次": level, "关系": GROUPS.get(group, "判断")}
        if group is None:
            self.rows["条件"].append({"项目编号": self.code, **where, **self.test_row(data)})
            return
        self.add("条件", data, [group], **where)
        parts = [data[group]] if group == "not" else data[group]
        for number, part in enumerate(parts, start=1):
            self.condition(part, place, f"{level}.{number}")

    def test_row(self, data):
        """Values are written by the type of their fact."""
        shown = dict(data)
        for key in ("value", "low", "high"):
            if key in data:
                form = sheets.form_of(data, key, self.vocabulary)
                text = form.write(data[key])
                if text and sheets.comes_back(form, text, data[key]):
                    shown[key] = text
                else:
                    return {REST: as_json(data)}
        return written(shown, self.tables["条件"])
