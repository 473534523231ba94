"""The facts of one person as staff type them: by subject, each may stay unknown; and what was granted before."""

from functools import cached_property

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, style
from programs.editing.subjects import SUBJECTS
from programs.facts import WrongFacts
from programs.forms.facts import field_of, value_of
from programs.rules import facts_of

UNKNOWN = ("", _("不知道"))
NONE_OF_THESE = "-"
GRANT_ROWS = 3
# Typed in another way, or told by the program itself.
NOT_TYPED = {"documents_held", "document_seals", "prior_grants"}


def facts_for(programs, vocabulary):
    """The names of all facts that some of these programs look at, for the answer, the sum or a paper."""
    names = {"as_of", "birth_date", "age_years", "applied_by"}
    for program in programs:
        for condition in (program.gate, *(rule.when for rule in program.benefit.rules)):
            names |= set(facts_of(condition))
        names |= {name for paper in program.papers for name in facts_of(paper.when)}
    asked = {source for name in names for source in vocabulary.asked_for(name)} | names
    asked = {name for name in asked if vocabulary[name].is_givable and not vocabulary[name].is_program_state}
    return asked - NOT_TYPED


def by_subject(names, vocabulary):
    """[(heading, facts)] of these facts, under the headings of the editor; what a place has added comes last."""
    found = [(heading, [vocabulary[name] for name in facts if name in names]) for heading, facts in SUBJECTS]
    known = {name for _heading, facts in SUBJECTS for name in facts}
    found.append((_("其他事实"), [vocabulary[name] for name in vocabulary if name in names and name not in known]))
    return [(heading, facts) for heading, facts in found if facts]


class FactsForm(StyledForm):
    """Nothing is required: what is not known is asked in the answer."""

    no_grants = forms.BooleanField(label=_("已查明：以前没有得到过任何项目的资助"), required=False)

    def __init__(self, data=None, *, programs, vocabulary):
        super().__init__(data)
        self.programs, self.vocabulary = programs, vocabulary
        self.names = facts_for(programs, vocabulary)
        self.asked_next = ""
        for name in self.names:
            self._add(name, self._field(vocabulary[name]))
        for number in range(GRANT_ROWS):
            for name, field in self._grant_fields().items():
                self._add(f"grant{number}_{name}", field)

    def _add(self, name, field):
        style(field)
        self.fields[name] = field

    def _field(self, fact):
        field = field_of(fact, self.vocabulary, required=False)
        if fact.type == "choices":
            field.choices = [*field.choices, (NONE_OF_THESE, _("以上都没有"))]
        elif isinstance(field, forms.ChoiceField):
            choices = [(code, label) for code, label in field.choices if code]
            field = forms.ChoiceField(label=fact.label, required=False, choices=[UNKNOWN, *choices])
        if fact.name == "as_of":
            field.initial = timezone.localdate()
        if fact.name == "age_years":
            field.help_text = _("只知道岁数、不知道出生日期时填。")
        return field

    def _grant_fields(self):
        choices = [("", _("没有")), *((program.code, program.name) for program in self.programs)]
        return {
            "program": forms.ChoiceField(label=_("项目"), required=False, choices=choices),
            "amount": MoneyField(label=_("金额（元）"), required=False),
            "day": DayField(label=_("日期"), required=False),
            "round": forms.CharField(label=_("学期或批次"), required=False, max_length=60),
        }

    @property
    def subjects(self):
        """(heading, fields, is it to be opened) in order."""
        for number, (heading, facts) in enumerate(by_subject(self.names, self.vocabulary)):
            fields = [self[fact.name] for fact in facts]
            is_used = any(field.errors or self._is_filled(field.name) for field in fields)
            yield heading, fields, number < 2 or is_used or any(fact.name == self.asked_next for fact in facts)

    @property
    def grants(self):
        parts = ("program", "amount", "day", "round")
        return [[self[f"grant{number}_{part}"] for part in parts] for number in range(GRANT_ROWS)]

    @property
    def are_grants_open(self):
        return self.is_bound and (self["no_grants"].errors or any(self.data.get(f"grant{n}_program") for n in range(3)))

    def _is_filled(self, name):
        return self.is_bound and any(self.data.getlist(name))

    # -- what was typed ------------------------------------------------------------------------------------------
    def clean(self):
        self.facts = {}
        for name in self.names:
            if name in self.cleaned_data:
                self._take(name)
        grants = self._read_grants()
        if grants is not None:
            self.facts["prior_grants"] = grants
        self.facts.setdefault("as_of", timezone.localdate())
        if not self.errors:
            self._check_together()
        return self.cleaned_data

    def _take(self, name):
        typed = self.cleaned_data[name]
        if isinstance(typed, list):
            if not typed:
                return
            typed = [code for code in typed if code != NONE_OF_THESE]
        try:
            value = value_of(self.vocabulary[name], typed, self.vocabulary)
        except forms.ValidationError as wrong:
            self.add_error(name, wrong)
            return
        if value is not None:
            self.facts[name] = value

    def _read_grants(self):
        rows = [{part: self.cleaned_data.get(f"grant{number}_{part}") for part in ("program", "amount", "day", "round")}
                for number in range(GRANT_ROWS)]  # fmt: skip
        rows = [row for row in rows if row["program"]]
        if rows and self.cleaned_data.get("no_grants"):
            self.add_error("no_grants", _("下面填了以前的资助，这里就不要勾。"))
        if not rows:
            return () if self.cleaned_data.get("no_grants") else None
        given = [
            {"program": row["program"], "amount_yuan": row["amount"], "date": row["day"],
             "term": row["round"] or None, "campaign": row["round"] or None} for row in rows
        ]  # fmt: skip
        return self.vocabulary.read({"prior_grants": given})["prior_grants"]

    def _check_together(self):
        try:
            self.vocabulary.read({name: self.facts[name] for name in ("birth_date", "as_of") if name in self.facts})
        except WrongFacts as wrong:
            for fault in wrong.faults:
                self.add_error(fault.place, fault.message)

    @cached_property
    def held(self):
        """Codes of the papers that are there: those of these programs that were ticked beside them."""
        known = {paper.code for program in self.programs for paper in program.papers}
        return frozenset(known.intersection(self.data.getlist("documents_held"))) if self.is_bound else frozenset()
