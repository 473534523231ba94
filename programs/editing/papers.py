"""The papers of a program: which, how many, with which seals, from whom, when."""

from string import ascii_lowercase

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import definitions, words
from programs.editing import conditions
from programs.editing.fields import Spec, read_specs, show_specs
from programs.editing.named import Maybe, Named, NamedSeveral
from programs.editing.rows import Row, entries_of, text_of
from programs.editing.values import Choice, Codes, Flag, Number, Pair, Text
from programs.facts import pick
from programs.papers import VERIFIABLE

TITLE = gettext_lazy("材料")
KEYS = ("papers",)


def specs_for(vocabulary, kind=""):
    seals = [(code, pick(pair)) for code, pair in vocabulary["document_seals"].choices.items() if code != "none"]
    usual = _("按材料类型（免交）") if kind in VERIFIABLE else _("按材料类型（要交）")
    return (
        Spec("name", _("材料名称"), Pair(), is_wide=True),
        Spec("code", _("材料编号"), Text(longest=60)),
        Spec("kind", _("材料类型"), Choice(tuple(words.PAPERS.items()), blank=_("请选择"))),
        Spec("originals", _("原件"), Number(_("份"))),
        Spec("copies", _("复印件"), Number(_("份"))),
        Spec("either", _("原件或复印件均可"), Flag()),
        Spec("from", _("由谁提交"), Named(words.PARTIES)),
        Spec("stage", _("什么时候提交"), Choice(tuple(words.STAGES.items()), blank=_("申请时（默认）"))),
        Spec("seals", _("要盖的印章（盖其中之一）"), Codes(tuple(seals)), is_wide=True),
        Spec("refused_seals", _("不认的印章"), Codes(tuple(seals)), is_wide=True),
        Spec("valid_days", _("开具后多久有效"), Number(_("天"))),
        Spec("struck", _("简易程序"), Maybe(STRUCK, usual)),
        Spec("form", _("用表（印在表头上的名称）"), Text(longest=200)),
        Spec(
            "fields",
            _("表上的栏目"),
            Codes((), is_open=True),
            _("空白表就印这些；不写的，按项目的条件、金额和材料自动排出。"),
            is_wide=True,
        ),
        Spec("filed", _("由谁各存一份（顿号隔开）"), NamedSeveral(words.PARTIES)),
        Spec("note", _("备注"), Text(rows=2), is_wide=True),
        Spec("why", _("出处（留空用项目的出处）"), Text(longest=500), is_wide=True),
    )


STRUCK = (("true", gettext_lazy("可以免交")), ("false", gettext_lazy("也要交")))


def read(posted, definition, vocabulary):
    if not isinstance(definition.get("papers"), list):
        return definition
    papers = [
        read_paper(posted, paper, f"papers[{number}]", vocabulary) for number, paper in enumerate(definition["papers"])
    ]
    return definition | {"papers": papers}


def read_paper(posted, paper, place, vocabulary):
    if not isinstance(paper, dict):
        return paper
    paper = read_specs(posted, paper, specs_for(vocabulary), place)
    when = conditions.read(posted, f"{place}.when", paper.get("when"), vocabulary)
    if when is not None:
        return paper | {"when": when}
    return paper


def fields(definition, faults, vocabulary, posted=None, retired=()):
    papers = entries_of(definition, "papers")
    return {
        "rows": [paper_row(paper, number, faults, vocabulary, retired) for number, paper in enumerate(papers)],
        "errors": faults.at("papers"),
    }


def paper_row(paper, number, faults, vocabulary, retired):
    place = f"papers[{number}]"
    shown = show_specs(paper, specs_for(vocabulary, text_of(paper, "kind")), faults, place)
    row = Row("papers", number, place, paper, shown, faults)
    row.is_whole = isinstance(paper, dict)
    row.title = definitions.pair_of(paper.get("name"))[0] if row.is_whole else ""
    row.counts = counts_of(paper)
    row.who = words.say(words.PARTIES, text_of(paper, "from"))
    row.stage = words.say(words.STAGES, text_of(paper, "stage") or "application")
    when = paper.get("when") if row.is_whole else None
    row.when = conditions.show(when, f"{place}.when", faults, vocabulary, retired)
    return row


def counts_of(paper):
    """2 原、1 复: as short as a column is narrow."""
    if not isinstance(paper, dict):
        return ""
    if paper.get("either") is True:
        return _("原件或复印件")
    parts = [(_("原件 %s"), paper.get("originals")), (_("复印件 %s"), paper.get("copies"))]
    return _("、").join(text % count for text, count in parts if count)


def blank(place, definition):
    """With the next number that is free: D3a and D3b have taken the 3."""
    stem = f"{text_of(definition, 'code')}-D"
    codes = [text_of(paper, "code") for paper in entries_of(definition, "papers")]
    taken = {code.removeprefix(stem).rstrip(ascii_lowercase) for code in codes}
    number = next(number for number in range(1, 1000) if str(number) not in taken)
    return {"code": f"{stem}{number}", "name": [""], "originals": 1, "from": "applicant"}
