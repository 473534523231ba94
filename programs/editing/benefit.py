"""The benefit: what is paid, by which rules, in which way; what it comes to is shown beside the form."""

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import words
from programs.editing import conditions, trial
from programs.editing.changes import blank_condition
from programs.editing.fields import Spec, read_specs, show, show_specs
from programs.editing.named import Months, Open, Sums, Ticked, Two
from programs.editing.places import find, parts_of
from programs.editing.rows import Row, entries_of, text_of
from programs.editing.values import Choice, Codes, Number, Text, take
from programs.reading import DEEPEST, PAY_READERS

TITLE = gettext_lazy("待遇")
KEYS = ("benefit",)
PAY_WORDS = {
    "fixed": gettext_lazy("固定金额"),
    "tiers": gettext_lazy("按数字分档"),
    "choice": gettext_lazy("按选项对照"),
    "range": gettext_lazy("一个幅度之内"),
    "actual": gettext_lazy("据实，有上限"),
    "periodic": gettext_lazy("按次数计算"),
    "copay": gettext_lazy("本人付定额，其余由项目承担"),
    "highest": gettext_lazy("几种情形就高"),
    "discretionary": gettext_lazy("由审批人决定"),
    "unset": gettext_lazy("金额未定"),
    "nothing": gettext_lazy("不发放"),
}
# What a way of paying holds beside its own fields; these stay when another way is chosen that holds them too.
LISTS = {"tiers": "tiers", "choice": "table", "highest": "options"}
WITH_REST = {"tiers", "choice", "highest"}
PLANNED = (("on", gettext_lazy("分学期按月发放")),)
BEGUN = {"terms": 2, "parts": {}, "donor_pays": "quarter"}


def head_specs():
    return (
        Spec("period", _("多久一次"), Choice(tuple(words.PERIODS.items()), blank=_("请选择"))),
        Spec("unit", _("形式"), Choice(tuple(words.UNITS.items()), blank=_("资金（默认）"))),
        Spec("payee", _("付给谁"), Text(longest=200)),
        Spec("fund", _("资金来源"), Text(longest=200)),
        Spec("cap", _("累计上限（本项目合计）"), Number(_("元"))),
        Spec("case_cap", _("每件上限"), Number(_("元"))),
        Spec("months_per_year", _("每年按几个月"), Number(_("个月"))),
        Spec("why", _("出处"), Text(longest=500), is_wide=True),
    )


def plan_specs():
    return (
        Spec("terms", _("学期数"), Number(_("个"))),
        Spec("donor_pays", _("资助方拨付"), Choice(tuple(words.PAYING.items()), blank=_("不分期"))),
        Spec("parts", _("每月发放"), Sums(words.PARTS), help=_("一行一项：名称、空格、金额。例如：现金 100")),
        Spec("months", _("发放月份"), Months(), help=_("一行一个学期；留空为 9–1 月、3–7 月。")),
    )


def rule_specs():
    return (
        Spec("says", _("这一条怎么说（家里人读到的话）"), Text(longest=500), is_wide=True),
        Spec("why", _("出处（留空用待遇的出处）"), Text(longest=500)),
        Spec("id", _("代号"), Text(longest=60)),
    )


def number_facts(vocabulary):
    return tuple((fact.name, labelled(fact)) for fact in vocabulary.values() if fact.is_number)


def labelled(fact):
    words = {"label": fact.label, "unit": fact.unit}
    return _("%(label)s（%(unit)s）") % words if fact.unit else fact.label


def pay_specs(kind, vocabulary):
    """The single fields of a way of paying."""
    yuan, times = Number(_("元")), Number(_("次"))
    by = Spec("fact", _("按哪个数"), Choice(number_facts(vocabulary), blank=_("请选择"), refreshes=True))
    choices = tuple((fact.name, fact.label) for fact in vocabulary.values() if fact.type == "choice")
    sums = tuple((fact.name, fact.label) for fact in vocabulary.values() if fact.type == "money")
    every = Choice((("", _("一次")), *words.PERIODS.items()))
    found = {
        "fixed": (
            Spec("amount", _("金额"), yuan), Spec("times", _("共几次（留空为一次）"), times),
            Spec("every", _("多久一次"), every),
        ),
        "periodic": (by, Spec("amount", _("每次金额"), yuan), Spec("most", _("最多几次"), times)),
        "tiers": (by, Spec("pending", _("还不知道时先按（可不填）"), Two(_("元")))),
        "choice": (Spec("fact", _("按哪个选项"), Choice(choices, blank=_("请选择"), refreshes=True)),),
        "range": (Spec("low", _("最少"), yuan), Spec("high", _("最多"), yuan)),
        "actual": (
            Spec("fact", _("按哪笔费用"), Choice(sums, blank=_("请选择"))), Spec("cap", _("最高"), yuan),
            Spec("cap_facts", _("也不超过"), Codes(sums), is_wide=True),
        ),
        "copay": (Spec("copay", _("本人付（全免填 0）"), yuan),),
    }.get(kind, ())  # fmt: skip
    return (*found, Spec("why", _("这种付法的出处（可不填）"), Text(longest=500)))


def tier_specs():
    low = Open((("true", _("大于")),), _("不小于（含）"))
    high = Open((("true", _("小于")),), _("不超过（含）"))
    return (
        Spec("low_open", _("下端"), low),
        Spec("low", _("下限"), Number()),
        Spec("high_open", _("上端"), high),
        Spec("high", _("上限"), Number()),
        Spec("amount", _("金额"), Number(_("元"))),
    )


def option_specs():
    return (
        Spec("says", _("情形"), Text(longest=500), is_wide=True),
        Spec("amount", _("金额"), Number(_("元"))),
    )


def kind_of_pay(is_rest):
    blank = _("没有其余情况：不发放") if is_rest else _("请选择")
    return Choice(tuple(PAY_WORDS.items()), blank=blank, refreshes=True)


# -- From the form ----------------------------------------------------------------------------------------------------
def read(posted, definition, vocabulary):
    benefit = definition.get("benefit")
    if not isinstance(benefit, dict):
        if benefit is not None:
            return definition
        benefit = read_specs(posted, {}, head_specs(), "benefit")
        return definition | {"benefit": benefit} if benefit else definition
    benefit = read_specs(posted, benefit, head_specs(), "benefit")
    read_plan(posted, benefit)
    if isinstance(benefit.get("rules"), list):
        benefit["rules"] = [
            read_rule(posted, rule, f"benefit.rules[{number}]", vocabulary) if isinstance(rule, dict) else rule
            for number, rule in enumerate(benefit["rules"])
        ]
    return definition | {"benefit": benefit}


def read_plan(posted, benefit):
    take(posted, "benefit.plan", benefit, "plan", Ticked(BEGUN))
    if isinstance(benefit.get("plan"), dict):
        benefit["plan"] = read_specs(posted, benefit["plan"], plan_specs(), "benefit.plan")


def read_rule(posted, rule, place, vocabulary):
    rule = read_specs(posted, rule, rule_specs(), place)
    when = conditions.read(posted, f"{place}.when", rule.get("when"), vocabulary)
    if when is not None:
        rule["when"] = when
    return with_pay(posted, rule, "pay", place, vocabulary)


def with_pay(posted, holder, key, place, vocabulary, depth=0):
    """The mapping with its way of paying read; one without a kind that was none before stays as it was."""
    old = holder.get(key)
    new = read_pay(posted, old if isinstance(old, dict) else {}, f"{place}.{key}", vocabulary, depth)
    if new:
        return holder | {key: new}
    return {name: value for name, value in holder.items() if name != key} if text_of(old, "kind") else holder


def read_pay(posted, pay, place, vocabulary, depth):
    if depth > DEEPEST:
        return pay
    before, pay = text_of(pay, "kind"), dict(pay)
    take(posted, f"{place}.kind", pay, "kind", kind_of_pay(bool(depth)))
    if "kind" not in pay:
        return {} if before else pay
    kind = text_of(pay, "kind")
    if kind != before and kind in PAY_READERS:
        pay = begun_pay(pay, kind, vocabulary)
    by = pay.get("fact")
    pay = read_specs(posted, pay, pay_specs(kind, vocabulary), place)
    if LISTS.get(kind) == "table":
        read_table(posted, pay, place, vocabulary, pay.get("fact") != by)
    for name in ("tiers", "options"):
        if LISTS.get(kind) == name and isinstance(pay.get(name), list):
            pay[name] = [
                read_entry(posted, one, f"{place}.{name}[{number}]", name, vocabulary)
                for number, one in enumerate(pay[name])
            ]
    return with_pay(posted, pay, "otherwise", place, vocabulary, depth + 1) if kind in WITH_REST else pay


def begun_pay(pay, kind, vocabulary):
    """Another way of paying: what both ways hold stays, and its list has a first row."""
    keys = {"kind", "why", LISTS.get(kind)} | {spec.key for spec in pay_specs(kind, vocabulary)}
    kept = {key: value for key, value in pay.items() if key in keys | ({"otherwise"} if kind in WITH_REST else set())}
    rows = {"tiers": [{}], "choice": {}, "highest": [{"says": "", "when": {"all": [blank_condition()]}}]}
    return ({LISTS[kind]: rows[kind]} if kind in LISTS else {}) | kept


def read_table(posted, pay, place, vocabulary, is_other):
    """The sums of a table. With another fact, sums for what it does not know fall away."""
    if not isinstance(pay.get("table"), dict):
        return
    choices = choices_of(pay, vocabulary)
    table = {code: sum for code, sum in pay["table"].items() if not is_other or code in choices}
    for code in dict.fromkeys([*choices, *table]):
        take(posted, f"{place}.table.{code}", table, code, Number())
    pay["table"] = table


def choices_of(pay, vocabulary):
    fact = vocabulary.get(text_of(pay, "fact"))
    return fact.choices if fact is not None and fact.type == "choice" else {}


def read_entry(posted, entry, place, name, vocabulary):
    if not isinstance(entry, dict):
        return entry
    if name == "tiers":
        return read_specs(posted, entry, tier_specs(), place)
    entry = read_specs(posted, entry, option_specs(), place)
    when = conditions.read(posted, f"{place}.when", entry.get("when"), vocabulary)
    return entry if when is None else entry | {"when": when}


# -- To the form ------------------------------------------------------------------------------------------------------
def fields(definition, faults, vocabulary, posted=None, retired=()):
    benefit = definition.get("benefit")
    benefit = benefit if isinstance(benefit, dict) else {}
    rules = entries_of(benefit, "rules")
    plan = show(benefit, "plan", "benefit.plan", _("发放方式"), Ticked(BEGUN, PLANNED, _("一次付清")), faults)
    return {
        "head": show_specs(benefit, head_specs(), faults, "benefit"),
        "plan": plan,
        "plan_fields": show_specs(benefit["plan"], plan_specs(), faults, "benefit.plan")
        if isinstance(benefit.get("plan"), dict)
        else {},
        "rows": [rule_row(rule, number, faults, vocabulary, retired) for number, rule in enumerate(rules)],
        "errors": faults.at("benefit") + faults.at("benefit.rules"),
        "tried": SimpleLazyObject(lambda: trial.shown(definition, vocabulary, posted)),
    }


def rule_row(rule, number, faults, vocabulary, retired):
    place = f"benefit.rules[{number}]"
    row = Row("benefit.rules", number, place, rule, show_specs(rule, rule_specs(), faults, place), faults)
    row.is_whole = isinstance(rule, dict)
    row.title = text_of(rule, "says")
    row.when = conditions.show(rule.get("when") if row.is_whole else None, f"{place}.when", faults, vocabulary, retired)
    row.pay = shown_pay(rule.get("pay") if row.is_whole else None, f"{place}.pay", faults, vocabulary, retired)
    return row


def shown_pay(pay, place, faults, vocabulary, retired=(), depth=0):
    """A way of paying and, below it, that of the rest."""
    kind = text_of(pay, "kind")
    pay = pay if isinstance(pay, dict) else {}
    label = _("其余情况") if depth else _("怎么付")
    shown = {
        "place": place,
        "kind": kind,
        "field": show(pay, "kind", f"{place}.kind", label, kind_of_pay(bool(depth)), faults),
        "errors": faults.at(place),
        "words": PAY_WORDS.get(kind, ""),
        "fields": show_specs(pay, pay_specs(kind, vocabulary), faults, place) if kind in PAY_READERS else {},
    }
    if LISTS.get(kind) == "tiers":
        fact = vocabulary.get(text_of(pay, "fact"))
        shown |= {"tiers": tier_rows(pay, place, faults), "unit": fact.unit if fact is not None else ""}
    if LISTS.get(kind) == "table":
        shown["table"] = table_fields(pay, place, faults, vocabulary)
    if LISTS.get(kind) == "options":
        shown["options"] = option_rows(pay, place, faults, vocabulary, retired)
    if kind in WITH_REST and depth < DEEPEST:
        shown["otherwise"] = shown_pay(
            pay.get("otherwise"), f"{place}.otherwise", faults, vocabulary, retired, depth + 1
        )
    return shown


def tier_rows(pay, place, faults):
    return [
        Row(f"{place}.tiers", number, here, tier, show_specs(tier, tier_specs(), faults, here), faults)
        for number, tier in enumerate(entries_of(pay, "tiers"))
        if (here := f"{place}.tiers[{number}]")
    ]


def table_fields(pay, place, faults, vocabulary):
    choices, table = choices_of(pay, vocabulary), pay.get("table")
    table = table if isinstance(table, dict) else {}
    fact = vocabulary.get(text_of(pay, "fact"))
    return [
        show(table, code, f"{place}.table.{code}", fact.label_of(code) if fact else code, Number(_("元")), faults)
        for code in dict.fromkeys([*choices, *table])
    ]


def option_rows(pay, place, faults, vocabulary, retired):
    rows = []
    for number, option in enumerate(entries_of(pay, "options")):
        here = f"{place}.options[{number}]"
        row = Row(f"{place}.options", number, here, option, show_specs(option, option_specs(), faults, here), faults)
        when = option.get("when") if isinstance(option, dict) else None
        row.when = conditions.show(when, f"{here}.when", faults, vocabulary, retired)
        rows.append(row)
    return rows


def blank(place, definition):
    """A new rule, tier or option. A tier begins where the last one ends."""
    if place.endswith(".tiers"):
        rows = find(definition, parts_of(place)) or [{}]
        last = rows[-1] if isinstance(rows[-1], dict) else {}
        if last.get("high") is None:
            return {}
        return {"low": last["high"]} | ({} if last.get("high_open") is True else {"low_open": True})
    if place.endswith(".options"):
        return {"says": "", "when": {"all": [blank_condition()]}}
    taken = {text_of(rule, "id") for rule in entries_of(definition.get("benefit"), "rules")}
    number = next(number for number in range(1, 1000) if f"rule{number}" not in taken)
    return {"id": f"rule{number}", "says": ""}
