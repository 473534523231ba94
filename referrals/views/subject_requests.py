"""A person's rights over what is held: what they asked for, a copy of everything, how long it is kept, its end."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page, form_page, refuse_stale
from members.profiles import profile_of
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import minors, own_copies, retention
from referrals.actions import purges
from referrals.actions import subject_requests as actions
from referrals.forms.subject_requests import AnswerForm, PurgeForm, ReceiveForm, RetentionForm
from referrals.models import Person, PurgeOrder, Retention, SubjectRequest
from referrals.permissions import may
from referrals.views.people import crumbs, find, shows_names


@requires("subject_request.view")
def list_requests(request):
    """Open ones first to fall due; names nobody."""
    people = Person.objects.visible_to(request.user, "subject_request.view")
    rows = SubjectRequest.objects.filter(person__in=people).select_related("person", "recorded_by")
    shows_all = request.GET.get("show") == "all"
    if not shows_all:
        rows = rows.filter(state=SubjectRequest.State.OPEN)
    page = page_of(request, rows, ["due_on", "pk"])
    may_answer = "subject_request.answer" in request.user.permissions
    context = {"page": page, "shows_all": shows_all, "may_answer": may_answer}
    return render(request, "referrals/subject_requests/list.html", context)


@requires("subject_request.view")
@never_cache
def show_rights(request, code):
    person = find(request, code, "subject_request.view")
    audit.record(request.user, "person.view", person, organization=person.keeper, reason=_("个人信息权利"))
    context = {
        "person": person,
        "shown_name": minors.shown_name(request.user, person),
        "shows_names": shows_names(request.user),
        "requests": person.subject_requests.select_related("recorded_by", "answered_by"),
        "retention": Retention.objects.filter(person=person).first(),
        "keep_years": profile_of(person.residence).keep_years,
        "orders": person.purge_orders.select_related("ordered_by", "closed_by"),
        "may": {
            name: may(request.user, f"{noun}.{name}", person)
            for noun, name in (
                ("subject_request", "record"),
                ("subject_request", "answer"),
                ("retention", "edit"),
                ("person", "purge"),
            )
        },
    }
    return render(request, "referrals/subject_requests/rights.html", context)


@requires("subject_request.record")
def receive_request(request, code):
    person = find(request, code, "subject_request.record")
    form = ReceiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.receive_request(request.user, person, form.cleaned_data)
            messages.success(request, _("已登记，请在 %(day)s 前答复。") % {"day": asked.due_on.isoformat()})
            return redirect("referrals:show_rights", code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _form(request, person, form, _("登记个人信息请求"), _("登记请求"))


@requires("subject_request.answer")
def answer_request(request, code):
    people = Person.objects.visible_to(request.user)
    rows = SubjectRequest.objects.filter(person__in=people).select_related("person__keeper", "person__residence")
    asked = get_object_or_404(rows, code=code)
    _allow(request.user, "subject_request.answer", asked.person)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.answer_request(request.user, asked, said["state"], said["reply"], said["reason"])
            messages.success(request, _("已答复。"))
            return redirect("referrals:show_rights", asked.person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    words = {"kind": asked.get_kind_display(), "wish": asked.wish or "—"}
    return _form(request, asked.person, form, _("答复请求"), _("登记答复"), _("%(kind)s：%(wish)s") % words)


@requires("subject_request.answer")
@never_cache
def show_copy(request, code):
    """The copy as a document to print and hand over, after the identity was checked."""
    person = find(request, code, "subject_request.answer")
    audit.record(request.user, "person.copy", person, organization=person.keeper)
    context = {"person": person, "sections": own_copies.copy_of(person)}
    return render(request, "referrals/subject_requests/copy.html", context)


@requires("subject_request.answer")
@require_POST
def export_copy(request, code):
    person = find(request, code, "subject_request.answer")
    audit.record(request.user, "person.copy", person, organization=person.keeper)
    job = actions.start_copy(request.user, person)
    return redirect("members:show_job", job.code)


@requires("retention.edit")
def set_retention(request, code):
    person = find(request, code, "retention.edit")
    row = Retention.objects.filter(person=person).first()
    initial = {name: getattr(row, name) for name in ("until", "basis", "hold_reason", "version")} if row else {}
    form = RetentionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            purges.set_retention(
                request.user, person, said["version"] or 0, until=said["until"], basis=said["basis"],
                hold_reason=said["hold_reason"],
            )  # fmt: skip
            messages.success(request, _("已保存。"))
            return redirect("referrals:show_rights", code)
        except Refusal as refusal:
            refuse_stale(form, refusal)
    return _form(request, person, form, _("保存期限和依法留存"), _("保存"))


@requires("person.purge")
def list_retention(request):
    """Erasures that wait for a second person, and records whose term is over."""
    staff, shows_over = request.user, request.GET.get("show") == "over"
    if shows_over:
        rows, order = retention.over(staff).as_rows().select_related("keeper", "retention"), ["last_verified_on", "pk"]
    else:
        rows, order = retention.waiting_for(staff).select_related("person", "ordered_by"), ["ordered_at", "pk"]
    page = page_of(request, rows, order)
    if page.rows and shows_over and shows_names(staff):
        audit.record(staff, "person.list", changes={"rows": [None, len(page.rows)]})
    context = {"page": page, "shows_over": shows_over, "years": profile_of(staff.organization.area).keep_years}
    return render(request, "referrals/subject_requests/retention.html", context)


@requires("person.purge")
def order_purge(request, code):
    person = find(request, code, "person.purge")
    form = PurgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            purges.order_purge(request.user, person, form.cleaned_data["reason"])
            messages.success(request, _("已提出，由另一位同事确认后清除。"))
            return redirect("referrals:show_rights", code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("确认以后姓名、证件、联系方式、病情等全部清除，不能恢复；只留下没有姓名的统计和清除记录。")
    return _form(request, person, form, _("提出清除个人信息"), _("提出清除"), intro)


@requires("person.purge")
def confirm_purge(request, code):
    order = _order(request, code)
    asked = {
        "heading": _("确认清除个人信息"),
        "consequence": _("%(who)s提出：%(reason)s。清除以后不能恢复。")
        % {"who": order.ordered_by, "reason": order.reason},
        "button": _("全部清除"),
        "is_destructive": True,
    }
    act, back = partial(purges.confirm_purge, request.user, order), _address(order.person)
    return confirm_page(request, asked, act, _("已清除。"), back=back, to="referrals:list_people")


@requires("person.purge")
def call_off_purge(request, code):
    order = _order(request, code)
    asked = {
        "heading": _("撤销清除"),
        "consequence": _("这份登记继续保存。"),
        "button": _("撤销清除"),
    }
    act = partial(purges.call_off_purge, request.user, order)
    return confirm_page(request, asked, act, _("已撤销清除。"), back=_address(order.person))


def _order(request, code):
    people = Person.objects.visible_to(request.user)
    rows = PurgeOrder.objects.filter(person__in=people)
    order = get_object_or_404(rows.select_related("person__keeper", "person__residence", "ordered_by"), code=code)
    _allow(request.user, "person.purge", order.person)
    return order


def _allow(staff, permission, person):
    if not may(staff, permission, person):
        raise PermissionDenied
    minors.require(staff, person)


def _address(person):
    return reverse("referrals:show_rights", args=[person.code])


def _form(request, person, form, heading, button, intro=""):
    rights = (_("个人信息权利"), _address(person))
    return form_page(request, form, heading, button, [*crumbs(person), rights], intro=intro)
