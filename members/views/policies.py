"""The policy library for those who work here, and its public shelf for everyone."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may_in, public, requires
from members.actions import policies as actions
from members.form_pages import confirm_page
from members.forms.policies import PolicyFilter, PolicyForm
from members.models import PolicyDocument
from portal.lib import uploads
from portal.lib.pages import capped_count, page_of

ORDER = ["-listed_on", "code"]


@requires("policy.view")
def list_policies(request):
    return _list(request, PolicyDocument.objects.all(), "members/policies/list.html")


@requires("policy.view")
def show_policy(request, code):
    policy = _find(PolicyDocument.objects.all(), code)
    shown = {
        "policy": policy,
        "may_edit": may_in(request.user, "policy.edit", policy.area),
        "history": [(line, audit.words_of(line.action)) for line in audit.history_of(policy)],
        "replaces": list(policy.replaces.all()[:20]),
    }
    return render(request, "members/policies/show.html", shown)


@requires("policy.edit")
def create_policy(request):
    form = PolicyForm(request.POST or None, request.FILES or None, actor=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            policy = actions.create_policy(request.user, form.cleaned_data, form.cleaned_data["file"])
            messages.success(request, _("已存入政策文件库。"))
            return redirect("members:show_policy", policy.code)
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "members/policies/edit.html", {"form": form, "back": reverse("members:list_policies")})


@requires("policy.edit")
def edit_policy(request, code):
    policy = _changeable(request, code)
    form = PolicyForm(request.POST or None, request.FILES or None, instance=policy, actor=request.user)
    current = None
    if request.method == "POST" and form.is_valid():
        try:
            asked = form.cleaned_data
            without_file = asked.get("without_file", False)
            actions.edit_policy(request.user, policy, asked["version"], asked, asked["file"], without_file=without_file)
            messages.success(request, _("修改已保存。"))
            return redirect("members:show_policy", code)
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
            current = getattr(refusal, "current", None)
    back = reverse("members:show_policy", args=[code])
    differences = _differences(form, current) if current else []
    if current:
        form.data = form.data.copy()
        form.data["version"] = current.version
    return render(
        request,
        "members/policies/edit.html",
        {"form": form, "policy": policy, "back": back, "differences": differences},
    )


@requires("policy.edit")
def publish_policy(request, code):
    policy = _changeable(request, code)
    asked = {
        "heading": _("公开《%(policy)s》") % {"policy": policy},
        "consequence": _("公开后，任何人不用登录就能在公开页面看到这份文件并下载附件。"),
        "button": _("主动公开"),
    }
    return _confirm(request, policy, actions.publish_policy, asked, _("已公开。"))


@requires("policy.edit")
def withdraw_policy(request, code):
    policy = _changeable(request, code)
    asked = {
        "heading": _("撤下《%(policy)s》") % {"policy": policy},
        "consequence": _("撤下后，公开页面不再显示这份文件；库内仍保留，登录人员照常可见。"),
        "button": _("从公开页面撤下"),
        "is_destructive": True,
    }
    return _confirm(request, policy, actions.withdraw_policy, asked, _("已从公开页面撤下。"))


@requires("policy.view")
def download_policy(request, code):
    return _download(_find(PolicyDocument.objects.all(), code))


@public
def download_public_policy(request, code):
    return _download(_find(PolicyDocument.objects.public(), code))


@public
def list_public_policies(request):
    return _list(request, PolicyDocument.objects.public(), "public/policies/list.html")


@public
def show_public_policy(request, code):
    policy = _find(PolicyDocument.objects.public(), code)
    successor = policy.replaced_by if policy.replaced_by and policy.replaced_by.is_public else None
    return render(request, "public/policies/show.html", {"policy": policy, "successor": successor})


def _download(policy):
    """Named after the document, not after what somebody's disk called it."""
    if not policy.file_key:
        raise Http404
    return uploads.download(policy.file_key, f"{policy}.{policy.file_kind}")


def _list(request, queryset, template):
    filters = PolicyFilter(request.GET)
    queryset = filters.narrow(queryset.select_related("area")).newest_first()
    number, has_more = capped_count(queryset)
    shown = {"page": page_of(request, queryset, ORDER), "filters": filters, "number": number, "has_more": has_more}
    return render(request, template, shown)


def _find(queryset, code):
    return get_object_or_404(queryset.select_related("area", "replaced_by", "changed_by"), code=code)


def _changeable(request, code):
    policy = _find(PolicyDocument.objects.all(), code)
    if not may_in(request.user, "policy.edit", policy.area):
        raise PermissionDenied
    return policy


def _confirm(request, policy, action, asked, done):
    back = reverse("members:show_policy", args=[policy.code])
    return confirm_page(request, asked, partial(action, request.user, policy, policy.version), done, back=back)


def _differences(form, current):
    """What the person typed beside what stands there now, field by field."""
    typed = PolicyDocument(**{name: form.cleaned_data.get(name) for name in actions.EDITABLE})
    for name in ("is_public", *actions.NO_FILE):
        setattr(typed, name, getattr(current, name))
    labels = {name: form.fields[name].label for name in actions.EDITABLE}
    changes = actions.changes_between(current, typed)
    return [(labels[name], now, mine) for name, (now, mine) in changes.items()]
