"""Colleagues: the list, one person, and what those who look after a unit's people may do for them."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import audit, handover, relations
from members.access import Refusal, may, requires, within_reach
from members.actions import passwords
from members.actions import staff as actions
from members.form_pages import confirm_page, press
from members.forms.staff import HandoverForm, ReasonForm, StaffFilter, StaffForm
from members.models import Deputy, Invitation, RoleAssignment, Staff
from members.roles import ADMINISTRATORS, OWN
from members.sign_in import lock_ends_at
from portal.lib.pages import capped_count, page_of

ORDER = ["organization__area__code", "organization_id", "code"]


def visible_to(person):
    """The colleagues this person may look at."""
    return Staff.objects.filter(organization__in=within_reach(person, "staff.view"))


@requires("staff.view")
def list_staff(request):
    filters = StaffFilter(request.GET, actor=request.user)
    open_roles = Prefetch("role_assignments", RoleAssignment.objects.open().order_by("role"), to_attr="open_roles")
    people = filters.narrow(visible_to(request.user)).select_related("organization__area").prefetch_related(open_roles)
    number, has_more = capped_count(people)
    shown = {"page": page_of(request, people, ORDER), "filters": filters, "number": number, "has_more": has_more}
    shown["is_wide"] = request.user.permissions["staff.view"] != OWN
    shown["invitations"] = _open_invitations(request.user)
    return render(request, "members/staff/list.html", shown)


def _open_invitations(person):
    if "staff.invite" not in person.permissions:
        return []
    found = Invitation.objects.open().filter(organization__in=within_reach(person, "staff.invite"))
    return found.select_related("organization", "invited_by")[:50]


@requires("staff.view")
def show_staff(request, code):
    person = find(request, code)
    shown = {
        "person": person,
        "may": _what_may_be_done(request.user, person),
        "roles": person.role_assignments.open().select_related("proposed_by", "confirmed_by").order_by("proposed_at"),
        "deputies": Deputy.objects.open().filter(staff=person).select_related("deputy"),
        "deputises": Deputy.objects.open().filter(deputy=person).select_related("staff"),
        "relations": relations.summary_of(person) if _oversees(request.user, person) else None,
        "locked_until": lock_ends_at(person.username) if may(request.user, "staff.unlock") else None,
    }
    if shown["may"]["edit"] or may(request.user, "staff.unlock") or may(request.user, "audit.view"):
        shown["history"] = [(line, audit.words_of(line.action)) for line in audit.history_of(person, 20)]
    return render(request, "members/staff/show.html", shown)


def _oversees(user, person):
    """Superiors learn that and how much was declared, not who."""
    return may(user, "staff.edit", person.organization) or may(user, "audit.view", person.organization)


def _what_may_be_done(user, person):
    """What the page offers. The actions check again."""
    is_other = user.pk != person.pk
    shields = user.permissions.get("staff.edit") == OWN and bool(person.roles & ADMINISTRATORS)
    can = {
        name: is_other and not shields and may(user, permission, person.organization)
        for name, permission in (("edit", "staff.edit"), ("hand_over", "staff.handover"))
    }
    for name, permission in (("propose", "role.propose"), ("confirm", "role.confirm"), ("unlock", "staff.unlock")):
        can[name] = is_other and may(user, permission, person.organization)
    can["deputy"] = not is_other or may(user, "deputy.set", person.organization)
    can["any"] = can["edit"] or can["unlock"]
    return can


@requires("staff.edit")
def edit_staff(request, code):
    person = find(request, code, "staff.edit")
    form = StaffForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            actions.edit_staff(request.user, Staff.objects.get(pk=person.pk), values["version"], values)
            messages.success(request, _("修改已保存。"))
            return redirect("members:show_staff", code)
        except Refusal as refusal:
            return _edit_again(request, person, form, refusal)
    return render(request, "members/staff/edit.html", {"form": form, "person": person})


def _edit_again(request, person, form, refusal):
    """Somebody was faster: both versions stand on the page, and the next attempt counts from theirs."""
    form.add_error(refusal.field, refusal.message)
    current = getattr(refusal, "current", None)
    shown = {"form": form, "person": person}
    if current:
        form.data = {**form.data.dict(), "version": current.version}
        shown["differences"] = [
            (form.fields[name].label, getattr(current, name), form.cleaned_data.get(name))
            for name in actions.EDITABLE
            if getattr(current, name) != form.cleaned_data.get(name)
        ]
    return render(request, "members/staff/edit.html", shown)


@requires("staff.edit")
def suspend_staff(request, code):
    person = find(request, code, "staff.edit")
    asked = {
        "heading": _("停用 %(name)s 的账号") % {"name": person},
        "consequence": _("停用后立即退出所有登录，不能再登录；角色保留但不起作用。恢复账号时一并恢复。"),
        "button": _("停用账号"),
    }
    return _hand_over_and(request, person, actions.suspend_staff, asked, _("账号已停用，工作已交接。"))


@requires("staff.handover")
def depart_staff(request, code):
    person = find(request, code, "staff.handover")
    asked = {
        "heading": _("为 %(name)s 办理离岗") % {"name": person},
        "consequence": _("离岗后账号停用、全部角色结束。办过的记录仍署其名，不会删除。"),
        "button": _("办理离岗"),
    }
    return _hand_over_and(request, person, actions.depart_staff, asked, _("已办理离岗，工作已交接。"))


@requires("staff.handover")
def hand_over_work(request, code):
    person = find(request, code, "staff.handover")
    asked = {
        "heading": _("交接 %(name)s 手头的工作") % {"name": person},
        "consequence": _("账号和角色不变，只把手头的工作移交出去。"),
        "button": _("交接工作"),
    }
    return _hand_over_and(request, person, actions.hand_over_work, asked, _("工作已交接。"))


def _hand_over_and(request, person, action, asked, done):
    form = HandoverForm(request.POST or None, staff=person)
    if request.method == "POST" and form.is_valid():
        try:
            action(request.user, person, **form.cleaned_data)
            messages.success(request, done)
            return redirect("members:show_staff", person.code)
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
    shown = {"form": form, "person": person, "held": handover.held_by(person), **asked}
    return render(request, "members/staff/hand_over.html", shown)


@requires("staff.edit")
def resume_staff(request, code):
    person = find(request, code, "staff.edit")
    asked = {
        "heading": _("恢复 %(name)s 的账号") % {"name": person},
        "consequence": _("恢复后可以用原来的登录名和口令登录，并须先更换口令。")
        if not person.left_at
        else _("此人曾办理离岗，恢复后没有任何角色，需要重新提出；登录后须先更换口令。"),
        "button": _("恢复账号"),
    }
    return ask(request, person, actions.resume_staff, asked, _("账号已恢复。"))


@requires("staff.unlock")
@require_POST
def unlock_staff(request, code):
    person = find(request, code, "staff.unlock")
    done = _("已解除锁定，%(name)s 现在可以登录。") % {"name": person}
    back = reverse("members:show_staff", args=[code])
    return press(request, partial(passwords.unlock_staff, request.user, person), done, back)


@requires("staff.unlock")
def reset_second_factor(request, code):
    person = find(request, code, "staff.unlock")
    asked = {
        "heading": _("重设 %(name)s 的第二重验证") % {"name": person},
        "consequence": _("请先当面或通过办公电话核实是本人。重设后，原来的验证器应用、安全密钥和恢复码全部作废，"
        "所有登录退出，下次登录时重新设置。"),
        "button": _("重设第二重验证"),
        "is_destructive": True,
    }  # fmt: skip
    return ask(request, person, passwords.reset_second_factor, asked, _("第二重验证已重设。"), ReasonForm)


@requires("session.end")
def sign_out_staff(request, code):
    person = find(request, code, "session.end")
    asked = {
        "heading": _("退出 %(name)s 的所有登录") % {"name": person},
        "consequence": _("立即退出所有登录，再次登录时须更换口令。适用于电脑遗失或怀疑账号被他人使用。"),
        "button": _("退出所有登录"),
        "is_destructive": True,
    }
    return ask(request, person, passwords.sign_out_everywhere, asked, _("所有登录已退出。"), ReasonForm)


def ask(request, person, action, asked, done, form_class=None):
    """Confirm page, then the action, with what the form asked for."""
    form = form_class(request.POST or None) if form_class else None
    back = reverse("members:show_staff", args=[person.code])
    return confirm_page(request, asked, partial(action, request.user, person), done, back=back, form=form)


def find(request, code, permission=None):
    """404 for people out of sight, 403 for colleagues whom this person may see but not do this to."""
    person = get_object_or_404(visible_to(request.user).select_related("organization__area", "changed_by"), code=code)
    if permission and not may(request.user, permission, person.organization):
        raise PermissionDenied
    return person
