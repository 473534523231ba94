"""The condition builder: conditions as sentences, at any place of a definition.

A node is drawn by templates/programs/editing/_condition.html. What was posted is read in the shape in which it was
drawn (hidden fields say which), so that nothing is read as something else.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs.editing import fields, values
from programs.editing.areas import AreaCode, AreaCodes
from programs.editing.subjects import grouped
from programs.rules import KINDS as TESTS
from programs.rules import Reader
from programs.sentences import requirement

GROUPS = {
    "all": gettext_lazy("以下全部满足"),
    "any": gettext_lazy("以下满足任意一条"),
    "not": gettext_lazy("以下不能满足"),
}
TEST_WORDS = {
    "eq": gettext_lazy("等于"),
    "ne": gettext_lazy("不是"),
    "in": gettext_lazy("是其中之一"),
    "not_in": gettext_lazy("不是其中任何一个"),
    "lt": gettext_lazy("小于"),
    "lte": gettext_lazy("不超过"),
    "gt": gettext_lazy("大于"),
    "gte": gettext_lazy("不小于"),
    "range": gettext_lazy("在区间内"),
    "startswith": gettext_lazy("开头是"),
    "contains": gettext_lazy("包括"),
    "contains_any": gettext_lazy("包括其中任意一个"),
    "contains_all": gettext_lazy("同时包括全部"),
    "within_days": gettext_lazy("在近几天以内"),
    "within_months": gettext_lazy("在近几个月以内"),
    "is_known": gettext_lazy("已经查明，不论是什么"),
}
USUAL = {"choices": "contains_any", "area": "startswith", "int": "gte", "money": "gte", "decimal": "gte"}
VALUES = ("value", "low", "high", "low_open", "high_open")
DEEPEST = 13


@dataclass
class Node:
    """One condition as it is drawn. kind: none, test, group, or odd (what cannot be drawn and stays as it is)."""

    place: str
    kind: str
    data: object = None
    group: str = ""
    fields: dict = field(default_factory=dict)
    parts: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    sentence: str = ""
    takes: str = ""
    # Where it stands among its neighbours: the place of their list, its number, and whether there is a list around.
    rows: str = ""
    number: int = 0
    is_last: bool = True
    is_nested: bool = False

    @property
    def id(self):
        return fields.id_of(self.place)

    @property
    def is_root(self):
        """No row of a list: the whole condition, or what a `not` holds."""
        return not self.rows

    @property
    def is_inner(self):
        return self.place.endswith(".not")

    @property
    def label(self):
        return str(self.number + 1)

    @property
    def was(self):
        """What it was when it was drawn; comes back with the form."""
        if self.kind != "test":
            return self.group or self.kind
        return f"test:{values.as_text(self.data.get('fact'))}:{values.as_text(self.data.get('test'))}"

    @property
    def groups(self):
        return [(code, label, code == self.group) for code, label in GROUPS.items()]

    @property
    def rows_place(self):
        return f"{self.place}.{self.group}"


# -- Drawing ----------------------------------------------------------------------------------------------------------
def show(data, place, faults, vocabulary, retired=(), depth=0):
    """The node for a condition; one of kind none where there is no condition."""
    if data is None:
        return Node(place, "none", errors=faults.at(place))
    group = group_of(data)
    if depth > DEEPEST or (group is None and not is_test(data)):
        return Node(place, "odd", data, errors=_messages(faults.under(place)), sentence=values.as_text(data)[:200])
    if group is None:
        return _show_test(data, place, faults, vocabulary, retired)
    return _show_group(data, group, place, faults, vocabulary, retired, depth)


def group_of(data):
    """all, any or not; nothing where it is not surely one of them."""
    if not isinstance(data, dict) or "fact" in data:
        return None
    keys = [key for key in GROUPS if key in data]
    if len(keys) != 1 or (keys[0] != "not" and not isinstance(data[keys[0]], list)):
        return None
    return keys[0]


def is_test(data):
    """Something that can be drawn as a test, however faulty it is."""
    if not isinstance(data, dict) or not isinstance(data.get("fact"), str) or ":" in data["fact"]:
        return False
    return isinstance(data.get("test", ""), str) and not any(key in data for key in GROUPS)


def _show_group(data, group, place, faults, vocabulary, retired, depth):
    node = Node(place, "group", data, group, sentence=sentence(data, vocabulary))
    node.errors = [*faults.at(place), *faults.at(f"{place}.{group}")]
    node.fields = {"why": _show(data, "why", place, _("出处"), values.Text(longest=500), faults)}
    if group == "all":
        node.fields["exception"] = _show(data, "exception", place, _("只对少数人开的口子"), values.Flag(), faults)
    if group == "not":
        node.parts = [show(data["not"], f"{place}.not", faults, vocabulary, retired, depth + 1)]
        return node
    rows = data[group]
    for number, part in enumerate(rows):
        inner = show(part, f"{place}.{group}[{number}]", faults, vocabulary, retired, depth + 1)
        if part is None:
            inner.kind = "odd"
        inner.rows, inner.number, inner.is_last = node.rows_place, number, number == len(rows) - 1
        inner.is_nested = place.endswith("]")
        node.parts.append(inner)
    return node


def _show_test(data, place, faults, vocabulary, retired):
    fact, test = _fact_of(data.get("fact"), vocabulary), data.get("test")
    facts = values.Choice(grouped(vocabulary, retired, kept=data["fact"]), _("请选择要查的事实"), True, True)
    node = Node(place, "test", data, sentence=sentence(data, vocabulary), takes=_takes(test))
    node.errors = faults.at(place)
    node.fields = {
        "fact": _show(data, "fact", place, _("查什么"), facts, faults),
        "test": _show(data, "test", place, _("怎样判断"), _tests_for(fact), faults),
        "called": _show(data, "called", place, _("在句子里称作"), values.Text(longest=500), faults),
        "why": _show(data, "why", place, _("出处"), values.Text(longest=500), faults),
    }
    for key, label, kind in _value_fields(fact, test):
        node.fields[key] = _show(data, key, place, label, kind, faults)
    if "value" in node.fields:
        node.fields["value"].errors = _messages(faults.under(f"{place}.value"))
    return node


def _show(data, key, place, label, kind, faults):
    return fields.show(data, key, f"{place}.{key}", label, kind, faults)


def _messages(faults):
    return [fault.message for fault in faults]


def sentence(data, vocabulary):
    """The condition as a caseworker would read it out; nothing while it is half written."""
    reader = Reader(vocabulary, needs_source=False)
    condition = reader.read(data, "")
    return "" if reader.faults else requirement(condition, vocabulary)


# -- What suits a fact ------------------------------------------------------------------------------------------------
def _fact_of(name, vocabulary):
    return vocabulary.get(name) if isinstance(name, str) else None


def _takes(test):
    return TESTS[test].takes if isinstance(test, str) and test in TESTS else "one"


def tests_of(fact):
    """The tests that suit a fact; all of them while there is no fact."""
    return [code for code, kind in TESTS.items() if fact is None or fact.type in kind.suits]


def _tests_for(fact):
    return values.Choice([(code, TEST_WORDS[code]) for code in tests_of(fact)], refreshes=True)


def _value_fields(fact, test):
    """[(key, label, kind)] of the values that a test of this fact takes."""
    takes = _takes(test)
    if takes == "nothing":
        return []
    if takes == "range":
        one = _one(fact)
        return [
            ("low", _("下限"), one), ("low_open", _("不含下限"), values.Flag()),
            ("high", _("上限"), one), ("high_open", _("不含上限"), values.Flag()),
        ]  # fmt: skip
    return [("value", _("值"), _kind_of(takes, fact, test))]


def _kind_of(takes, fact, test):
    if takes == "count":
        return values.Number(_("天") if test == "within_days" else _("个月"))
    if takes == "prefix":
        is_area = fact is not None and fact.type == "area"
        return AreaCode(longest=200, is_prefix=True) if is_area else values.Text(longest=200)
    return _many(fact) if takes == "many" else _one(fact)


def _one(fact):
    return values.Text(longest=200) if fact is None else single(fact, _("请选择"))


def single(fact, blank):
    """One value of a fact; `blank` says what it means to choose nothing."""
    if fact.type == "bool":
        return Answer([("true", _("是")), ("false", _("否"))], blank)
    if fact.is_number:
        return values.Number(fact.unit)
    if fact.type == "date":
        return Day()
    if fact.type == "area":
        return AreaCode()
    return values.Choice(labels_of(fact), blank) if fact.choices else values.Text(longest=200)


def _many(fact):
    if fact is not None and fact.choices:
        return values.Codes(labels_of(fact), is_open=fact.is_open)
    if fact is not None and fact.type == "area":
        return AreaCodes()
    return values.Codes((), is_open=True, is_whole_number=fact is not None and fact.type == "int")


def labels_of(fact):
    return [(code, fact.label_of(code)) for code in fact.choices]


class Answer(values.Choice):
    """Yes or no, as true and false."""

    def read(self, given):
        return values.YesNo().read(given)


class Day(values.Text):
    """A date; what is none stays as it was typed."""

    widget = "day"


# -- Reading ----------------------------------------------------------------------------------------------------------
def read(posted, place, old, vocabulary, depth=0):
    """The condition at a place as it was posted. What was not in the form stays."""
    was = posted.get(f"{place}.was")
    if was is None or was in {"none", "odd"} or depth > DEEPEST:
        return old
    old = old if isinstance(old, dict) else {}
    if was in GROUPS:
        return _read_group(posted, place, old, was, vocabulary, depth)
    return _read_test(posted, place, old, was, vocabulary)


def _read_group(posted, place, old, group, vocabulary, depth):
    data = {key: value for key, value in old.items() if key not in GROUPS or key == group}
    data.pop("fact", None)
    if group == "not":
        data["not"] = read(posted, f"{place}.not", old.get("not"), vocabulary, depth + 1)
    else:
        rows = old.get(group) if isinstance(old.get(group), list) else []
        data[group] = [
            read(posted, f"{place}.{group}[{number}]", row, vocabulary, depth + 1) for number, row in enumerate(rows)
        ]
    values.take(posted, f"{place}.why", data, "why", values.Text())
    values.take(posted, f"{place}.exception", data, "exception", values.Flag())
    return regrouped(data, group, posted.get(f"{place}.group"))


def regrouped(data, group, wanted):
    """The same conditions, joined otherwise."""
    if wanted == group or wanted not in GROUPS:
        return data
    rest = {key: value for key, value in data.items() if key not in {group, "exception"}}
    held = data[group]
    if wanted == "not":
        return {"not": held[0] if len(held) == 1 else {group: held}} | rest
    if group == "not":
        inner = group_of(held)
        return {wanted: held[inner] if inner in {"all", "any"} else [held]} | rest
    return {wanted: held} | rest


def _read_test(posted, place, old, was, vocabulary):
    """Values are read by the fact and the test for which they were drawn, and then made to suit the new ones."""
    _test, fact_was, test_was = [*was.split(":", 2), "", ""][:3]
    data = {key: value for key, value in old.items() if key not in GROUPS}
    for key in ("why", "called"):
        values.take(posted, f"{place}.{key}", data, key, values.Text())
    for key, _label, kind in _value_fields(_fact_of(fact_was, vocabulary), test_was):
        values.take(posted, f"{place}.{key}", data, key, kind)
    for key in ("fact", "test"):
        values.take(posted, f"{place}.{key}", data, key, values.Choice())
    data.setdefault("fact", "")
    if (data["fact"], data.get("test", "")) == (fact_was, test_was):
        return data
    return _suited(data, fact_was, test_was, vocabulary)


def _suited(data, fact_was, test_was, vocabulary):
    """After another fact or test was chosen: the test that suits, and what can be kept of the values."""
    fact = _fact_of(data["fact"], vocabulary)
    if data.get("test") not in tests_of(fact):
        data["test"] = USUAL.get(fact.type, "eq") if fact else "eq"
    held = _values_of(data, test_was) if data["fact"] == fact_was or not fact_was else []
    data = {key: value for key, value in data.items() if key not in VALUES}
    if not held:
        return data
    takes = _takes(data["test"])
    if takes == "range":
        ends = ("low",) if test_was in {"gt", "gte", "eq"} else ("high",) if test_was in {"lt", "lte"} else ()
        return data | dict.fromkeys(ends, held[0])
    if takes in {"one", "many"} and TESTS.get(test_was) and _takes(test_was) in {"one", "many", "range"}:
        data["value"] = held if takes == "many" else held[0]
    return data


def _values_of(data, test_was):
    if _takes(test_was) == "range":
        return [data[key] for key in ("low", "high") if data.get(key) is not None]
    value = data.get("value")
    return value if isinstance(value, list) else [value] if value is not None else []
