"""Files of programs read back: JSON or a workbook, every fault with its sheet and row."""

import io
import json
from collections import Counter
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.access import Refusal
from portal.lib import tables as files
from programs import definitions, sheets
from programs.checks import check_program
from programs.facts import CODE, number_from
from programs.reading import WrongProgram, read_program
from programs.sheets import GROUPS, REST, WrongCell

MOST_BYTES = 5 * 1024 * 1024
MOST_PROGRAMS = 500
MOST_LEVELS, LONGEST_LEVEL = 30, 200  # of a condition in a workbook; more than any that can be read
RELATIONS = {words: key for key, words in GROUPS.items()}


@dataclass
class Fault:
    """Something wrong: in which program, at which place of it, and, in a workbook, on which sheet and row."""

    program: str
    place: str
    message: str
    sheet: str = ""
    row: int = 0
    column: int = 0

    @property
    def where(self):
        if self.sheet:
            return _("“%(sheet)s”第 %(row)s 行") % {"sheet": self.sheet, "row": self.row}
        return ".".join(part for part in (self.program, self.place) if part)


@dataclass
class Book:
    """What a file holds: definitions, faults, and where each part of a definition stands."""

    programs: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    origins: dict = field(default_factory=dict)  # (program, place) -> (sheet, row)

    def fault(self, program, place, message, column=0):
        sheet, row = self.origin(program, place)
        self.faults.append(Fault(program, place, message, sheet, row, column))

    def origin(self, program, place):
        """The row that holds a place, or the nearest one around it."""
        while place:
            if (program, place) in self.origins:
                return self.origins[program, place]
            cut = max(place.rfind("."), place.rfind("["))
            place = place[:cut] if cut > 0 else ""
        return self.origins.get((program, ""), ("", 0))


def read_file(content, vocabulary):
    """The programs of a file, whichever it is; a Refusal when it is neither."""
    if len(content) > MOST_BYTES:
        raise Refusal(_("文件超过 5 MB，请分成几个文件导入。"), field="file")
    book = _read_workbook(content, vocabulary) if content[:4] == b"PK\x03\x04" else _read_json(content)
    if not book.programs and not book.faults:
        raise Refusal(_("文件里没有项目。"), field="file")
    if len(book.programs) > MOST_PROGRAMS:
        raise _too_many()
    _judge(book, vocabulary)
    return book


def _too_many():
    return Refusal(_("一次最多导入 %s 个项目。") % MOST_PROGRAMS, field="file")


def _judge(book, vocabulary):
    """What can be read must also be right: the same checks as before a release."""
    counts = Counter(str(entry.get("code")) for entry in book.programs)
    for entry in book.programs:
        code = str(entry.get("code"))
        if not CODE.fullmatch(code) or counts[code] > 1:
            book.fault(code, "code", _("项目编号 %s 写错了，或者重复") % code[:60])
        if len(definitions.canonical(entry)) > definitions.LONGEST:
            book.fault(code, "", _("项目的内容太长，请精简。"))
            continue
        try:
            findings = check_program(read_program(entry, vocabulary), vocabulary)
            grave = [(one.place, one.message) for one in findings if one.is_grave]
        except WrongProgram as wrong:
            grave = [(one.place, one.message) for one in wrong.faults]
        for place, message in grave:
            book.fault(code, place, message)


# -- JSON -------------------------------------------------------------------------------------------------------------
def _read_json(content):
    try:
        data = json.loads(content.decode("utf-8-sig"), parse_float=_number, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Refusal(_("文件不是 UTF-8 编码的 JSON，也不是 xlsx 工作簿。"), field="file") from None
    except json.JSONDecodeError as error:
        words = {"line": error.lineno, "column": error.colno}
        wrong = _("不是 xlsx 工作簿；按 JSON 读，第 %(line)s 行第 %(column)s 个字符处有误。")
        raise Refusal(wrong % words, field="file") from None
    except (RecursionError, ValueError):
        raise Refusal(_("JSON 套得太深，或者有不能用的数字。"), field="file") from None
    entries = data.get("programs", [data]) if isinstance(data, dict) else data
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Refusal(_("应当是一个项目，或者带 programs 列表的对象。"), field="file")
    return Book(programs=entries)


def _no_constant(name):
    raise ValueError(name)


def _number(text):
    value = number_from(text)
    return value if value.is_finite() else _no_constant(text[:60])


# -- workbook ---------------------------------------------------------------------------------------------------------
def _read_workbook(content, vocabulary):
    try:
        found = files.read_book(io.BytesIO(content))
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field="file") from error
    with override("zh-hans"):
        tables = sheets.build(vocabulary)
    if "项目" not in found:
        raise Refusal(_("没有找到“项目”工作表。请用导出的工作簿作模板。"), field="file")
    return definitions_of({title: _rows(found.get(title, []), tables[title]) for title in tables}, tables, vocabulary)


def _rows(lines, table):
    """[(row number, {heading: text})], the empty ones left out. Columns are found by their headings."""
    if not lines:
        return []
    headings = [str(cell).strip() for cell in lines[0]]
    missing = [name for name in (*table.place, *(column.title for column in table.columns)) if name not in headings]
    if missing:
        words = {"sheet": table.title, "columns": "、".join(missing)}
        raise Refusal(_("工作表“%(sheet)s”缺少这些列：%(columns)s。") % words, field="file")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        cells = {heading: _text(cell) for heading, cell in zip(headings, line, strict=False) if heading}
        if any(cells.values()):
            rows.append((number, cells))
    return rows


def _text(cell):
    try:
        return files.as_text(cell)
    except ValidationError:
        return str(cell)


def definitions_of(rows, tables, vocabulary):
    """Definitions from numbered rows: {sheet: [(number, {heading: text})]}."""
    book, by_code = Book(), {title: _grouped(found, "项目编号") for title, found in rows.items()}
    if len(rows["项目"]) > MOST_PROGRAMS:
        raise _too_many()
    for number, cells in rows["项目"]:
        code = cells.get("项目编号", "")
        own = {title: groups.get(code, []) for title, groups in by_code.items()}
        reader = _Reader(code, own, tables, vocabulary, book)
        book.programs.append(reader.program(number, cells))
    known = {cells.get("项目编号", "") for _number, cells in rows["项目"]}
    for title, found in rows.items():
        for number, cells in found:
            code = cells.get("项目编号", "")
            if code not in known:
                book.faults.append(
                    Fault(code, "", _("“项目”工作表里没有编号 %s") % code[:60], title, number)
                )  # fmt: skip
    return book


def _grouped(numbered, heading):
    """text under a heading -> its rows, in their order: each is looked at once, however many programs there are."""
    groups = {}
    for number, cells in numbered:
        groups.setdefault(cells.get(heading, ""), []).append((number, cells))
    return groups


class _Reader:
    """Gathers one definition from its rows on the sheets: {sheet: [(number, {heading: text})]}."""

    def __init__(self, code, rows, tables, vocabulary, book):
        self.code, self.rows, self.tables, self.vocabulary, self.book = code, rows, tables, vocabulary, book
        self.conditions, self.steps = _grouped(rows["条件"], "用在"), _grouped(rows["档次"], "金额序号")
        self.pays = _grouped(rows["金额"], "序号")

    def read(self, title, number, cells, place):
        """One row as data: columns, and the JSON of what no column holds."""
        self.book.origins.setdefault((self.code, place), (title, number))
        data, table = {}, self.tables[title]
        for column in table.columns:
            text = cells.get(column.title) or ""
            if not text:
                continue
            if column.index is not None:
                data.setdefault(column.key, [])
                data[column.key].append(text)
                continue
            try:
                data[column.key] = column.form.read(text)
            except WrongCell as wrong:
                self.wrong(title, number, table, column, f"{place}.{column.key}".strip("."), str(wrong))
        return data | self.rest(title, number, cells, place)

    def wrong(self, title, number, table, column, place, message):
        at = table.headings.index(column.title) + 1
        said = _("%(column)s：%(message)s") % {"column": column.title, "message": message}
        self.book.faults.append(Fault(self.code, place, said, title, number, at))

    def rest(self, title, number, cells, place):
        text = cells.get(REST) or ""
        if not text:
            return {}
        try:
            found = json.loads(text, parse_float=_number)
            if not isinstance(found, dict):
                raise ValueError
        except (ValueError, RecursionError):
            self.book.faults.append(Fault(self.code, place, _("“其他”一列应当留空，或是导出时的原样"), title, number))
            return {}
        return found

    def program(self, number, cells):
        data = self.read("项目", number, cells, "")
        if self.rows["原样"]:
            return self.whole(number)
        if self.code:
            data["code"] = self.code
        condition = self.condition("项目", "condition")
        if condition is not None:
            data["condition"] = condition
        parts = {
            "papers": self.papers(),
            "steps": self.listed("步骤", "steps"),
            "deadlines": self.listed("期限", "deadlines"),
            "notes": [entry.get("note", "") for entry in self.listed("说明", "notes")],
        }
        data |= {key: value for key, value in parts.items() if value}
        if self.rows["重复和超额"]:
            data["limits"] = self.read("重复和超额", *self.rows["重复和超额"][0], "limits")
        if self.rows["待遇"]:
            data["benefit"] = self.benefit()
        return data

    def whole(self, number):
        """A program that stands as JSON, in pieces between bars."""
        pieces = [cells.get("内容", "").removeprefix("|").removesuffix("|") for _n, cells in self.rows["原样"]]
        try:
            entry = json.loads("".join(pieces), parse_float=_number)
            if not isinstance(entry, dict):
                raise ValueError
        except (ValueError, RecursionError):
            self.book.faults.append(Fault(self.code, "", _("“原样”里的内容应当是导出时的原样"), "项目", number))
            return {"code": self.code}
        return entry

    def listed(self, title, key):
        return [
            self.read(title, number, cells, f"{key}[{position}]")
            for position, (number, cells) in enumerate(self.rows[title])
        ]

    def papers(self):
        found = []
        for position, (number, cells) in enumerate(self.rows["材料"]):
            place = f"papers[{position}]"
            paper = self.read("材料", number, cells, place)
            when = self.condition(f"材料 {cells.get('序号', '')}", f"{place}.when")
            found.append(paper if when is None else paper | {"when": when})
        return found

    def benefit(self):
        data = self.read("待遇", *self.rows["待遇"][0], "benefit")
        if self.rows["分期"]:
            data["plan"] = self.read("分期", *self.rows["分期"][0], "benefit.plan")
        rules = []
        for position, (number, cells) in enumerate(self.rows["待遇规定"]):
            place, label = f"benefit.rules[{position}]", cells.get("序号", "")
            rule = self.read("待遇规定", number, cells, place)
            if (when := self.condition(f"待遇 {label}", f"{place}.when")) is not None:
                rule["when"] = when
            if (pay := self.pay(label, f"{place}.pay")) is not None:
                rule["pay"] = pay
            rules.append(rule)
        return data | ({"rules": rules} if rules else {})

    def pay(self, label, place):
        rows = self.pays.get(label, [])
        if not rows or label.count(".") > MOST_LEVELS:
            return None
        pay = self.read("金额", *rows[0], place)
        pay |= self.steps_of(pay, label, place)
        otherwise = self.pay(f"{label}.1", f"{place}.otherwise")
        return pay if otherwise is None else pay | {"otherwise": otherwise}

    def steps_of(self, pay, label, place):
        """The tiers, the table or the options of a way of paying, from the sheet 档次."""
        rows = self.steps.get(label, [])
        key = {"choice": "table", "highest": "options"}.get(pay.get("kind"), "tiers")
        read = [
            (self.read("档次", number, cells, f"{place}.{key}[{position}]"), cells)
            for position, (number, cells) in enumerate(rows)
        ]
        if not read:
            return {"tiers": []} if pay.get("kind") == "tiers" else {}
        if key == "table":
            for (number, _cells), (entry, _same) in zip(rows, read, strict=True):
                self.book.origins.setdefault((self.code, f"{place}.table.{entry.get('choice')}"), ("档次", number))
            return {"table": {entry.get("choice", ""): entry.get("amount") for entry, _cells in read}}
        entries = []
        for position, (entry, cells) in enumerate(read):
            when = self.condition(f"档次 {label}-{cells.get('序号', '')}", f"{place}.{key}[{position}].when")
            entries.append(entry if when is None else entry | {"when": when})
        return {key: entries}

    def condition(self, label, place):
        """The condition used at a place, from its rows by their levels: 1, 1.1, 1.1.2."""
        rows, below = {}, {}
        found = self.conditions.get(label, [])
        for number, cells in found:
            rows.setdefault(cells.get("层次", ""), (number, cells))
        for number, cells in found:
            level = cells.get("层次", "")
            above = level.rpartition(".")[0]
            if rows[level][0] != number or (level != "1" and not (_is_level(level) and above in rows)):
                words = _("层次写成 1、1.1、1.1.2 这样，不重复，上一层也要有")
                self.book.faults.append(Fault(self.code, place, words, "条件", number))
            else:
                below.setdefault(above, []).append(level)
        return self.node("1", rows, below, place) if "1" in rows else None

    def node(self, level, rows, below, place):
        number, cells = rows[level]
        relation = cells.get("关系", "")
        if relation == "判断":
            return self.test(number, cells, place)
        key = RELATIONS.get(relation)
        if key is None:
            self.book.origins.setdefault((self.code, place), ("条件", number))
            self.book.fault(self.code, place, _("关系应当填：全部符合、任一符合、不符合、判断"))
            return {}
        data = self.read("条件", number, cells, place)
        inner = sorted(below.get(level, []), key=_order)
        if key == "not":
            return {"not": self.node(inner[0], rows, below, f"{place}.not") if inner else {}} | data
        return {key: [self.node(one, rows, below, f"{place}.{key}[{n}]") for n, one in enumerate(inner)]} | data

    def test(self, number, cells, place):
        """Values are read by the type of their fact."""
        table = self.tables["条件"]
        data = self.read("条件", number, cells, place)
        rest = self.rest("条件", number, cells, place)
        for column in table.columns:
            if column.key not in ("value", "low", "high") or column.key not in data or column.key in rest:
                continue
            try:
                data[column.key] = sheets.form_of(data, column.key, self.vocabulary).read(data[column.key])
            except WrongCell as wrong:
                self.wrong("条件", number, table, column, f"{place}.{column.key}", str(wrong))
        return data


def _is_level(level):
    """1.1.2: whole numbers, not too many of them and not too long."""
    return level.count(".") <= MOST_LEVELS and level.rpartition(".")[2].isdecimal() and len(level) <= LONGEST_LEVEL


def _order(level):
    return int(level.rpartition(".")[2])


def marked(content, faults):
    """The person's own workbook back, with every wrong cell marked on its sheet."""
    target = io.BytesIO()
    marks = [files.Mark(fault.row, fault.column, fault.message, fault.sheet) for fault in faults if fault.sheet]
    files.write_marked(io.BytesIO(content), marks, target)
    return target.getvalue()
