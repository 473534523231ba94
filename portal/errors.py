"""Pages for what went wrong: what happened, and a way on. They tell nothing about the inside."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponseServerError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from members.access import NotTheirs
from members.audit import origin_of_request
from referrals.minors import ApprovalNeeded


def _page(request, status, heading, text, back="", onward=""):
    """In the frame for those who are signed in."""
    is_signed_in = hasattr(request, "user") and request.user.is_authenticated
    base = "base.html" if is_signed_in else "base_plain.html"
    context = {"base": base, "heading": heading, "text": text, "back": back}
    context["onward"] = onward or _("重新打开刚才的页面")
    return render(request, "error.html", context, status=status)


def bad_request(request, exception=None):
    if isinstance(exception, RequestDataTooBig):
        text = _("提交的内容太大，服务器没有接收。请减少文字，或把文件分开上传。")
        return _page(request, 413, _("内容太大"), text)
    text = _("服务器看不懂这个请求，没有做任何改动。请返回上一页，重新填写后再试。")
    return _page(request, 400, _("请求有误"), text)


def forbidden(request, exception=None):
    """A minor's case is no dead end: whoever has to see it asks for approval."""
    if isinstance(exception, ApprovalNeeded) and "minor.ask" in request.user.permissions:
        return redirect("referrals:ask_minor_access", exception.code)
    if isinstance(exception, NotTheirs):
        return _page(request, 403, _("这一步不由您办理"), str(exception), exception.back, _("回到个案"))
    text = _("您的角色不能打开这一页或做这件事。如果工作需要，请联系本单位管理员申请相应角色。")
    return _page(request, 403, _("没有权限"), text)


def not_found(request, exception=None):
    text = _("地址可能有误，内容可能已经移走，或者它不在您能看到的范围内。")
    return _page(request, 404, _("找不到这一页"), text)


def not_allowed(request):
    """Mostly an address behind a button, opened anew: after signing in again, or from the history of the browser."""
    text = _("这个地址要在页面上点按钮才能到，直接打开没有作用，也没有做任何改动。请回到原来的页面再点一次。")
    return _page(request, 405, _("请从页面上操作"), text)


def too_many_requests(request, exception=None):
    text = _("短时间内操作太多次，已暂停几分钟。请稍候再试；如果不是您本人在操作，请告诉安全管理员。")
    return _page(request, 429, _("请稍候再试"), text)


def csrf_failure(request, reason=""):
    """Mostly a page that stayed open over a sign-out."""
    text = _(
        "页面打开太久，或者您在别处重新登录过，所以这次提交没有生效。请返回上一页，刷新后再提交；填写的内容请先复制。"
    )
    return _page(request, 403, _("页面已过期"), text, back=_page_before(request))


def _page_before(request):
    """Where the form stands: opened again after signing in. Only an address of ours, or none."""
    before = urlsplit(request.META.get("HTTP_REFERER", ""))
    return before.path if before.netloc == request.get_host() and re.match(r"/(?!/)", before.path) else ""


def server_error(request):
    """Drawn without the request: whatever broke may break the frame as well."""
    context = {"number": origin_of_request.get().request_id[:8]}
    return HttpResponseServerError(render_to_string("500.html", context))
