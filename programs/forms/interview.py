"""One page of the interview as a form, and a sitting: all pages answered so far, read again from what was posted.

Nothing is kept on the server. What was answered travels in the form from page to page and is checked anew each time.
"""

from functools import cached_property

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.forms import StyledForm, style
from programs import places
from programs.derived import View
from programs.forms.facts import BLANK, field_of, value_of
from programs.interview import ABROAD, ELSEWHERE, Interview, granted, page_named
from programs.rules import answer

MOST_PAGES = 60
MOST_FIELDS, LONGEST_VALUE = 400, 60
SAME, COMPATRIOT = "same", "compatriot"


class OfferedField(forms.MultipleChoiceField):
    """Offers what makes a difference now; accepts what made one when it was ticked."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, accepted, offered, **options):
        """`offered`: function that gives the codes; asked for only when the field is drawn."""
        super().__init__(
            choices=lambda: [(code, accepted.get(code, code)) for code in offered()], required=False, **options
        )
        self.accepted = accepted

    def valid_value(self, value):
        return value in self.accepted or super().valid_value(value)


class PageForm(StyledForm):
    """`shown`: the numbers of the page's parts on the screen; what was not shown was not asked."""

    def __init__(self, data=None, *, page, shown, interview):
        super().__init__(data, prefix=page.name)
        self.page, self.shown, self.interview, self.vocabulary = page, shown, interview, interview.vocabulary
        for number in shown:
            field = getattr(self, f"_{page.parts[number].kind}")(page.parts[number])
            style(field)
            self.fields[f"p{number}"] = field

    @property
    def title(self):
        """The question: of a single part that is left, its own."""
        alone = self.page.parts[self.shown[0]].label if len(self.shown) == 1 else ""
        return alone or self.page.title

    # -- one field for each kind of part -------------------------------------------------------------------------
    def _fact(self, part):
        fact = self.vocabulary[part.fact]
        label = fact.label if len(self.page.parts) > 1 else self.title
        if fact.type == "choices":
            accepted = {code: fact.label_of(code) for code in fact.choices}
            return OfferedField(label=label, accepted=accepted, offered=lambda: self.interview.codes(part.fact))
        return field_of(fact, self.vocabulary, label=label)

    def _age(self, part):
        name = self.interview.age_fact
        if name == "birth_date":
            return field_of(self.vocabulary[name], self.vocabulary)
        help_text = _("按生日算满几岁，不满 1 岁填 0。")
        field = field_of(self.vocabulary[name], self.vocabulary, label=_("年龄（周岁）"), help_text=help_text)
        field.widget.attrs.update(inputmode="numeric", autocomplete="off")
        return field

    def _one(self, part):
        choices = [(str(number), option.label) for number, option in enumerate(part.options)]
        return forms.ChoiceField(label=part.label or self.title, choices=choices, widget=forms.RadioSelect)

    def _several(self, part):
        choices = [(str(number), option.label) for number, option in enumerate(part.options)]
        view = View(self.interview.facts, "", "completed_years")
        ticked = [str(n) for n, option in enumerate(part.options) if answer(option.ticked_when, view).met]
        return forms.MultipleChoiceField(
            label=part.label or self.title, choices=choices, initial=ticked, required=False,
            widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip

    def _residence(self, part):
        return field_of(self.vocabulary["residence_code"], self.vocabulary, label=_("现在住在哪里"))

    def _hukou(self, part):
        choices = [
            (SAME, _("和现在住的地方一样")),
            *places.choices(self.vocabulary, "hukou_code"),
            (ELSEWHERE, _("别的地方（国内）")),
            (COMPATRIOT, _("没有户口，是港澳台同胞")),
            (ABROAD, _("没有户口，是外国人")),
        ]
        if not any(self.page.parts[number].kind == "residence" for number in self.shown):
            choices[0] = BLANK
        return forms.ChoiceField(label=_("户口在哪里"), choices=choices)

    def _grants(self, part):
        accepted = {program.code: program.name for program in self.interview.programs}
        return OfferedField(label=self.title, accepted=accepted, offered=self._granting)

    def _granting(self):
        return [one.program.code for one in self.interview.left if "prior_grants" in one.wanted]

    def remember(self, data):
        """What was said here before the person went back."""
        for name, field in self.fields.items():
            key = self.add_prefix(name)
            if key in data:
                self.initial[name] = field.widget.value_from_datadict(data, {}, key)

    # -- what was answered ---------------------------------------------------------------------------------------
    def clean(self):
        self.facts = {}
        for number in self.shown:
            name = f"p{number}"
            if name in self.cleaned_data:
                try:
                    self.facts |= self._said(self.page.parts[number], self.cleaned_data[name])
                except forms.ValidationError as wrong:
                    self.add_error(name, wrong)
        return self.cleaned_data

    def _said(self, part, typed):
        match part.kind:
            case "one":
                return part.said([int(typed)])
            case "several":
                return part.said([int(number) for number in typed])
            case "grants":
                return {"prior_grants": granted(typed)}
            case "hukou":
                return self._said_hukou(typed)
        name = {"age": self.interview.age_fact, "residence": "residence_code"}.get(part.kind, part.fact)
        value = value_of(self.vocabulary[name], typed, self.vocabulary)
        return {} if value is None else {name: value}

    def _said_hukou(self, typed):
        """Who is registered somewhere in China is a citizen; nobody is asked twice."""
        if typed == SAME:
            typed = self.facts.get("residence_code", ELSEWHERE)
        code = ELSEWHERE if typed in (COMPATRIOT, ABROAD) else typed
        return {"hukou_code": code, "nationality": ABROAD if typed == ABROAD else "CN"}

    def words(self):
        """What was answered, as the person chose it."""
        for number in self.shown:
            field, typed = self.fields[f"p{number}"], self.cleaned_data.get(f"p{number}")
            if isinstance(field, forms.ChoiceField):
                chosen = typed if isinstance(typed, list) else [typed]
                labels = getattr(field, "accepted", None) or dict(field.choices)
                yield _("、").join(str(labels[code]) for code in chosen if code in labels) or _("没有")
            elif typed is not None:
                yield f"{typed}"


class Sitting:
    """An interview as far as it has come: `data` is what was posted, None at the beginning. `until` names the page to
    which the person goes back; its answer and those behind it no longer count, but stand there again when asked."""

    def __init__(self, programs, states, vocabulary, data=None, until=None):
        self.programs, self.states, self.vocabulary, self.data = programs, states, vocabulary, data
        self.facts, self.unclear = {"as_of": timezone.localdate()}, set()
        self.done, self.words, self.unclear_pages = [], [], []
        self.stopped = self._made = None
        for name in list(dict.fromkeys(data.getlist("done")))[:MOST_PAGES] if data else ():
            if name == until or self.stopped:
                break
            self.take(name)
        self.again = page_named(until, vocabulary) if until else None

    @property
    def interview(self):
        """Made anew after each answer, and only then."""
        if self._made is None or len(self._made.done) != len(self.done):
            self._made = Interview(self.programs, self.states, self.vocabulary, self.facts, self.done, self.unclear)
        return self._made

    def take(self, name):
        """One page's answer; where it cannot be read, that page is shown again."""
        page = page_named(name, self.vocabulary)
        if page is None:
            return
        if f"{name}-unclear" in self.data:
            self.unclear |= page.facts - self.facts.keys()
            self.unclear_pages.append(name)
            self.words.append((page.title, page.name, [_("不清楚")]))
        else:
            asked = self.data.get(f"{name}-shown", "").split()
            shown = [number for number in range(len(page.parts)) if str(number) in asked] or range(len(page.parts))
            form = PageForm(self.data, page=page, shown=list(shown), interview=self.interview)
            if not form.is_valid():
                self.stopped = form
                return
            self.facts |= form.facts
            self.words.append((form.title, page.name, list(form.words())))
        self.done.append(name)

    @cached_property
    def current(self):
        """The form to be shown now, or None when nothing is left to ask."""
        if self.stopped:
            return self.stopped
        interview = self.interview
        page = self.again or interview.next_page()
        if page is None:
            return None
        wanted = interview.parts(page)
        form = PageForm(
            page=page, shown=[n for n, part in enumerate(page.parts) if part in wanted], interview=interview
        )
        if self.data:
            form.remember(self.data)
        return form

    def kept(self, without=""):
        """(name, value) of every answer, to travel along in the form."""
        found = [("done", name) for name in self.done]
        for name, values in list(self.data.lists() if self.data else [])[:MOST_FIELDS]:
            page, dash, _rest = name.rpartition("-")
            if dash and page != without and page_named(page, self.vocabulary):
                found += [(name, value) for value in values if len(value) <= LONGEST_VALUE]
        return found[:MOST_FIELDS]
