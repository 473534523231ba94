"""重复和超额 (2.I) as a version of a program says it: for each rule a hard stop, or a warning that two people answer.

What a version does not say holds as it always did. The rules themselves are asked in casework, where the ledgers are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

STOP, WARN = "stop", "warn"
MANNERS = {STOP: _("不能给"), WARN: _("提醒，写明理由并由两人审批")}
RULES = {
    "same_period": _("同一项目同一时期已经给过此人或此户"),
    "same_kind": _("一年内其他单位给过同类帮扶"),
    "lifetime": _("超过累计上限"),
    "episode": _("超过每件上限"),
    "yearly": _("超过每年上限"),
    "need": _("超过还需要的金额"),
}
USUAL = {
    "same_period": WARN, "same_kind": WARN, "lifetime": STOP, "episode": STOP, "yearly": STOP, "need": WARN,
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What a version says; `manners` holds only the rules it speaks of."""

    manners: Mapping = field(default_factory=dict)
    # Of one person and one calendar year, all grants of the program together.
    year_cap: Decimal | None = None

    def stops(self, rule):
        return self.manners.get(rule, USUAL[rule]) == STOP


def read(reader, data, place="limits"):
    """From data, with the faults at their places (programs.reading)."""
    if data is None:
        return Limits()
    data = reader.mapping(data, place)
    for name in data:
        if name not in RULES and name != "year_cap":
            reader.fault(f"{place}.{name}", _("没有这条规则"))
    manners = {
        rule: reader.choice(data[rule], tuple(MANNERS), f"{place}.{rule}") for rule in RULES if data.get(rule)
    }  # fmt: skip
    return Limits(manners, reader.amount(data.get("year_cap"), f"{place}.year_cap", required=False))


def lines(limits):
    """[(rule, how it is called, what happens)], every rule, as pages show it."""
    return [(rule, label, MANNERS[STOP if limits.stops(rule) else WARN]) for rule, label in RULES.items()]
