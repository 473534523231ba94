"""The facts of a sample person as a form: the facts a program looks at, each unknown until it is filled in."""

from django.utils.translation import gettext as _

from programs.editing import fields as drawing
from programs.editing import values
from programs.editing.conditions import Day, labels_of, single
from programs.editing.fields import Spec
from programs.trials import asked

NONE = "-"
MOST_GRANTS = 10


class Several(values.Codes):
    """Several choices, or surely none of them, or not known."""

    def show(self, value):
        return (NONE,) if value == [] else super().show(value)

    def read(self, given):
        return [] if NONE in given else super().read(given)


def kind_of(fact, program):
    if fact.type == "papers":
        return Several([*((paper.code, paper.name) for paper in program.papers), (NONE, _("一样也没有"))])
    if fact.type == "choices":
        return Several([*labels_of(fact), (NONE, _("都没有"))], is_open=fact.is_open)
    return single(fact, _("不知道"))


def plain_facts(program, vocabulary):
    names = [name for name in asked(program, vocabulary) if vocabulary[name].type not in {"grants", "seals"}]
    return [vocabulary[name] for name in names]


def specs(program, vocabulary):
    return [
        Spec(fact.name, fact.label, kind_of(fact, program), fact.question) for fact in plain_facts(program, vocabulary)
    ]


def grant_specs():
    return [
        Spec("amount_yuan", _("金额"), values.Number(_("元"))),
        Spec("date", _("日期"), Day()),
        Spec("term", _("学期"), values.Text(longest=60)),
        Spec("campaign", _("批次"), values.Text(longest=60)),
    ]


def read(posted, facts, program, vocabulary):
    """The facts with what was typed; facts that this form does not ask for stay."""
    facts = drawing.read_specs(posted, facts, specs(program, vocabulary), "facts")
    known = posted.get("facts.prior_grants.known")
    if known == "no":
        facts["prior_grants"] = []
    elif known == "":
        facts.pop("prior_grants", None)
    elif known == "yes":
        facts["prior_grants"] = _read_grants(posted, facts.get("prior_grants"), program)
    return facts


def _read_grants(posted, old, program):
    rows, old = [], old if isinstance(old, list) else []
    for number in range(MOST_GRANTS):
        before = old[number] if number < len(old) else {"program": program.code}
        row = drawing.read_specs(posted, before, grant_specs(), f"facts.prior_grants[{number}]")
        if set(row) - {"program"}:
            rows.append(row)
    return rows


def fields(facts, faults, program, vocabulary):
    grants = facts.get("prior_grants")
    rows = grants if isinstance(grants, list) else []
    asks_grants = "prior_grants" in asked(program, vocabulary)
    return {
        "plain": list(drawing.show_specs(facts, specs(program, vocabulary), faults, "facts").values()),
        "asks_grants": asks_grants,
        "known": "" if grants is None else "yes" if rows else "no",
        "grants": [
            list(drawing.show_specs(row, grant_specs(), faults, f"facts.prior_grants[{number}]").values())
            for number, row in enumerate([*rows, {}][:MOST_GRANTS])
        ] if asks_grants else [],
    }  # fmt: skip
