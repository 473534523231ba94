"""A program tried on its sample people: what the draft answers, and whether the version in force answers otherwise."""

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from programs.facts import WrongFacts
from programs.matching import judge, sum_text
from programs.rules import facts_of
from programs.sentences import number, value_text

UNTOLD = {"documents_held", "document_seals", "prior_grants"}


@dataclass
class Trial:
    sample: object
    summary: list
    verdict: object = None
    before: object = None
    trouble: str = ""
    # What sets it apart from the other samples.
    short: list = field(default_factory=list)

    @property
    def state(self):
        """met, not or ask; nothing where the facts cannot be read any more."""
        return state_of(self.verdict)

    @property
    def says(self):
        return words_of(self.verdict)

    @property
    def said_before(self):
        return words_of(self.before)

    @property
    def is_other(self):
        """The version in force answers otherwise, in word or sum."""
        return bool(self.verdict and self.before and answer_of(self.verdict) != answer_of(self.before))

    @property
    def is_unexpected(self):
        """It must come out otherwise, as was settled when the sample was saved."""
        wanted = self.sample.expected
        if not wanted or self.verdict is None:
            return False
        got = self.verdict.eligible, self.verdict.amount
        amount = wanted["amount"]
        return got != (wanted["eligible"], tuple(amount) if isinstance(amount, list) else amount)

    @property
    def wanted(self):
        return _words(self.sample.expected["eligible"])

    @property
    def missing(self):
        return list(missing_of(self.verdict).values())

    @property
    def papers_moved(self):
        """Papers that only one of the two versions still asks for, in words; where both answer yes."""
        if not (self.verdict and self.before and self.verdict.eligible and self.before.eligible):
            return ""
        now, before = missing_of(self.verdict), missing_of(self.before)
        added = [name for code, name in now.items() if code not in before]
        dropped = [name for code, name in before.items() if code not in now]
        said = [_("要多交：%s") % _("、").join(added)] if added else []
        return _("；").join(said + ([_("不用再交：%s") % _("、").join(dropped)] if dropped else []))


def missing_of(verdict):
    return {ask.paper.code: ask.paper.name for ask in verdict.asks if ask.is_certain} if verdict else {}


def answer_of(verdict):
    return verdict.eligible, verdict.amount, verdict.copay, tuple(verdict.missing)


def state_of(verdict):
    return {True: "met", False: "not", None: "ask"}[verdict.eligible] if verdict else ""


def words_of(verdict):
    """符合，5,000 元; 不符合; 还差事实."""
    if verdict is None:
        return ""
    if not verdict.eligible:
        return _words(verdict.eligible)
    if verdict.copay is not None:
        return _("符合，%s") % (_("自付 %s 元") % number(verdict.copay) if verdict.copay else _("免费，不用自付"))
    return _("符合，%s") % sum_text(verdict.amount, verdict.program.benefit.unit)


def _words(eligible):
    return {True: _("符合"), False: _("不符合"), None: _("还差事实")}[eligible]


def tried(samples, draft, released, vocabulary):
    """[Trial] of every sample on the draft and, where there is one, on the version in force."""
    found = [try_one(sample, draft, released, vocabulary) for sample in samples]
    told = Counter(says for one in found for says in one.summary)
    usual = {says for says, number_of in told.items() if number_of > len(found) / 2 and len(found) > 2}
    for one in found:
        one.short = [says for says in one.summary if says not in usual] or one.summary
    return found


def try_one(sample, draft, released, vocabulary):
    try:
        person = vocabulary.read(sample.facts)
    except WrongFacts as wrong:
        return Trial(sample, [], trouble="；".join(map(str, wrong.faults[:3])))
    before = judge(person, released, vocabulary) if released else None
    return Trial(sample, summary(person, draft, vocabulary), judge(person, draft, vocabulary), before)


def summary(person, program, vocabulary):
    """The facts of a person that this program looks at, in words."""
    names = [name for name in asked(program, vocabulary) if name in person and name not in UNTOLD]
    said = [
        _("%(label)s：%(value)s")
        % {"label": vocabulary[name].label, "value": value_text(vocabulary[name], person[name])}
        for name in names
    ]
    if person.get("prior_grants"):
        said.append(_("以前得到过 %s 笔资助") % len(person["prior_grants"]))
    return said


def asked(program, vocabulary):
    """Every fact that a program looks at and somebody can be asked for, in the order of the vocabulary."""
    names = {"as_of", "applied_by", "documents_held"}
    for condition in (program.gate, *(paper.when for paper in program.papers)):
        names |= set(facts_of(condition))
    names |= {one for rule in program.benefit.rules for one in amounts_of(rule.pay)}
    found = {source for name in names for source in vocabulary.asked_for(name)}
    return [name for name in vocabulary if name in found]


def amounts_of(pay):
    """The facts by which a sum is reckoned."""
    names = [pay.fact] if getattr(pay, "fact", "") else []
    names += getattr(pay, "cap_facts", ())
    for option in getattr(pay, "options", ()):
        names += facts_of(option.when)
    otherwise = getattr(pay, "otherwise", None)
    return names + (amounts_of(otherwise) if otherwise else [])
