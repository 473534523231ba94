"""供需对接: needs without names and what is on offer side by side; claims, and the answers to them."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.access import Refusal, requires
from members.form_pages import confirm_page, form_page, press, refuse_stale
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from programs.models import Offer
from referrals import boards
from referrals.actions import postings as actions
from referrals.forms.postings import ClaimForm, PostingFilter, PostingForm, ReasonForm, UntilForm
from referrals.models import Claim
from referrals.views.needs import find_need

OFFERS_SHOWN = 20
FIELDS = ("words", "area", "age_band", "gap_yuan", "until")


@requires("posting.view")
def list_postings(request):
    """?show=mine: what one's own unit put up; ?show=claimed: what it claimed."""
    filters = PostingFilter(request.GET)
    show = request.GET.get("show", "") if request.GET.get("show") in boards.SHOWS else ""
    postings = filters.narrow(boards.SHOWS[show](request.user))
    number, has_more = capped_count(postings)
    offers = filters.narrow_offers(Offer.objects.suggested())
    context = {
        "page": page_of(request, postings.select_related("area", "organization"), ["rank", "-pk"]),
        "filters": filters, "show": show, "number": number, "has_more": has_more,
        "offers": offers.select_related("organization").order_by("-pk")[:OFFERS_SHOWN],
        "tabs": boards.tabs_for(request.user, show),
    }  # fmt: skip
    return render(request, "referrals/postings/list.html", context)


@requires("posting.view")
def show_posting(request, code):
    posting = _find(request, code)
    may_answer = actions.may_answer(request.user, posting)
    claims = posting.claims.select_related("organization", "offer", "program", "claimed_by").order_by("-pk")
    context = {
        "posting": posting, "may_answer": may_answer,
        "claims": list(claims if may_answer else claims.filter(organization=request.user.organization_id)),
        "may_claim": boards.may_claim(request.user, posting),
        "referrals": boards.referrals_of(request.user, posting) if may_answer else (),
    }  # fmt: skip
    return render(request, "referrals/postings/show.html", context)


@requires("posting.edit")
def post_need(request, code):
    need = find_need(request, code, "person.edit")
    form = PostingForm(request.POST or None, initial=PostingForm.initial_of(need), person=need.person)
    if request.method == "POST" and form.is_valid():
        try:
            posting = actions.post_need(request.user, need, form.values())
            return redirect("referrals:show_posting", posting.code)
        except Refusal as refusal:
            refuse(form, refusal)
    crumbs = [(str(need.get_kind_display()), reverse("referrals:show_need", args=[need.code]))]
    intro = _("只公布下面这些。有单位认领后，由您征求本人同意再转介；认领的单位在此之前不知道是谁。")
    return form_page(request, form, _("挂到供需对接"), _("挂出"), crumbs, intro=intro)


@requires("posting.edit")
def edit_posting(request, code):
    posting = _mine(request, code)
    initial = {name: getattr(posting, name) for name in FIELDS} | {
        "area": posting.area.code, "version": posting.version,
    }  # fmt: skip
    form = PostingForm(request.POST or None, initial=initial, person=posting.need.person)
    current = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_posting(request.user, posting, form.cleaned_data["version"] or 0, form.values())
            return redirect("referrals:show_posting", posting.code)
        except Refusal as refusal:
            current = refuse_stale(form, refusal, FIELDS)
    return form_page(request, form, _("修改对接需求"), _("保存修改"), _crumbs(posting), current=current)


@requires("posting.edit")
def withdraw_posting(request, code):
    posting = _mine(request, code)
    asked = {
        "heading": _("撤下对接需求"), "button": _("撤下"), "is_destructive": True,
        "consequence": _("撤下后别的单位看不到；等待答复的认领会得到这个原因。以后可以重新挂出。"),
    }  # fmt: skip
    return _confirm(request, posting, "withdraw_posting", asked, _("已撤下。"), ReasonForm)


@requires("posting.edit")
def reopen_posting(request, code):
    posting = _mine(request, code)
    asked = {"heading": _("重新挂出"), "button": _("挂出"), "consequence": _("各单位又可以认领。")}
    return _confirm(request, posting, "reopen_posting", asked, _("已重新挂出。"), UntilForm)


@requires("posting.claim")
def claim_posting(request, code):
    posting = _find(request, code)
    if not boards.may_claim(request.user, posting):
        raise PermissionDenied
    form = ClaimForm(request.POST or None, organization=request.user.organization)
    if request.method == "POST" and form.is_valid():
        try:
            actions.claim_posting(request.user, posting, **form.cleaned_data)
            return redirect("referrals:show_posting", posting.code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("认领以后由挂出的单位答复；采纳的，由它征求本人同意，再把个案转介给贵单位。")
    return form_page(request, form, _("认领"), _("认领"), _crumbs(posting), intro=intro)


@require_POST
@requires("posting.edit")
def take_up_claim(request, code):
    """Then on to the referral, with this unit as its receiver."""
    claim = _claim(request, code)
    if not actions.may_answer(request.user, claim.posting):
        raise PermissionDenied
    need = claim.posting.need
    query = f"need={need.code}&receiver={claim.organization.code}"
    if claim.program:
        query += f"&program={claim.program.code}"
    to = f"{reverse('referrals:refer_person', args=[need.person.code])}?{query}"
    act = partial(actions.take_up_claim, request.user, claim, _version(request))
    return press(request, act, _("已采纳。请征求本人同意后转介。"), to, back=_address(claim.posting))


@requires("posting.edit")
def decline_claim(request, code):
    claim = _claim(request, code)
    if not actions.may_answer(request.user, claim.posting):
        raise PermissionDenied
    asked = {"heading": _("不采纳这个认领"), "button": _("答复"), "consequence": _("认领的单位会看到原因。")}
    return _confirm_claim(request, claim, "decline_claim", asked, _("已答复。"))


@requires("posting.claim")
def release_claim(request, code):
    claim = _claim(request, code)
    if claim.organization_id != request.user.organization_id:
        raise PermissionDenied
    asked = {
        "heading": _("放弃认领"), "button": _("放弃认领"), "is_destructive": True,
        "consequence": _("已经采纳的会重新挂出，让别的单位认领。"),
    }  # fmt: skip
    return _confirm_claim(request, claim, "release_claim", asked, _("已放弃。"))


def _confirm(request, posting, action, asked, done, form_class):
    form = form_class(request.POST or None, initial={"version": posting.version})
    act = partial(getattr(actions, action), request.user, posting)
    return confirm_page(request, asked, act, done, back=_address(posting), form=form)


def _confirm_claim(request, claim, action, asked, done):
    form = ReasonForm(request.POST or None, initial={"version": claim.version})
    act = partial(getattr(actions, action), request.user, claim)
    return confirm_page(request, asked, act, done, back=_address(claim.posting), form=form)


def _find(request, code):
    rows = boards.visible_postings(request.user).select_related("area", "organization", "need__person", "posted_by")
    return get_object_or_404(rows, code=code)


def _mine(request, code):
    posting = _find(request, code)
    if not actions.may_answer(request.user, posting):
        raise PermissionDenied
    return posting


def _claim(request, code):
    """Seen by both units it stands between."""
    rows = Claim.objects.filter(posting__in=boards.visible_postings(request.user))
    claim = get_object_or_404(
        rows.select_related("posting__organization", "posting__need__person", "organization", "program"), code=code
    )
    is_own = claim.organization_id == request.user.organization_id
    if not is_own and not actions.may_answer(request.user, claim.posting):
        raise PermissionDenied
    return claim


def _version(request):
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _address(posting):
    return reverse("referrals:show_posting", args=[posting.code])


def _crumbs(posting):
    return [(_("供需对接"), reverse("referrals:list_postings")), (str(posting), _address(posting))]
