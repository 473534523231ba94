"""Lists hung out in public, and what is said against them; and the page that everybody may read."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members.access import Refusal, public, requires
from members.form_pages import confirm_page, form_page
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import listed
from referrals.actions import notices
from referrals.forms.batches import DecideObjectionForm, NoticeForm, ObjectionForm, TakeDownForm
from referrals.models import BatchNotice
from referrals.views.batches import crumbs, find_batch, find_own, to_batch


@requires("batch.edit")
def publish_notice(request, code):
    batch = find_own(request, code)
    until, days = notices.last_day(batch, timezone.localdate())
    form = NoticeForm(request.POST or None, initial={"version": batch.version})
    if request.method == "POST" and form.is_valid():
        try:
            notices.publish_notice(request.user, batch, form.cleaned_data["version"], form.values())
            messages.success(request, _("已公示，到 %(day)s 期满。") % {"day": until.isoformat()})
            return redirect(to_batch(batch))
        except Refusal as refusal:
            refuse(form, refusal)
    agreed, number = notices.agreed_of(batch)
    words = {"until": until.isoformat(), "days": days, "agreed": agreed, "number": number}
    intro = _("今天起公示 %(days)s 天，到 %(until)s 期满。") % words
    note = _("名册上 %(number)s 人中，有 %(agreed)s 人同意公示自己的姓；其他人只列序号和金额。") % words
    return form_page(request, form, _("公示名册"), _("公示"), crumbs(batch), intro=intro, note=note)


@requires("batch.edit")
def take_down_notice(request, code, notice):
    batch = find_own(request, code)
    one = get_object_or_404(batch.notices.select_related("batch"), code=notice)
    asked = {
        "heading": _("撤下公示"), "button": _("撤下"), "is_destructive": True,
        "consequence": _("公开网页上马上看不到；这次不作数，要重新公示满期。"),
    }  # fmt: skip
    act = partial(notices.take_down_notice, request.user, one)
    return confirm_page(
        request, asked, act, _("已撤下。"), back=to_batch(batch), form=TakeDownForm(request.POST or None)
    )


@requires("batch.view")
@never_cache
def print_notice(request, code, notice):
    """What is pinned to the wall: the same as on the public page."""
    batch = find_batch(request, code)
    one = get_object_or_404(batch.notices.select_related("batch__program", "batch__holder"), code=notice)
    context = {"batch": batch, "notice": one, "rows": listed.public_rows(one, _people(batch))}
    return render(request, "referrals/batches/notice.html", context)


@requires("batch.edit")
@never_cache
def record_objection(request, code):
    batch = find_own(request, code)
    form = ObjectionForm(request.POST or None, rows=list(batch.rows.all()))
    if request.method == "POST" and form.is_valid():
        try:
            notices.record_objection(request.user, batch, form.values())
            messages.success(request, _("异议已登记；处理以前不能审批和支付。"))
            return redirect(to_batch(batch))
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, _("登记异议"), _("登记"), crumbs(batch), note=_("由登记人以外的人处理。"))


@requires("batch.approve")
@never_cache
def decide_objection(request, code, objection):
    batch = find_own(request, code, "batch.approve")
    one = get_object_or_404(batch.objections.select_related("row", "batch"), code=objection)
    form = DecideObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            is_upheld = said["answer"] == "upheld"
            notices.decide_objection(request.user, one, is_upheld=is_upheld, findings=said["findings"])
            messages.success(request, _("异议已处理。"))
            return redirect(to_batch(batch))
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, _("处理异议"), _("确认处理结果"), crumbs(batch), intro=one.text)


# -- For everybody ----------------------------------------------------------------------------------------------------
@public
@never_cache
def list_public_notices(request):
    """What hangs today. Never kept by a cache: what is taken down is gone at once."""
    rows = BatchNotice.objects.hanging().filter(is_online=True).select_related("batch__program", "batch__holder__area")
    page = page_of(request, rows, ["-pk"])
    return _unlisted(render(request, "public/notices/list.html", {"page": page}))


@public
@never_cache
def show_public_notice(request, code):
    """Only while it hangs; afterwards nobody finds a name here, and no search engine has kept one."""
    rows = BatchNotice.objects.hanging().filter(is_online=True)
    notice = rows.select_related("batch__program", "batch__holder__area").filter(code=code).first()
    if notice is None:
        raise Http404
    context = {"notice": notice, "batch": notice.batch, "rows": listed.public_rows(notice, _people(notice.batch))}
    return _unlisted(render(request, "public/notices/show.html", context))


def _people(batch):
    return batch.rows.select_related("person__residence", "line").order_by("number")


def _unlisted(response):
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
