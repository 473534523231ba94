"""Activities: the list, one activity, its way from draft to result, what it asks of others; pages for everybody."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, may, public, requires
from members.form_pages import confirm_page, form_page, refuse_stale
from members.profiles import profile_of
from portal.lib import xlsx
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from programs.actions import activities as actions
from programs.forms.activities import (
    ActivityFilter,
    ActivityForm,
    AnswerForm,
    CopyActivityForm,
    PublicActivityFilter,
    RequestForm,
    ResultForm,
)
from programs.forms.offers import ReasonForm, VersionForm
from programs.models import Activity, ActivityRequest
from programs.supply import may_check, open_requests, project_kind_words, to_check, visible_activities
from programs.views import questions
from programs.workflow import ACTIVITY_MOVES, can

ORDER = ["-starts_on", "-pk"]
SHOW = "programs:show_activity"
LIST = "programs:list_activities"


@requires("activity.view")
def list_activities(request):
    filters = ActivityFilter(request.GET)
    rows = filters.narrow(visible_activities(request.user), to_check(request.user))
    number, has_more = capped_count(rows)
    context = {
        "page": page_of(request, rows.select_related("organization"), ORDER),
        "filters": filters,
        "number": number,
        "has_more": has_more,
        "may_create": "activity.edit" in request.user.permissions,
        "may_answer": "activity.answer" in request.user.permissions,
    }
    return render(request, "programs/activities/list.html", context)


@requires("activity.view")
def show_activity(request, code):
    activity = find_activity(request, code)
    may_edit = may(request.user, "activity.edit", activity.organization)
    requests = activity.requests.select_related("organization", "answered_by")
    if not may_edit:
        requests = requests.filter(organization=request.user.organization_id)
    context = {
        **described(activity),
        "requests": requests.order_by("-pk")[:50],
        "may_edit": may_edit,
        "may_check": may_check(request.user, activity),
        "is_own": activity.submitted_by_id == request.user.pk,
        "can": {verb: can(ACTIVITY_MOVES, verb, activity.state) for verb in ACTIVITY_MOVES},
        "is_collection": activity.kind == "fundraising",
        "history": [(line, audit.words_of(line.action)) for line in audit.history_of(activity, 20)] if may_edit else [],
    }
    return render(request, "programs/activities/show.html", context)


def described(activity):
    """What the page says of it, to colleagues and to everybody."""
    figures = [
        (_("受益人数"), activity.people_helped, "number"),
        (_("投入资金"), activity.money_given, "money"),
        (_("物资折价"), activity.goods_value, "money"),
        (_("服务时长（小时）"), activity.hours_given, "number"),
        (_("募得资金"), activity.money_raised, "money"),
    ]
    profile = profile_of(activity.organization.area) if activity.is_urgent else None
    return {
        "activity": activity,
        "areas": list(activity.areas.all()) or [activity.organization.area],
        "project_kinds": project_kind_words(activity.project_kinds),
        "partners": [one.organization for one in _partners(activity)],
        "figures": [figure for figure in figures if figure[1] is not None],
        "urgent_days": profile and [profile.days(clock, is_urgent=True) for clock in ("sign", "decide")],
    }


def _partners(activity):
    agreed = activity.requests.filter(kind="joint", state__in=("agreed", "partly"))
    return agreed.select_related("organization").order_by("pk")


@requires("activity.edit")
def create_activity(request):
    organization = request.user.organization
    initial = {"level": organization.level, "mode": "offline"}
    form = ActivityForm(request.POST or None, organization=organization, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            activity = actions.create_activity(request.user, organization, form.cleaned_data)
            messages.success(request, _("已存为草稿，只有本单位看得到。"))
            return redirect(SHOW, activity.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, _("登记活动"), _("存为草稿"), _crumbs())


@requires("activity.edit")
def edit_activity(request, code):
    activity = _changeable(request, code)
    form = ActivityForm(
        request.POST or None,
        organization=activity.organization,
        activity=activity,
        initial=ActivityForm.initial_of(activity),
    )
    current = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_activity(request.user, activity, form.cleaned_data["version"] or 0, form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect(SHOW, code)
        except Refusal as refusal:
            current = refuse_stale(form, refusal, actions.EDITABLE)
    heading = _("修改“%(title)s”") % {"title": activity}
    return form_page(request, form, heading, _("保存修改"), _crumbs(activity), current=current)


@requires("activity.edit")
def copy_activity(request, code):
    activity = _changeable(request, code)
    form = CopyActivityForm(request.POST or None, initial={"title": activity.title})
    if request.method == "POST" and form.is_valid():
        try:
            copy = actions.copy_activity(request.user, activity, **form.cleaned_data)
            messages.success(request, _("已复制成草稿。"))
            return redirect(SHOW, copy.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, _("复制“%(title)s”") % {"title": activity}, _("复制成草稿"), _crumbs(activity))


# -- Its way ----------------------------------------------------------------------------------------------------------
@requires("activity.edit")
def publish_activity(request, code):
    return _step(request, _changeable(request, code), "publish")


@requires("activity.edit")
def submit_activity(request, code):
    return _step(request, _changeable(request, code), "submit")


@requires("activity.check")
def check_activity(request, code):
    return _step(request, _checkable(request, code), "check")


@requires("activity.view")
def return_activity(request, code):
    activity = find_activity(request, code)
    if activity.submitted_by_id != request.user.pk and not may_check(request.user, activity):
        raise PermissionDenied
    return _step(request, activity, "return", ReasonForm, LIST)


@requires("activity.edit")
def start_activity(request, code):
    return _step(request, _changeable(request, code), "start")


@requires("activity.edit")
def end_activity(request, code):
    activity = _changeable(request, code)
    last = min(activity.ends_on or timezone.localdate(), timezone.localdate())
    initial = {"version": activity.version, "ended_on": last, "award": activity.award}
    form = ResultForm(request.POST or None, activity=activity, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_activity(request.user, activity, form.cleaned_data["version"], form.cleaned_data)
            messages.success(request, _("已结束，结果已公开。"))
            return redirect(SHOW, code)
        except Refusal as refusal:
            refuse(form, refusal)
    heading = _("“%(title)s”的结果") % {"title": activity}
    return form_page(request, form, heading, _("登记结果并结束"), _crumbs(activity))


@requires("activity.edit")
def cancel_activity(request, code):
    return _step(request, _changeable(request, code), "cancel", ReasonForm)


@requires("activity.edit")
def discard_activity(request, code):
    return _step(request, _changeable(request, code), "discard", to=LIST)


def _step(request, activity, verb, form_class=VersionForm, to=None):
    """Asks, then acts on what the person saw. The verb names the view, the question and the action."""
    question = questions.ACTIVITY[verb]
    form = form_class(request.POST or None, initial={"version": activity.version})
    act = partial(getattr(actions, f"{verb}_activity"), request.user, activity)
    asked, back = questions.asked(question, title=activity), _address(activity)
    return confirm_page(request, asked, act, question["done"], back=back, form=form, to=to)


# -- Asking others ----------------------------------------------------------------------------------------------------
@requires("activity.answer")
def list_requests(request):
    """What others ask of this person's unit, unanswered first."""
    asked = ActivityRequest.objects.filter(organization=request.user.organization_id).exclude(state="retracted")
    if request.GET.get("show") == "asked":
        asked = open_requests(request.user)
    rows = asked.select_related("activity__organization", "organization")
    return render(request, "programs/activities/requests.html", {"page": page_of(request, rows, ["-pk"])})


@requires("activity.edit")
def ask_for(request, code):
    activity = _changeable(request, code)
    form = RequestForm(request.POST or None, activity=activity, initial={"kind": "help"})
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_for(request.user, activity, **form.cleaned_data)
            messages.success(request, _("已发出请求，等待对方答复。"))
            return redirect(SHOW, code)
        except Refusal as refusal:
            refuse(form, refusal)
    heading = _("为“%(title)s”提出请求") % {"title": activity}
    return form_page(request, form, heading, _("发出请求"), _crumbs(activity))


@requires("activity.answer")
def answer_request(request, code):
    asked = _find_request(request, code)
    if not may(request.user, "activity.answer", asked.organization):
        raise PermissionDenied
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_request(request.user, asked, form.cleaned_data["state"], form.cleaned_data["answer"])
            messages.success(request, _("已答复。"))
            return redirect("programs:list_requests")
        except Refusal as refusal:
            refuse(form, refusal)
    heading = _("答复%(unit)s的请求") % {"unit": asked.activity.organization.name}
    intro = f"{asked.activity} · {asked.get_kind_display()}：{asked.wanted}"
    crumbs = [(_("活动"), reverse(LIST)), (_("请求"), reverse("programs:list_requests"))]
    return form_page(request, form, heading, _("答复"), crumbs, intro=intro)


@requires("activity.edit")
def retract_request(request, code):
    asked = _find_request(request, code)
    if not may(request.user, "activity.edit", asked.activity.organization):
        raise PermissionDenied
    question = {
        "heading": _("撤回请求"),
        "consequence": _("撤回后，%(unit)s不用再答复。") % {"unit": asked.organization.name},
        "button": _("撤回请求"),
    }
    act = partial(actions.retract_request, request.user, asked)
    return confirm_page(request, question, act, _("已撤回请求。"), back=_address(asked.activity))


def _find_request(request, code):
    rows = ActivityRequest.objects.select_related("activity__organization__area", "organization__area")
    seen = visible_activities(request.user)
    return get_object_or_404(rows.filter(activity__in=seen), code=code)


@require_POST
@requires("activity.export")
def export_activities(request):
    """What the list shows, with its filters. By POST, because the audit tells of it."""
    rows = ActivityFilter(request.GET).narrow(visible_activities(request.user), to_check(request.user))
    return xlsx.download(actions.export_activities(request.user, rows), xlsx.dated(_("活动")))


# -- For everybody ----------------------------------------------------------------------------------------------------
@public
def list_public_activities(request):
    filters = PublicActivityFilter(request.GET)
    rows = filters.narrow(Activity.objects.in_the_open())
    number, has_more = capped_count(rows)
    context = {
        "page": page_of(request, rows.select_related("organization"), ORDER),
        "filters": filters,
        "number": number,
        "has_more": has_more,
        "urgent": Activity.objects.filter(kind__in=("disaster", "epidemic"), state__in=("published", "running"))
        .select_related("organization")
        .order_by(*ORDER)[:5],
    }
    return render(request, "public/activities/list.html", context)


@public
def show_public_activity(request, code):
    rows = Activity.objects.in_the_open().select_related("organization__area", "contact_post", "program")
    activity = get_object_or_404(rows, code=code)
    return render(request, "public/activities/show.html", described(activity))


def find_activity(request, code):
    rows = visible_activities(request.user).select_related(
        "organization__area", "contact_post", "program", "submitted_by", "checked_by", "changed_by"
    )
    return get_object_or_404(rows, code=code)


def _changeable(request, code):
    activity = find_activity(request, code)
    if not may(request.user, "activity.edit", activity.organization):
        raise PermissionDenied
    return activity


def _checkable(request, code):
    activity = find_activity(request, code)
    if not may_check(request.user, activity):
        raise PermissionDenied
    return activity


def _address(activity):
    return reverse(SHOW, args=[activity.code])


def _crumbs(activity=None):
    found = [(_("活动"), reverse(LIST))]
    return found + ([(str(activity), _address(activity))] if activity else [])
