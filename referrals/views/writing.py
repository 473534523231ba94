"""Writing a referral in two steps and a look at what the receiver will see; then it is sent."""

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page
from portal.lib.forms import refuse
from referrals import cases_shown, least_items, minors, receiver_routes, safeguards, turns, writing_shown
from referrals.actions import referrals as actions
from referrals.actions.consents import begin_consent
from referrals.actions.moves import Moved
from referrals.forms.writing import ReceiverForm, ReferralForm
from referrals.items import ITEMS, Purpose, in_order, item_of_paper
from referrals.models import Consent, Referral
from referrals.permissions import demand, may
from referrals.views.people import find, shows_names
from referrals.views.referrals import crumbs_of, find_own_referral
from referrals.workflow import State

JUST_KEPT_SECONDS = 5
SENDS = ("send", "submit")
# Of those that cannot take it so many are named, with the reason.
MOST_REFUSED = 12


@requires("referral.write")
@never_cache
def refer_person(request, code):
    """For which needs, to whom. ?program= comes from the page of matches, ?need= from a need; ?like= is a referral
    whose words are taken over, to ask one more unit side by side."""
    person = find(request, code)
    minors.require(request.user, person)
    needs = list(person.needs.open())
    like = _alike(request, person)
    offered = receiver_routes.offered_to(request.user.organization, person)
    form = ReceiverForm(
        request.POST or None, person=person, offered=offered, initial=_chosen(request, needs, offered, like)
    )
    if request.method == "POST" and form.is_valid():
        try:
            referral = _draft(request.user, person, form.cleaned_data, like)
            return redirect("referrals:edit_referral", referral.code)
        except Refusal as refusal:
            refuse(form, refusal)
    context = {
        "person": person, "form": form, "needs": needs, "like": like, "shows_names": shows_names(request.user),
        **_near_and_far(offered, form["receiver"].value()),
    }  # fmt: skip
    return render(request, "referrals/referrals/refer.html", context)


def _near_and_far(offered, chosen):
    """Those of the same level in sight; the others folded, unless one of them is chosen or alone has something."""
    near = [one for one in offered if one.takes and one.candidate.is_same_level]
    far = [one for one in offered if one.takes and not one.candidate.is_same_level]
    is_chosen = any(route.value == chosen for one in far for route in one.routes)
    return {
        "near": near, "far": far, "far_fits": sum(one.fits for one in far), "chosen": chosen,
        "opens_far": is_chosen or not any(one.is_ready for one in near),
        "refused": [one for one in offered if not one.takes][:MOST_REFUSED],
    }  # fmt: skip


def _alike(request, person):
    """The referral whose words are taken over: of the same person, one that this person of staff may write on."""
    asked = request.GET.get("like", "")
    rows = Referral.objects.visible_to(request.user).of(person).filter(code=asked) if asked else Referral.objects.none()
    found = rows.select_related("sender__area", "receiver").first()
    mine = found and turns.answers_for(request.user, found.sender, request.user.permissions["referral.write"])
    return found if mine else None


def _chosen(request, needs, offered, like):
    """What is ticked beforehand."""
    wanted = request.GET.get("need", "")
    if like is not None:
        codes = [need.code for need in like.needs.all()]
    else:
        codes = [need.code for need in needs if need.code == wanted] or [need.code for need in needs[:1]]
    program, besides = request.GET.get("program", ""), [like.receiver_id] if like else ()
    return {"needs": codes, "receiver": receiver_routes.best_of(offered, program=program, besides=besides)}


def _draft(actor, person, said, like):
    route = said["receiver"]
    values = preset(person, said["needs"], route.program) | (_words_of(like) if like else {})
    return actions.draft_referral(actor, person, route.unit, values)


def preset(person, needs, program):
    """From the record: the ground of the need, the last word of the government, the least that the program needs."""
    first = needs.order_by("rank").first()
    aid = person.government_aid.order_by("-pk").first()
    return {
        "needs": list(needs), "program": program, "items": _least(person, program),
        "urgency": first.urgency,
        "ground": first.ground or ("still_in_difficulty" if aid and aid.state == "granted" else "policy_gap"),
        "scheme": aid.scheme if aid else "", "scheme_result": aid.state if aid else "", "circumstances": first.wish,
    }  # fmt: skip


def _least(person, program):
    """Of papers only those that lie with the record."""
    held = {item_of_paper(kind).code for kind in person.documents.standing().values_list("kind", flat=True)}
    return [code for code in least_items.reasons_of(program) if not ITEMS[code].is_paper or code in held]


def _words_of(referral):
    """What was written once is written for the next unit too; why not to one of the same level is asked anew."""
    plain = ("kind", "urgency", "ground", "scheme", "scheme_result", "gap_yuan", "is_exclusive")
    told = {name: referral.private.get(name, "") for name in ("circumstances", "government", "gap")}
    return {name: getattr(referral, name) for name in plain} | told


@requires("referral.write")
@never_cache
def edit_referral(request, code):
    """What it says and what goes along; kept as it is while somebody writes, and where they leave it for later."""
    referral = find_own_referral(request, code)
    if referral.state != State.DRAFT:
        messages.error(request, _("已经不是草稿，不能再改；签收以前可以“更正内容”。"))
        return redirect("referrals:show_referral", code)
    form, current = ReferralForm(request.POST or None, referral=referral), []
    if request.method == "POST":
        is_whole, is_later = form.is_valid(), "later" in request.POST
        if request.headers.get("X-Requested-With") == "draft":
            return _keep(request, referral, form)
        try:
            if is_whole or is_later:
                actions.edit_draft(request.user, referral, form.seen_version, form.values())
                return _go_on(request, code, is_later=is_later)
        except Moved as moved:
            if moved.current.state == State.DRAFT and _was_kept(request, moved.current):
                actions.edit_draft(request.user, referral, moved.current.version, form.values())
                return _go_on(request, code, is_later=is_later)
            if moved.current.state != State.DRAFT:
                messages.error(request, moved.message)
                return redirect("referrals:show_referral", code)
            current = _beside(form, moved)
        except Refusal as refusal:
            refuse(form, refusal)
    needed, others = writing_shown.item_rows(referral, form["items"].value() or ())
    context = {"referral": referral, "form": form, "needed": needed, "others": others, "current": current}
    return render(request, "referrals/referrals/write.html", context, status=409 if current else 200)


def _keep(request, referral, form):
    """For the page that keeps what is typed: the version it stands at from now on, or why not."""
    try:
        kept = actions.edit_draft(request.user, referral, form.seen_version, form.values())
        return JsonResponse({"version": kept.version, "says": _("草稿已存 %(at)s") % {"at": _now()}})
    except Refusal as refusal:
        return JsonResponse({"says": refusal.message}, status=409)


def _was_kept(request, current):
    """The page itself kept what was typed a moment before its button was pressed."""
    is_fresh = timezone.now() - current.changed_at < timedelta(seconds=JUST_KEPT_SECONDS)
    return is_fresh and current.changed_by_id == request.user.pk


def _now():
    return f"{timezone.localtime():%H:%M}"


def _go_on(request, code, *, is_later):
    if is_later:
        messages.success(request, _("草稿已存，写完再发。"))
        return redirect(f"{reverse('referrals:list_sent_referrals')}?tab=draft")
    return redirect("referrals:preview_referral", code)


def _beside(form, moved):
    """Somebody changed the draft meanwhile: what was typed stays, what stands there now is shown beside it."""
    refuse(form, moved)
    form.data = form.data.copy()
    form.data["version"] = moved.current.version
    theirs = ReferralForm.initial_of(moved.current)
    names = ("circumstances", "government", "gap_yuan", "gap", "receiver_choice")
    return [(form.fields[n].label, theirs[n]) for n in names if n in form.fields and theirs[n] != form[n].value()]


@requires("referral.write")
@never_cache
def preview_referral(request, code):
    """Exactly what the receiver will see, what no consent covers yet, which papers are wanting; and the button."""
    referral = find_own_referral(request, code)
    audit.record(request.user, "person.view", referral.person, organization=referral.sender, reason=_("转介"))
    context = previewed(request.user, referral)
    context["may_ask"] = may(request.user, "consent.record", referral.person)
    return render(request, "referrals/referrals/preview.html", context)


def previewed(staff, referral):
    """What would be seen, what the consent and the safeguards want yet, the papers, and what may be done now."""
    missing = writing_shown.missing_of(referral)
    standing = safeguards.check(referral.person.keeper, referral.receiver, Purpose.REFER_TO_ORG, referral.items)
    wanting = () if referral.is_urgent_lane else standing.wanting
    unready = actions.why_unready(referral)
    return {
        **writing_shown.as_received(referral, missing),
        "missing": in_order(missing), "wanting": wanting, "unready": unready,
        "is_ready": not (wanting or missing or unready), "moves": _sendings(staff, referral),
    }  # fmt: skip


def _sendings(staff, referral):
    """Sending foremost; handing it in for review for those who do not send."""
    answers = {move.verb: (move, why) for move, why in turns.open_to(staff, referral)}
    return [answers[verb] for verb in SENDS if verb in answers]


@requires("consent.record")
@require_POST
def ask_consent(request, code):
    """From the preview straight to the paper, with this receiver and what nobody agreed to yet."""
    referral = find_own_referral(request, code)
    person = referral.person
    demand(request.user, "consent.record", person)
    asked = urlencode({"referral": referral.code})
    waiting = Consent.objects.filter(person=person, purpose=Purpose.REFER_TO_ORG, state=Consent.State.DRAFT).first()
    try:
        waiting = waiting or begin_consent(request.user, person, Purpose.REFER_TO_ORG)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('referrals:begin_consent', args=[person.code])}?{asked}")
    return redirect(f"{reverse('referrals:scope_consent', args=[waiting.code])}?{asked}")


@requires("referral.write")
def discard_referral(request, code):
    referral = find_own_referral(request, code)
    asked = {
        "heading": _("放弃草稿"), "consequence": _("草稿不再保留；困难群众的资料和需求不受影响。"),
        "button": _("放弃草稿"), "is_destructive": True,
        "crumbs": crumbs_of(request, referral), "about": cases_shown.about(request.user, referral),
    }  # fmt: skip
    act = partial(actions.discard_draft, request.user, referral, referral.version)
    back = reverse("referrals:show_referral", args=[code])
    done, to = _("草稿已放弃。"), reverse("referrals:list_sent_referrals")
    return confirm_page(request, asked, act, done, back=back, to=to)
