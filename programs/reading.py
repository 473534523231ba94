"""Programs from data: everything is checked, and every fault is named with its place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from programs import benefits, ceilings, papers, payments, routes
from programs.derived import CONVENTIONS
from programs.facts import CODE, VOCABULARY, Fault, WrongFacts, exact, pick
from programs.rules import YES, Reader

KINDS = ("medical_aid", "education_aid", "hardship_relief", "disability_aid", "housing_aid", "work_aid", "elderly_aid")
UNITS = ("money", "goods", "service")
DEEPEST = 5  # ways of paying below each other
# Each rule counts only where those before it do not hold, so as a condition they stand one inside the other.
MOST_RULES = 40
MOST_ROWS = 300  # of any other list
LONGEST_CODE = 60
MOST_CODES = 60
MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


class WrongProgram(ValueError):
    """A program as data that is not one; all faults with their places."""

    def __init__(self, faults):
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, eq=False)
class Deadline:
    """When it can be applied for, in words; with the days of the year between which it is open, where they are fixed.
    The rounds of one year stand in programs.models.Round."""

    texts: tuple
    opens: str = ""  # MM-DD
    closes: str = ""


@dataclass(frozen=True, eq=False)
class Program:
    """One benefit unit as data, ready to be matched. Containers have no benefit and no condition of their own."""

    code: str
    names: tuple
    parent: str = ""
    row: int | None = None
    kind: str = ""
    beneficiary: str = "person"
    age_convention: str = "completed_years"
    applicants: frozenset = frozenset()
    condition: object = YES
    papers: tuple = ()
    benefit: benefits.Benefit | None = None
    steps: tuple = ()
    quota: int | None = None
    texts: Mapping = field(default_factory=dict)  # managing unit, sponsor, region, handed to
    notes: tuple = ()
    # For those who look for it, not for those who are judged: see programs.targets, members.kinds.ProjectKind.
    kinds: tuple = ()
    groups: tuple = ()
    public_texts: tuple = ("", "")
    deadlines: tuple = ()
    fund_codes: tuple = ()
    gate: object = YES
    limits: ceilings.Limits = field(default_factory=ceilings.Limits)

    @property
    def name(self):
        return pick(self.names)

    @property
    def is_container(self):
        return self.benefit is None


@dataclass
class ProgramReader:
    data: Mapping
    vocabulary: Mapping = field(default_factory=lambda: VOCABULARY)
    faults: list = field(default_factory=list)

    def fault(self, place, message):
        self.faults.append(Fault(place, message))

    # -- small things ---------------------------------------------------------------------------------------------

    def mapping(self, value, place):
        if isinstance(value, Mapping):
            return value
        self.fault(place, _("应当是一个对象"))
        return {}

    def listing(self, value, place, most=MOST_ROWS):
        if not isinstance(value, list):
            self.fault(place, _("应当是一个列表"))
            return []
        if len(value) > most:
            self.fault(place, _("最多 %s 项") % most)
        return value[:most]

    def several(self, data, key, place=""):
        """A list that may be left out."""
        value = data.get(key)
        return [] if value is None else self.listing(value, f"{place}.{key}".strip("."))

    def text(self, value, place, *, required=False):
        if value is None and not required:
            return ""
        if required and (value is None or (isinstance(value, str) and not value.strip())):
            self.fault(place, _("还没有填写"))
            return ""
        if not isinstance(value, str) or len(value) > 2000:
            self.fault(place, _("应当填文字"))
            return ""
        return value

    def pair(self, value, place):
        """[Chinese, English]; the English may be left out."""
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not 1 <= len(value) <= 2 or not all(isinstance(one, str) for one in value):
            self.fault(place, _("应当填中文，或者中文和英文"))
            return ("", "")
        return (value[0], value[1] if len(value) > 1 else "")

    def choice(self, value, choices, place, default=None):
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or value not in choices:
            self.fault(place, _("没有“%s”这个选项") % str(value)[:60])
            return next(iter(choices))
        return value

    def amount(self, value, place, *, required=True):
        if value is None and not required:
            return None
        try:
            number = exact(value)
            if number < 0:
                raise WrongFacts([Fault("", _("金额不能是负数"))])
            return number
        except WrongFacts as wrong:
            self.faults += [Fault(place, inner.message) for inner in wrong.faults]
            return Decimal(1)

    def count(self, value, place, *, required=False, least=0):
        if value is None and not required:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 100_000:
            self.fault(place, _("应当填整数"))
            return least
        return value

    def share(self, value, place):
        """A part of a whole, as a decimal: 0.10 is a tenth."""
        if value is None:
            return None
        share, known = self.amount(value, place), len(self.faults)
        if len(self.faults) == known and not 0 < share <= 1:
            self.fault(place, _("比例应当大于 0、不超过 1（即 100%）"))
        return share

    def flag(self, value, place):
        """Yes, no, or left to what usually holds."""
        if value is not None and not isinstance(value, bool):
            self.fault(place, _("应当填“是”或“否”"))
            return None
        return value

    def names(self, data, key, place):
        """Names in a list that may be left out: of bodies, of places."""
        values = self.several(data, key, place)
        return tuple(self.text(one, f"{place}.{key}[{number}]", required=True) for number, one in enumerate(values))

    def condition(self, value, place, source=""):
        if value is None:
            return YES
        reader = Reader(self.vocabulary)
        condition = reader.read(value, place, source=source)
        self.faults += reader.faults
        return condition

    def number_fact(self, name, place):
        fact = self.vocabulary.get(name) if isinstance(name, str) else None
        if fact is None or not fact.is_number:
            self.fault(place, _("没有“%s”这个数字事实") % str(name)[:60])
        return str(name)

    # -- benefit --------------------------------------------------------------------------------------------------

    def benefit(self, data, place="benefit"):
        data = self.mapping(data, place)
        why = self.text(data.get("why"), f"{place}.why", required=True)
        rules = [
            self.rule(one, f"{place}.rules[{number}]", why)
            for number, one in enumerate(self.listing(data.get("rules"), f"{place}.rules", MOST_RULES))
        ]
        if not rules:
            self.fault(f"{place}.rules", _("没有一条待遇规定"))
        return benefits.Benefit(
            rules=tuple(rules),
            period=self.choice(data.get("period"), benefits.PERIODS, f"{place}.period"),
            unit=self.choice(data.get("unit"), UNITS, f"{place}.unit", "money"),
            payee=self.text(data.get("payee"), f"{place}.payee"),
            fund=self.text(data.get("fund"), f"{place}.fund"),
            cap=self.amount(data.get("cap"), f"{place}.cap", required=False),
            case_cap=self.amount(data.get("case_cap"), f"{place}.case_cap", required=False),
            months_per_year=self.count(data.get("months_per_year"), f"{place}.months_per_year"),
            plan=self.plan(data.get("plan"), f"{place}.plan"),
            why=why,
        )

    def rule(self, data, place, why):
        data = self.mapping(data, place)
        why = self.text(data.get("why"), f"{place}.why") or why
        return benefits.Rule(
            id=self.text(data.get("id"), f"{place}.id", required=True),
            pay=self.pay(data.get("pay"), f"{place}.pay", why),
            when=self.condition(data.get("when"), f"{place}.when", why),
            says=self.text(data.get("says"), f"{place}.says", required=True),
            why=why,
        )

    def pay(self, data, place, why):
        data = self.mapping(data, place)
        if place.count(".otherwise") > DEEPEST:
            self.fault(place, _("“其余情况”套得太深"))
            return benefits.Nothing(why)
        kind = self.choice(data.get("kind"), PAY_READERS, f"{place}.kind")
        return PAY_READERS[kind](self, data, place, self.text(data.get("why"), f"{place}.why") or why)

    def otherwise(self, data, place, why):
        return self.pay(data["otherwise"], f"{place}.otherwise", why) if data.get("otherwise") else None

    def fixed(self, data, place, why):
        amount = self.amount(data.get("amount"), f"{place}.amount")
        times = self.count(data.get("times", 1), f"{place}.times", required=True, least=1)
        every = self.choice(data.get("every"), ("", *benefits.PERIODS), f"{place}.every", "")
        return benefits.Fixed(why, amount, times, every)

    def periodic(self, data, place, why):
        fact = self.number_fact(data.get("fact"), f"{place}.fact")
        most = self.count(data.get("most", 12), f"{place}.most", required=True, least=1)
        return benefits.Periodic(why, fact, self.amount(data.get("amount"), f"{place}.amount"), most)

    def tiers(self, data, place, why):
        tiers = [
            self.tier(one, f"{place}.tiers[{number}]")
            for number, one in enumerate(self.listing(data.get("tiers"), f"{place}.tiers"))
        ]
        pending = data.get("pending")
        if pending is not None:
            ends = self.listing(pending, f"{place}.pending")
            pending = tuple(self.amount(end, f"{place}.pending") for end in ends)
            if len(pending) != 2:
                self.fault(f"{place}.pending", _("应当填最少和最多两个数"))
        otherwise = self.otherwise(data, place, why)
        if not tiers and otherwise is None:
            self.fault(f"{place}.tiers", _("没有一个档次，也没有写明其余情况"))
        fact = self.number_fact(data.get("fact"), f"{place}.fact")
        return benefits.Tiers(why, fact, tuple(tiers), pending, otherwise)

    def tier(self, data, place):
        data = self.mapping(data, place)
        return benefits.Tier(
            self.amount(data.get("amount"), f"{place}.amount"),
            self.amount(data.get("low"), f"{place}.low", required=False),
            self.amount(data.get("high"), f"{place}.high", required=False),
            data.get("low_open") is True,
            data.get("high_open") is True,
        )

    def by_choice(self, data, place, why):
        name = data.get("fact")
        fact = self.vocabulary.get(name) if isinstance(name, str) else None
        if fact is None or fact.type != "choice":
            self.fault(f"{place}.fact", _("没有“%s”这个选择事实") % str(data.get("fact"))[:60])
        table = self.mapping(data.get("table"), f"{place}.table")
        for code in table:
            if fact is not None and code not in fact.choices:
                self.fault(f"{place}.table.{code}", _("没有“%s”这个选项") % str(code)[:60])
        amounts = {code: self.amount(value, f"{place}.table.{code}") for code, value in table.items()}
        if not amounts:
            self.fault(f"{place}.table", _("表是空的"))
        return benefits.Choice(why, str(data.get("fact")), amounts, self.otherwise(data, place, why))

    def between(self, data, place, why):
        low, high = (self.amount(data.get(end), f"{place}.{end}") for end in ("low", "high"))
        if low > high:
            self.fault(place, _("下限大于上限"))
        return benefits.Range(why, low, high)

    def actual(self, data, place, why):
        names = self.several(data, "cap_facts", place)
        cap_facts = tuple(self.number_fact(name, f"{place}.cap_facts") for name in names)
        fact = self.number_fact(data.get("fact"), f"{place}.fact")
        return benefits.Actual(why, fact, self.amount(data.get("cap"), f"{place}.cap", required=False), cap_facts)

    def copay(self, data, place, why):
        return benefits.Copay(why, self.amount(data.get("copay"), f"{place}.copay"))

    def unset(self, data, place, why):
        return benefits.Unset(why, is_discretionary=False)

    def discretionary(self, data, place, why):
        return benefits.Unset(why, is_discretionary=True)

    def nothing(self, data, place, why):
        return benefits.Nothing(why)

    def highest(self, data, place, why):
        options = []
        for number, one in enumerate(self.listing(data.get("options"), f"{place}.options")):
            here = f"{place}.options[{number}]"
            one = self.mapping(one, here)
            when = self.condition(one.get("when"), f"{here}.when", why)
            amount = self.amount(one.get("amount"), f"{here}.amount")
            options.append(
                benefits.Option(when, amount, self.text(one.get("says"), f"{here}.says", required=True), why)
            )
        return benefits.Highest(why, tuple(options), self.otherwise(data, place, why))

    def plan(self, data, place):
        if data is None:
            return None
        data = self.mapping(data, place)
        parts = self.mapping(data.get("parts"), f"{place}.parts")
        return payments.Plan(
            terms=self.count(data.get("terms"), f"{place}.terms", required=True, least=1),
            parts=tuple((name, self.amount(value, f"{place}.parts.{name}")) for name, value in parts.items()),
            months=self.months(data.get("months"), f"{place}.months"),
            donor_pays=self.text(data.get("donor_pays"), f"{place}.donor_pays"),
        )

    def months(self, data, place):
        """The months of each term in turn; without them, those of the school year."""
        terms = [self.listing(term, place) for term in self.listing(data, place)] if data is not None else []
        if not all(terms) or (data is not None and not terms):
            self.fault(place, _("每个学期至少要有一个月"))
            terms = []
        for month in (month for term in terms for month in term):
            if isinstance(month, bool) or not isinstance(month, int) or not 1 <= month <= 12:
                self.fault(place, _("月份应当是 1 到 12"))
        return tuple(map(tuple, terms)) or (payments.AUTUMN, payments.SPRING)

    # -- for those who look for it ----------------------------------------------------------------------------------

    def codes(self, data, key):
        """Codes of a list that a place may lengthen: each a short word, none twice."""
        found = []
        for number, code in enumerate(self.several(data, key)):
            if not isinstance(code, str) or not code.strip() or len(code) > LONGEST_CODE or code in found:
                self.fault(f"{key}[{number}]", _("应当是不重复的、不超过 %s 个字的词") % LONGEST_CODE)
            else:
                found.append(code)
        if len(found) > MOST_CODES:
            self.fault(key, _("最多 %s 项") % MOST_CODES)
        return tuple(found)

    def deadline(self, data, place):
        data = self.mapping(data, place)
        texts = self.pair(data.get("says"), f"{place}.says")
        ends = [self.text(data.get(key), f"{place}.{key}") for key in ("from", "to")]
        for key, day in zip(("from", "to"), ends, strict=True):
            if day and not MONTH_DAY.fullmatch(day):
                self.fault(f"{place}.{key}", _("月和日应当写成 03-15 这样"))
        if not texts[0].strip():
            self.fault(f"{place}.says", _("没有写明期限"))
        return Deadline(texts, *ends)

    def for_readers(self, data):
        public = data.get("public_text")
        return {
            "kinds": self.codes(data, "kinds"),
            "groups": self.codes(data, "groups"),
            "public_texts": ("", "") if public is None else self.pair(public, "public_text"),
            "deadlines": tuple(
                self.deadline(one, f"deadlines[{number}]") for number, one in enumerate(self.several(data, "deadlines"))
            ),
            "fund_codes": self.codes(data, "fund_codes"),
        }

    # -- papers and steps -----------------------------------------------------------------------------------------

    def paper(self, data, place, source):
        data, seals = self.mapping(data, place), self.vocabulary["document_seals"].choices
        both = [tuple(map(str, self.several(data, key, place))) for key in ("seals", "refused_seals")]
        for seal in sorted({*both[0], *both[1]} - set(seals)):
            self.fault(f"{place}.seals", _("没有“%s”这种印章") % seal[:60])
        known = len(self.faults)
        counts = [self.count(data.get(key, 0), f"{place}.{key}", required=True) for key in ("originals", "copies")]
        is_counted = len(self.faults) == known
        paper = papers.Paper(
            code=self.text(data.get("code"), f"{place}.code", required=True),
            names=self.pair(data.get("name"), f"{place}.name"),
            kind=self.text(data.get("kind"), f"{place}.kind", required=True),
            originals=counts[0],
            copies=counts[1],
            is_either=data.get("either") is True,
            seals=both[0],
            refused_seals=both[1],
            when=self.condition(data.get("when"), f"{place}.when", source),
            brought_by=self.text(data.get("from"), f"{place}.from", required=True),
            stage=self.choice(data.get("stage"), papers.STAGES, f"{place}.stage", "application"),
            valid_days=self.count(data.get("valid_days"), f"{place}.valid_days"),
            form=self.text(data.get("form"), f"{place}.form"),
            fields=self.names(data, "fields", place),
            filed=self.names(data, "filed", place),
            struck=self.flag(data.get("struck"), f"{place}.struck"),
            note=self.text(data.get("note"), f"{place}.note"),
            why=self.text(data.get("why"), f"{place}.why") or source,
        )
        if is_counted and not (any(counts) or paper.is_either):
            self.fault(place, _("没有写明要几份"))
        return paper

    def step(self, data, place):
        data = self.mapping(data, place)
        return routes.Step(
            actor=self.text(data.get("actor"), f"{place}.actor", required=True),
            texts=self.pair(data.get("does"), f"{place}.does"),
            kind=self.choice(data.get("kind"), routes.KINDS, f"{place}.kind") if data.get("kind") else "",
            to=self.text(data.get("to"), f"{place}.to"),
            bodies=self.names(data, "bodies", place),
            share=self.share(data.get("share"), f"{place}.share"),
            days=self.count(data.get("days"), f"{place}.days", least=1),
            every=self.choice(data.get("every"), routes.RHYTHMS, f"{place}.every") if data.get("every") else "",
            deadline=self.text(data.get("deadline"), f"{place}.deadline"),
            working_days=self.count(data.get("working_days"), f"{place}.working_days"),
            sheets=self.count(data.get("sheets"), f"{place}.sheets"),
            is_drawn=bool(self.flag(data.get("drawn"), f"{place}.drawn")),
        )

    def paper_list(self, data, source):
        found = [
            self.paper(one, f"papers[{number}]", source) for number, one in enumerate(self.several(data, "papers"))
        ]
        codes = [paper.code for paper in found]
        for number, code in enumerate(codes):
            if code and code in codes[:number]:
                self.fault(f"papers[{number}].code", _("材料代码 %s 重复") % code)
        return tuple(found)

    # -- the whole ------------------------------------------------------------------------------------------------

    def read(self):
        data = self.mapping(self.data, "")
        code = data.get("code")
        if not isinstance(code, str) or not CODE.fullmatch(code):
            self.fault("code", _("没有写明项目代码"))
        is_container = data.get("container") is True
        common = {
            "code": str(code),
            "names": self.pair(data.get("name"), "name"),
            "parent": self.text(data.get("parent"), "parent"),
            "row": self.count(data.get("row"), "row"),
            "texts": {key: self.text(data.get(key), key) for key in ("unit", "sponsor", "region", "handed_to")},
            "notes": tuple(self.text(note, f"notes[{n}]") for n, note in enumerate(self.several(data, "notes"))),
            **self.for_readers(data),
        }
        return Program(**common) if is_container else self.unit(data, common)

    def unit(self, data, common):
        source = self.text(data.get("why"), "why", required=True)
        condition = self.condition(data.get("condition"), "condition", source)
        benefit = self.benefit(data.get("benefit"))
        by = self.listing(data.get("applicants"), "applicants")
        for one in by:
            self.choice(one, self.vocabulary["applied_by"].choices, "applicants")
        if not by:
            self.fault("applicants", _("没有写明谁可以申请"))
        return Program(
            **common,
            kind=self.choice(data.get("kind"), KINDS, "kind"),
            beneficiary=self.choice(data.get("beneficiary"), ("person", "household"), "beneficiary", "person"),
            age_convention=self.choice(data.get("age_convention"), CONVENTIONS, "age_convention", CONVENTIONS[0]),
            applicants=frozenset(map(str, by)),
            condition=condition,
            papers=self.paper_list(data, source),
            benefit=benefit,
            steps=tuple(self.step(s, f"steps[{n}]") for n, s in enumerate(self.several(data, "steps"))),
            quota=self.count(data.get("quota"), "quota"),
            gate=benefits.all_of(condition, benefit.gate()),
            limits=ceilings.read(self, data.get("limits")),
        )


PAY_READERS = {
    "fixed": ProgramReader.fixed,
    "periodic": ProgramReader.periodic,
    "tiers": ProgramReader.tiers,
    "choice": ProgramReader.by_choice,
    "range": ProgramReader.between,
    "actual": ProgramReader.actual,
    "copay": ProgramReader.copay,
    "unset": ProgramReader.unset,
    "discretionary": ProgramReader.discretionary,
    "nothing": ProgramReader.nothing,
    "highest": ProgramReader.highest,
}


def read_program(data, vocabulary=VOCABULARY):
    """A program from data, or WrongProgram with every fault and its place."""
    reader = ProgramReader(data, vocabulary)
    program = reader.read()
    if reader.faults:
        raise WrongProgram(reader.faults)
    return program
