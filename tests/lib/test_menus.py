"""Drop-downs put together as one string, and what is kept in the process for a moment."""

from django import forms

from portal.lib import kept
from portal.lib.kept import Kept
from portal.lib.menus import Menu

CHOICES = [("", "所有"), ("a", "甲 & <乙>"), (3, '"三"')]


def drawn(widget, value):
    choice = forms.Select if widget is None else widget
    lines = choice(attrs={"class": "form-select", "aria-label": "单位"}, choices=CHOICES).render("unit", value)
    return [line.strip() for line in lines.splitlines() if line.strip()]


def test_it_is_the_select_that_django_draws():
    for value in (None, "", "a", "3", 3, "unknown"):
        assert drawn(Menu, value) == drawn(None, value)


def test_what_is_kept_is_made_anew_when_it_is_old_or_not_enough():
    made = []

    def make(key):
        made.append(key)
        return list(range(len(made)))

    keeps = Kept(make)
    assert keeps("a") is keeps("a")
    assert made == ["a"]
    assert keeps("a", enough=lambda value: len(value) > 1) == [0, 1]
    assert keeps("b") == [0, 1, 2]
    assert Kept(make, seconds=-1)("a") is not None
    assert len(made) == 4


def test_no_more_is_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    keeps = Kept(lambda key: key)
    for key in range(5):
        keeps(key)
    assert len(keeps.kept) <= 2
