"""The facts that this place added to the vocabulary."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, may, requires
from members.form_pages import confirm_page, form_page
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from programs.actions import local_facts as actions
from programs.forms.local_facts import TYPES, ChangedLocalFactForm, NewLocalFactForm, RetireForm
from programs.models import LocalFact


@requires("local_fact.edit")
def list_local_facts(request):
    page = page_of(request, LocalFact.objects.select_related("organization__area"), ["name"])
    for fact in page.rows:
        fact.type_words = dict(TYPES).get(fact.definition.get("type"), "")
        fact.choice_words = "、".join(pair[0] for pair in fact.definition.get("choices", {}).values())
        fact.is_editable = may(request.user, "local_fact.edit", fact.organization)
    return render(request, "programs/local_facts.html", {"page": page})


@requires("local_fact.edit")
def add_local_fact(request):
    form = NewLocalFactForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            fact = actions.add_local_fact(request.user, form.definition())
            messages.success(request, _("已添加“%s”，编写条件时就能选到。") % fact)
            return redirect("programs:list_local_facts")
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _(
        "目录里没有的事实，可以在这里添加。添加后所有项目的条件、匹配和试算都能用它。不要添加姓名、证件号这类能认出人的内容。"
    )
    return _form(request, form, _("添加本地事实"), _("添加"), intro)


@requires("local_fact.edit")
def change_local_fact(request, name):
    fact = _find(request, name)
    said = fact.definition
    initial = {
        "version": fact.version, "label": said["label"][0], "label_en": said["label"][1],
        "question": said.get("question", ""), "knows": said.get("knows", "family"), "proof": said.get("proof", ""),
        "unit": said.get("unit", ["", ""])[0],
        "choices": [f"{code} = {pair[0]}" + (f" | {pair[1]}" if pair[1] else "")
                    for code, pair in said.get("choices", {}).items()],
    }  # fmt: skip
    answer = request.POST if request.method == "POST" else None
    form = ChangedLocalFactForm(answer, initial=initial, known=said.get("choices", {}))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_local_fact(request.user, fact, form.cleaned_data["version"], **form.definition())
            messages.success(request, _("已保存。"))
            return redirect("programs:list_local_facts")
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("类型和代码不能改；已有的选项可以改名称，不能去掉。")
    return _form(request, form, _("修改“%s”") % fact, _("保存修改"), intro)


@requires("local_fact.edit")
def retire_local_fact(request, name):
    fact = _find(request, name)
    form = RetireForm(request.POST if request.method == "POST" else None, initial={"version": fact.version})
    asked = {
        "heading": _("停用“%s”") % fact,
        "consequence": _("停用后新的条件里不再能选它；已经用了它的项目照常判定。停用后不能恢复。"),
        "button": _("停用"),
        "is_destructive": True,
    }
    act = partial(actions.retire_local_fact, request.user, fact)
    return confirm_page(request, asked, act, _("已停用。"), back=reverse("programs:list_local_facts"), form=form)


def _find(request, name):
    fact = get_object_or_404(LocalFact.objects.select_related("organization__area"), name=name)
    if not may(request.user, "local_fact.edit", fact.organization):
        raise PermissionDenied
    return fact


def _form(request, form, heading, button, intro):
    crumbs = [(_("本地事实"), reverse("programs:list_local_facts"))]
    return form_page(request, form, heading, button, crumbs, intro=intro)
