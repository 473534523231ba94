"""Which items a receiver needs at least, and why each: of every referral a few, the others because a program looks at
them. What nobody can say a reason for is not passed on.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import catalogue
from programs.facts import VOCABULARY
from programs.rules import facts_of
from referrals.items import in_order, item_of_fact, item_of_paper

# Without these nobody can be helped.
ALWAYS = {
    "name": gettext_lazy("知道帮的是谁"),
    "phone": gettext_lazy("联系本人、约定上门"),
    "residence": gettext_lazy("确认在服务区域内"),
    "category": gettext_lazy("判断能否走简化程序"),
    "circumstances": gettext_lazy("了解困难情形和程度"),
    "needs": gettext_lazy("知道要解决什么"),
    "government_aid": gettext_lazy("不重复救助，只补缺口"),
}


def reasons_of(program):
    """{item: why it goes along}, in the order of the dictionary."""
    reasons = {code: str(words) for code, words in ALWAYS.items()}
    for code, words in (_of_program(program) if program else {}).items():
        reasons.setdefault(code, words)
    return {item.code: reasons[item.code] for item in in_order(reasons)}


def _of_program(program):
    units = [unit for unit in catalogue.current_units() if program.code in (unit.code, unit.parent)]
    facts, papers = {}, {}
    for unit in units:
        for name in sorted(facts_of(unit.condition)):
            if (item := item_of_fact(name)) and name in VOCABULARY:
                facts.setdefault(item.code, []).append(str(VOCABULARY[name].label))
        for paper in unit.papers:
            papers.setdefault(item_of_paper(paper.kind).code, []).append(str(paper.name))
    told = {code: _("项目条件要看：%(what)s") % {"what": _listed(words)} for code, words in facts.items()}
    return told | {code: _("项目要的材料：%(what)s") % {"what": _listed(words)} for code, words in papers.items()}


def _listed(words):
    return str(_("、")).join(dict.fromkeys(words))
