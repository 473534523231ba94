"""The sheets of a workbook of programs: which column holds which part of a definition, and how it is written there.

Headings and words are Chinese in every language, so that a book can be read back by anyone. Whatever no column can
hold stands as JSON in the last column, so nothing is ever lost.
"""

import json
import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override

from programs import ceilings, papers, targets, words
from programs.facts import number_from
from programs.models.programs import ExactEncoder
from programs.rules import KINDS

JOINER = "、"
REST = "其他"
YES, NO = "是", "否"


# What a cell cannot hold, or gives back as something else (_x0041_ is an escape there).
UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")


class WrongCell(ValueError):
    """What stands in a cell cannot be read; the message says what should."""


@dataclass(frozen=True)
class Text:
    def write(self, value):
        return value if isinstance(value, str) and not UNFIT.search(value) else None

    def read(self, text):
        return text


@dataclass(frozen=True)
class Flag:
    def write(self, value):
        return (YES if value else NO) if isinstance(value, bool) else None

    def read(self, text):
        if text not in (YES, NO):
            raise WrongCell(_("应当填“是”或“否”"))
        return text == YES


@dataclass(frozen=True)
class Number:
    """Whole numbers and sums; what comes back is an int where it is whole."""

    def write(self, value):
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return None
        return format(Decimal(value), "f")

    def read(self, text):
        value = number_from(text.replace(",", "").replace("，", ""))
        if not value.is_finite():
            raise WrongCell(_("应当填数字"))
        return int(value) if value == value.to_integral_value() else value


class Word:
    """A code, shown as its label where the label is nobody else's; a code may be typed as well."""

    def __init__(self, labels, *, is_open=False):
        with override("zh-hans"):
            labels = {code: str(label) for code, label in labels.items()}
        taken = list(labels.values())
        self.labels = {code: label for code, label in labels.items() if taken.count(label) == 1 and JOINER not in label}
        self.codes = {label: code for code, label in self.labels.items() if label not in labels}
        self.known, self.is_open = set(labels), is_open

    def write(self, value):
        return self.labels.get(value, value) if isinstance(value, str) and not UNFIT.search(value) else None

    def read(self, text):
        if text in self.codes:
            return self.codes[text]
        if text in self.known or self.is_open:
            return text
        raise WrongCell(_("没有“%s”这个选项") % text[:60])


@dataclass(frozen=True)
class Several:
    """A list in one cell."""

    one: object

    def write(self, value):
        if not isinstance(value, list) or not value:
            return None
        texts = [self.one.write(entry) for entry in value]
        return None if None in texts else JOINER.join(texts)

    def read(self, text):
        return [self.one.read(part.strip()) for part in text.replace(",", JOINER).split(JOINER) if part.strip()]


@dataclass(frozen=True)
class Parts:
    """Named sums: 现金=100、充入饭卡=300."""

    def write(self, value):
        if not isinstance(value, dict) or not value:
            return None
        sums = [(name, Number().write(amount)) for name, amount in value.items()]
        return None if any(amount is None for _name, amount in sums) else JOINER.join("=".join(one) for one in sums)

    def read(self, text):
        pairs = [part.partition("=") for part in text.split(JOINER)]
        if not all(equals for _name, equals, _amount in pairs):
            raise WrongCell(_("应当写成“名称=金额”，用顿号隔开"))
        return {name.strip(): Number().read(amount.strip()) for name, _equals, amount in pairs}


@dataclass(frozen=True)
class Months:
    """9、10、11；3、4、5."""

    def write(self, value):
        if not isinstance(value, list) or not value:
            return None
        terms = [Several(Number()).write(term) for term in value]
        return None if None in terms else "；".join(terms)

    def read(self, text):
        return [Several(Number()).read(term) for term in text.replace(";", "；").split("；")]


@dataclass(frozen=True)
class Col:
    """One column. `index` picks one of a pair (name: [Chinese, English])."""

    title: str
    key: str
    form: object
    index: int | None = None


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple
    # Columns that say where a row belongs: program, number.
    place: tuple = ("项目编号",)

    @property
    def headings(self):
        return [*self.place, *(column.title for column in self.columns), REST]


TEXT, FLAG, NUMBER = Text(), Flag(), Number()


def pair(title, key):
    return Col(title, key, TEXT, 0), Col(f"{title}（英文）", key, TEXT, 1)


WHY = Col("出处", "why", TEXT)


def build(vocabulary):
    """The tables for a vocabulary: labels of facts and choices are words in cells."""
    tables = [*_conditions(vocabulary), *_papers(vocabulary), *_benefits(vocabulary), *_steps()]
    return {table.title: table for table in tables}


def _named(vocabulary, name):
    return Word({code: names[0] for code, names in vocabulary[name].choices.items()}, is_open=True)


def _facts(vocabulary):
    return Word({name: fact.labels[0] for name, fact in vocabulary.items()}, is_open=True)


def _manners():
    """What happens by each rule of duplicates and excess; headings of the workbook are Chinese whatever the page."""
    with override("zh-hans"):
        return [Col(str(label), rule, Word(ceilings.MANNERS, is_open=True)) for rule, label in ceilings.RULES.items()]


def _conditions(vocabulary):
    """What the program is, and who qualifies."""
    facts, by = _facts(vocabulary), _named(vocabulary, "applied_by")
    groups = Word({code: names[0] for code, names in targets.GROUPS.items()}, is_open=True)
    return [
        Table(
            "项目",
            (
                *pair("名称", "name"), Col("上级项目", "parent", TEXT), Col("只含子项目", "container", FLAG),
                Col("附件序号", "row", NUMBER), Col("主管单位", "unit", TEXT), Col("出资方", "sponsor", TEXT),
                Col("地区", "region", TEXT), Col("交到哪里", "handed_to", TEXT),
                Col("帮扶类别", "kind", Word(words.KINDS, is_open=True)),
                Col("项目分类", "kinds", Several(Word(words.PROJECT_KINDS, is_open=True))),
                Col("帮扶人群", "groups", Several(groups)), *pair("公开说明", "public_text"),
                Col("基金编号", "fund_codes", Several(TEXT)),
                Col("帮扶对象", "beneficiary", Word(words.BENEFICIARIES, is_open=True)),
                Col("年龄算法", "age_convention", Word(words.CONVENTIONS, is_open=True)),
                Col("谁可以申请", "applicants", Several(by)), Col("名额", "quota", NUMBER), WHY,
            ),
        ),
        Table(
            "条件",
            (
                Col("事实", "fact", facts), Col("判断", "test", Word(TESTS, is_open=True)), Col("值", "value", TEXT),
                Col("下限", "low", TEXT), Col("不含下限", "low_open", FLAG), Col("上限", "high", TEXT),
                Col("不含上限", "high_open", FLAG), Col("称作", "called", TEXT), Col("例外", "exception", FLAG), WHY,
            ),
            ("项目编号", "用在", "层次", "关系"),
        ),
    ]  # fmt: skip


def _papers(vocabulary):
    """What is to be handed in."""
    seals, party = _named(vocabulary, "document_seals"), Word(words.PARTIES, is_open=True)
    return [
        Table(
            "材料",
            (
                Col("材料编号", "code", TEXT), *pair("材料", "name"),
                Col("材料类型", "kind", Word(words.PAPERS, is_open=True)),
                Col("原件", "originals", NUMBER), Col("复印件", "copies", NUMBER), Col("原件或复印件", "either", FLAG),
                Col("印章", "seals", Several(seals)), Col("不认的印章", "refused_seals", Several(seals)),
                Col("谁提交", "from", party),
                Col("何时提交", "stage", Word({code: words.STAGES[code] for code in papers.STAGES}, is_open=True)),
                Col("有效天数", "valid_days", NUMBER), Col("用表", "form", TEXT),
                Col("表上栏目", "fields", Several(TEXT)),
                Col("各存何处", "filed", Several(party)), Col("简易程序免交", "struck", FLAG),
                Col("备注", "note", TEXT), WHY,
            ),
            ("项目编号", "序号"),
        ),
    ]  # fmt: skip


def _benefits(vocabulary):
    """What is paid, when, and how it is reckoned."""
    facts = _facts(vocabulary)
    return [
        Table(
            "待遇",
            (
                Col("周期", "period", Word(words.PERIODS, is_open=True)),
                Col("形式", "unit", Word(words.UNITS, is_open=True)), Col("付给谁", "payee", TEXT),
                Col("资金来源", "fund", TEXT), Col("累计上限", "cap", NUMBER), Col("每件上限", "case_cap", NUMBER),
                Col("每年月数", "months_per_year", NUMBER), WHY,
            ),
        ),
        Table(
            "重复和超额",
            (
                Col("每人每年上限", "year_cap", NUMBER),
                *_manners(),
            ),
        ),
        Table(
            "分期",
            (
                Col("学期数", "terms", NUMBER), Col("每月组成", "parts", Parts()), Col("月份", "months", Months()),
                Col("资助方拨付", "donor_pays", Word(words.PAYING, is_open=True)),
            ),
        ),
        Table(
            "待遇规定",
            (Col("名称", "id", TEXT), Col("说明", "says", TEXT), WHY),
            ("项目编号", "序号"),
        ),
        Table(
            "金额",
            (
                Col("算法", "kind", Word(PAYS, is_open=True)), Col("金额", "amount", NUMBER),
                Col("次数", "times", NUMBER), Col("每", "every", Word(words.PERIODS, is_open=True)),
                Col("按哪个事实", "fact", facts), Col("最少", "low", NUMBER), Col("最多", "high", NUMBER),
                Col("最多次数", "most", NUMBER), Col("上限", "cap", NUMBER),
                Col("上限所在事实", "cap_facts", Several(facts)), Col("自付", "copay", NUMBER),
                Col("未知时幅度", "pending", Several(NUMBER)), WHY,
            ),
            ("项目编号", "序号"),
        ),
        Table(
            "档次",
            (
                Col("下限", "low", NUMBER), Col("不含下限", "low_open", FLAG), Col("上限", "high", NUMBER),
                Col("不含上限", "high_open", FLAG), Col("选项", "choice", TEXT), Col("说明", "says", TEXT),
                Col("金额", "amount", NUMBER),
            ),
            ("项目编号", "金额序号", "序号"),
        ),
    ]  # fmt: skip


def _steps():
    """The way an application goes; what stands nowhere else."""
    party = Word(words.PARTIES, is_open=True)
    return [
        Table(
            "步骤",
            (
                Col("谁", "actor", party), *pair("做什么", "does"),
                Col("环节", "kind", Word(words.STEPS, is_open=True)), Col("交给谁", "to", party),
                Col("会签单位", "bodies", Several(party)), Col("抽样比例", "share", NUMBER),
                Col("公示天数", "days", NUMBER), Col("多久一次", "every", Word(words.RHYTHMS, is_open=True)),
                Col("期限", "deadline", TEXT),
                Col("工作日", "working_days", NUMBER), Col("份数", "sheets", NUMBER),
                Col("随机抽取审批人", "drawn", FLAG),
            ),
        ),
        Table("期限", (*pair("期限", "says"), Col("每年从", "from", TEXT), Col("每年到", "to", TEXT))),
        Table("说明", (Col("说明", "note", TEXT),)),
        # A draft that no sheet can hold, as JSON in pieces.
        Table("原样", (Col("内容", "text", TEXT),)),
    ]  # fmt: skip


TESTS = {
    "eq": "等于", "ne": "不等于", "in": "属于", "not_in": "不属于", "lt": "小于", "lte": "不超过", "gt": "大于",
    "gte": "不小于", "range": "区间", "startswith": "开头是", "contains": "包括", "contains_any": "包括任一",
    "contains_all": "同时包括", "within_days": "近几天内", "within_months": "近几个月内", "is_known": "已查明",
}  # fmt: skip
PAYS = {
    "fixed": "固定金额", "periodic": "按次数", "tiers": "分档", "choice": "对照表", "range": "幅度", "actual": "据实",
    "copay": "自付定额", "unset": "金额未定", "discretionary": "由审批人决定", "nothing": "不发放", "highest": "就高",
}  # fmt: skip
GROUPS = {"all": "全部符合", "any": "任一符合", "not": "不符合"}


def written(data, table, skip=()):
    """One row of a table: what columns can hold exactly, and the rest as JSON."""
    row, rest = {}, {key: value for key, value in data.items() if key not in skip}
    for column in table.columns:
        if column.key not in data or column.key in skip:
            continue
        value = data[column.key]
        if column.index is not None:
            texts = _pair_texts(value)
            if texts:
                row[column.title] = texts[column.index]
                rest.pop(column.key, None)
            continue
        text = column.form.write(value)
        if text and _is_same(column.form, text, value):
            row[column.title] = text
            del rest[column.key]
    if rest:
        row[REST] = as_json(rest)
    return row


def _pair_texts(value):
    if not isinstance(value, list) or not 1 <= len(value) <= 2 or not all(isinstance(one, str) for one in value):
        return None
    if any(one != one.strip() or not one or UNFIT.search(one) for one in value):
        return None
    return [*value, ""][:2]


def _is_same(form, text, value):
    """Cells lose blanks at their ends; and true is not 1."""
    try:
        back = form.read(text.strip())
    except WrongCell:
        return False
    return back == value and isinstance(back, bool) == isinstance(value, bool)


def as_json(value):
    """JSON that a cell holds: what is unfit stands escaped."""
    text = json.dumps(value, cls=ExactEncoder, ensure_ascii=False)
    return UNFIT.sub(lambda found: "".join(f"\\u{ord(sign):04x}" for sign in found[0]), text)


def comes_back(form, text, value):
    return _is_same(form, text, value)


def form_of(test, key, vocabulary):
    """How a value of a test is written: by the type of the fact it looks at, and as a list where the test takes one."""
    name, kind = test.get("fact"), test.get("test")
    fact = vocabulary.get(name) if isinstance(name, str) else None
    takes = KINDS[kind].takes if isinstance(kind, str) and kind in KINDS else "one"
    one = NUMBER if takes == "count" else TEXT if takes == "prefix" or fact is None else _form_of_fact(fact)
    return Several(one) if takes == "many" and key == "value" else one


def _form_of_fact(fact):
    if fact.is_number:
        return NUMBER
    if fact.type == "bool":
        return FLAG
    if fact.choices:
        return Word({code: names[0] for code, names in fact.choices.items()}, is_open=True)
    return TEXT
