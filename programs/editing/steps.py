"""The route: who may apply, where the papers go, and the steps until help has come."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import definitions, routes, words
from programs.editing.fields import Spec, read_specs, show_specs
from programs.editing.named import Named, NamedSeveral, Percent
from programs.editing.rows import Row, entries_of, text_of
from programs.editing.values import Choice, Codes, Flag, Number, Pair, Text
from programs.facts import pick

TITLE = gettext_lazy("办理流程")
KEYS = ("steps", "applicants", "handed_to")
# Shown only where the kind of the step asks for it, or where something stands there already.
BELONGS = {"bodies": "sign_off", "share": "sample", "days": "notice", "drawn": "approve"}
EXAMPLE = 35


def head_specs(vocabulary):
    applicants = tuple((code, pick(pair)) for code, pair in vocabulary["applied_by"].choices.items())
    return (
        Spec("applicants", _("谁可以申请"), Codes(applicants), is_wide=True),
        Spec("handed_to", _("交到哪里"), Text(longest=200), is_wide=True),
    )


def step_specs():
    return (
        Spec("kind", _("环节"), Choice(tuple(words.STEPS.items()), blank=_("只作说明"), refreshes=True)),
        Spec("actor", _("谁来办"), Named(words.PARTIES)),
        Spec("to", _("办完交给谁"), Named(words.PARTIES)),
        Spec("does", _("做什么"), Pair(), is_wide=True),
        Spec("bodies", _("会签单位（顿号隔开）"), NamedSeveral(words.PARTIES), is_wide=True),
        Spec("share", _("抽样比例"), Percent()),
        Spec("days", _("公示天数（留空按地区参数）"), Number(_("天"))),
        Spec("drawn", _("随机抽取第二位审批人"), Flag()),
        Spec("working_days", _("期限（上一步办完后）"), Number(_("个工作日"))),
        Spec("deadline", _("期限的说法"), Text(longest=200)),
        Spec("every", _("多久一次"), Choice(tuple(words.RHYTHMS.items()), blank=_("逐件办理"))),
        Spec("sheets", _("表格一式"), Number(_("份"))),
    )


def read(posted, definition, vocabulary):
    definition = read_specs(posted, definition, head_specs(vocabulary))
    if isinstance(definition.get("steps"), list):
        definition["steps"] = [
            read_specs(posted, step, step_specs(), f"steps[{number}]") if isinstance(step, dict) else step
            for number, step in enumerate(definition["steps"])
        ]
    return definition


def fields(definition, faults, vocabulary, posted=None, retired=()):
    steps = entries_of(definition, "steps")
    return {
        "head": show_specs(definition, head_specs(vocabulary), faults),
        "rows": [step_row(step, number, faults) for number, step in enumerate(steps)],
        "errors": faults.at("steps"),
        "chain": chain_of(steps),
    }


def step_row(step, number, faults):
    place, kind = f"steps[{number}]", text_of(step, "kind")
    shown = show_specs(step, step_specs(), faults, place)
    for key, wanted in BELONGS.items():
        if kind != wanted and not shown[key].value:
            del shown[key]
    row = Row("steps", number, place, step, shown, faults)
    row.is_whole = isinstance(step, dict)
    row.kind = words.say(words.STEPS, kind)
    row.actor = words.say(words.PARTIES, text_of(step, "actor"))
    row.title = definitions.pair_of(step.get("does"))[0] if row.is_whole else ""
    row.example = sample_text(step.get("share")) if kind == "sample" else ""
    return row


def sample_text(share):
    """What a share comes to, for a list of ordinary length."""
    if isinstance(share, bool) or not isinstance(share, int | Decimal) or not 0 < share <= 1:
        return ""
    visited = routes.Step("", ("", ""), share=Decimal(share)).sampled(EXAMPLE)
    return _("例如拟资助名单有 %(number)s 人，要走访 %(visited)s 人。") % {"number": EXAMPLE, "visited": visited}


def chain_of(steps):
    """The hands an application passes through on its way up, in words."""
    kinds = {"forward", "approve"}
    actors = [text_of(step, "actor") for step in steps if text_of(step, "kind") in kinds]
    return [words.say(words.PARTIES, actor) for actor in actors if actor]


def blank(place, definition):
    return {"actor": "", "does": [""]}
