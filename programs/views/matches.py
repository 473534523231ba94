"""One person's facts, typed and not kept: what fits, what is one fact short and which question settles most."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from members.access import requires as requires_role
from programs import catalogue
from programs.forms.matches import FactsForm
from programs.outcomes import FITS, NOT, outcomes, programs_today, question_of
from programs.places import with_places
from programs.questions import next_question
from programs.sentences import value_text


@sensitive_post_parameters()
@requires_role("program.view")
@require_http_methods(["GET", "POST"])
def match_programs(request):
    programs, states = programs_today(timezone.localdate())
    words = with_places(catalogue.vocabulary(), programs)
    form = FactsForm(request.POST if request.method == "POST" else None, programs=programs, vocabulary=words)
    context = {"form": form, "number": len(programs)}
    if form.is_bound and form.is_valid():
        context |= _answered(form, programs, states, words)
    return render(request, "programs/match.html", context)


def _answered(form, programs, states, words):
    facts = form.facts | {"documents_held": form.held}
    found = outcomes(programs, states, facts, words)
    waiting = [one for one in found if one.group not in (FITS, NOT)]
    question = next_question(facts, [one.program for one in waiting], words) if waiting else None
    form.asked_next = question.fact.name if question else ""
    return {
        "is_answered": True,
        "fits": [one for one in found if one.group == FITS],
        "one_short": [one for one in waiting if len(one.items) == 1],
        "open": [one for one in waiting if len(one.items) > 1],
        "refused": [one for one in found if one.group == NOT],
        "question": question,
        "question_text": question_of(question.fact) if question else "",
        "given": [(words[name].label, value_text(words[name], value))
                  for name, value in _in_order(form.facts, words) if name != "prior_grants"],
        "grants": _grants_text(form.facts.get("prior_grants")),
    }  # fmt: skip


def _in_order(facts, words):
    return sorted(facts.items(), key=lambda pair: words.position[pair[0]])


def _grants_text(grants):
    if grants is None:
        return ""
    texts = [" ".join(str(part) for part in (one.program, one.amount, one.day, one.term) if part) for one in grants]
    return _("；").join(texts) or _("没有")
