"""The posts of a unit that others turn to."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, may, requires
from members.actions import contact_posts as actions
from members.form_pages import confirm_page, form_page, refuse_stale
from members.forms.organizations import ContactPostForm
from members.models import ContactPost, Organization
from portal.lib.forms import refuse


@requires("organization.edit")
def create_contact_post(request, code):
    organization = get_object_or_404(Organization.objects.select_related("area"), code=code)
    _require(request, organization)
    form = ContactPostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_contact_post(request.user, organization, form.cleaned_data)
            messages.success(request, _("已添加联系岗位。"))
            return redirect("members:show_organization", code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _form(request, organization, form, _("添加联系岗位"), _("添加"))


@requires("organization.edit")
def edit_contact_post(request, code):
    post = _find(request, code, ContactPost.objects.filter(ended_at=None))
    initial = {name: getattr(post, name) for name in (*actions.EDITABLE, "version")}
    form, current = ContactPostForm(request.POST or None, initial=initial), []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_contact_post(request.user, post, form.cleaned_data["version"] or 0, form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect("members:show_organization", post.organization.code)
        except Refusal as refusal:
            current = refuse_stale(form, refusal, actions.EDITABLE)
    return _form(request, post.organization, form, _("修改联系岗位"), _("保存修改"), current)


@requires("organization.edit")
def end_contact_post(request, code):
    post = _find(request, code, ContactPost.objects.all())
    back = reverse("members:show_organization", args=[post.organization.code])
    asked = {
        "heading": _("撤下“%(post)s”") % {"post": post},
        "consequence": _("撤下后，单位页面和公开页面都不再显示这个岗位。"),
        "button": _("撤下这个岗位"),
        "is_destructive": True,
    }
    act = partial(actions.end_contact_post, request.user, post)
    return confirm_page(request, asked, act, _("已撤下。"), back=back)


def _find(request, code, posts):
    post = get_object_or_404(posts.select_related("organization__area"), code=code)
    _require(request, post.organization)
    return post


def _require(request, organization):
    if not may(request.user, "organization.edit", organization):
        raise PermissionDenied


def _form(request, organization, form, heading, button, current=()):
    crumbs = [(organization.name, reverse("members:show_organization", args=[organization.code]))]
    return form_page(request, form, heading, button, crumbs, current=current)
