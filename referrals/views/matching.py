"""Which programs fit a person: ranked, with reasons, and the questions that are still open answered on the spot."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, requires
from portal.lib.forms import refuse
from programs.matching import sum_text
from referrals import aid_shown, matching
from referrals.actions.facts import record_facts
from referrals.forms.documents import offer_documents
from referrals.forms.facts import QuestionsForm
from referrals.permissions import may
from referrals.views.people import find, shows_names

MOST_OFFERS = 10


@requires("person.view")
@never_cache
def match_person(request, code):
    person = find(request, code)
    is_editor = may(request.user, "person.edit", person)
    if request.method == "POST" and not is_editor:
        raise PermissionDenied
    matched = matching.match_person(person)
    form = None
    if is_editor and matched.asks:
        form = offer_documents(QuestionsForm(request.POST or None, names=matched.asks, known={}), person)
    if request.method == "POST" and form and form.is_valid():
        try:
            record_facts(request.user, person, form.facts(), **form.rests_on())
            messages.success(request, _("回答已记下，下面按新的情况重新匹配。"))
            return redirect("referrals:match_person", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    audit.record(request.user, "person.match", person, organization=person.keeper)
    offers = matching.offers_for(person, matched.facts)
    context = {
        "person": person, "form": form, "shows_names": shows_names(request.user),
        "may_open": may(request.user, "document.view", person),
        "fits": [
            (one, sum_text(one.verdict.amount, one.program.benefit.unit))
            for one in matching.outcomes_of(person, matched.fits)
        ],
        "open": matching.outcomes_of(person, matched.open), "others": matched.others,
        "may_refer": may(request.user, "referral.write", person),
        "given": [one for one in aid_shown.earlier_aid(request.user, person) if not one.is_government],
        "offers": offers[:MOST_OFFERS], "more_offers": len(offers) - MOST_OFFERS,
    }  # fmt: skip
    return render(request, "referrals/people/match.html", context)
