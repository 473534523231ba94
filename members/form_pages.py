"""What pages with a form have in common: how they are drawn, how they ask before a deed, how a refusal is shown."""

from functools import partial

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from members.access import Refusal, Stale
from portal.lib.forms import refuse


def form_page(request, form, heading, button, crumbs, *, back=None, intro="", note="", current=()):
    """A form by itself. `current` stands beside it where somebody else was faster: see refuse_stale()."""
    page = {
        "form": form,
        "heading": heading,
        "button": button,
        "crumbs": crumbs,
        "back": back or crumbs[-1][1],
        "intro": intro,
        "note": note,
        "current": current,
    }
    return render(request, "members/form.html", page, status=409 if current else 200)


def confirm_page(request, asked, act, done, *, back, form=None, to=None):
    """Asks, then acts, says that it is done and goes on to `to`, or back. `asked`: heading, consequence, button;
    is_destructive, extra. `act` gets what was filled in: `partial(actions.withdraw_offer, request.user, offer)`. Where
    there is nothing to fill in, a refusal is said on the page gone back to."""
    if request.method == "POST" and form is None:
        return press(request, act, done, to or back, back=back)
    if request.method == "POST" and form.is_valid():
        try:
            return _act(request, partial(act, **form.cleaned_data), done, to or back)
        except Refusal as refusal:
            refuse(form, refusal)
    return render(request, "confirm.html", {"form": form, "back": back, **asked})


def press(request, act, done, to, *, back=None):
    """A button that needs no page of its own."""
    try:
        return _act(request, act, done, to)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(back or to)


def _act(request, act, done, to):
    """`to` may be a function, where only the deed decides what is still there to be shown; `done` is empty where the
    next page says enough."""
    act()
    if done:
        messages.success(request, done)
    return redirect(to() if callable(to) else to)


def refuse_stale(form, refusal, names=()):
    """The refusal on the form; when somebody else was faster, [(label, what stands there now)]. The next attempt then
    counts from what this person has seen."""
    refuse(form, refusal)
    if not isinstance(refusal, Stale):
        return []
    form.data = form.data.copy()
    form.data["version"] = refusal.current.version if refusal.current else 0
    return [(form.fields[name].label, in_words(refusal.current, name)) for name in names if name in form.fields]


def in_words(row, name):
    """What a field of a row says, as a person reads it."""
    value = getattr(row, name)
    if isinstance(value, list):
        labels = dict(getattr(row._meta.get_field(name).base_field, "flatchoices", None) or ())
        return _("、").join(str(labels.get(one, one)) for one in value)
    display = getattr(row, f"get_{name}_display", None)
    return display() if display else value
