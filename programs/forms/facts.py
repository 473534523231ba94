"""A fact as a form field, and what was typed as a fact."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField, MoneyField
from programs import places
from programs.facts import LONGEST_TEXT, WrongFacts
from programs.interview import ELSEWHERE

FEW = 7  # up to so many choices are shown all at once
YES_NO = [("yes", _("是")), ("no", _("否"))]
BLANK = ("", _("请选择"))


def field_of(fact, vocabulary, **options):
    """The field that suits a fact; `options` go to it (label, required, help_text)."""
    options = {"label": fact.label, "help_text": "", **options}
    return MAKERS[fact.type](fact, vocabulary, options)


def yes_or_no(fact, vocabulary, options):
    return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **options)


def whole_number(fact, vocabulary, options):
    return forms.IntegerField(min_value=fact.minimum, max_value=fact.maximum, **with_unit(fact, options))


def exact_number(fact, vocabulary, options):
    bounds = {"min_value": fact.minimum, "max_value": fact.maximum, "max_digits": 14, "decimal_places": 2}
    return forms.DecimalField(**bounds, **with_unit(fact, options))


def money(fact, vocabulary, options):
    return MoneyField(**with_unit(fact, options))


def with_unit(fact, options):
    return options | {"help_text": options["help_text"] or (_("单位：%s") % fact.unit if fact.unit else "")}


def day(fact, vocabulary, options):
    return DayField(**options)


def text(fact, vocabulary, options):
    return forms.CharField(max_length=LONGEST_TEXT, **options)


def one_of(fact, vocabulary, options):
    choices = [(code, fact.label_of(code)) for code in fact.choices]
    if len(choices) <= FEW:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **options)
    return forms.ChoiceField(choices=[BLANK, *choices], **options)


def several_of(fact, vocabulary, options):
    choices = options.pop("choices", None) or [(code, fact.label_of(code)) for code in fact.choices]
    return forms.MultipleChoiceField(
        choices=choices, widget=forms.CheckboxSelectMultiple, **options | {"required": False}
    )


def county(fact, vocabulary, options):
    elsewhere = (ELSEWHERE, _("别的地方"))
    return forms.ChoiceField(choices=[BLANK, *places.choices(vocabulary, fact.name), elsewhere], **options)


def country(fact, vocabulary, options):
    choices = [(code, fact.label_of(code)) for code in vocabulary[fact.name].choices]
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **options)


MAKERS = {
    "bool": yes_or_no, "int": whole_number, "decimal": exact_number, "money": money, "date": day, "text": text,
    "choice": one_of, "choices": several_of, "area": county, "country": country,
}  # fmt: skip


def value_of(fact, typed, vocabulary):
    """What a field returned as a fact; None for nothing. Refuses, as a form does, what the vocabulary refuses."""
    if fact.type == "bool":
        typed = {"yes": True, "no": False}.get(typed)
    elif typed == "":
        typed = None
    if typed is None:
        return None
    try:
        return vocabulary.read({fact.name: typed})[fact.name]
    except WrongFacts as wrong:
        raise forms.ValidationError([fault.message for fault in wrong.faults]) from wrong
