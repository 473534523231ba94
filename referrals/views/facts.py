"""What is known of a person: facts by page, categories, guardians, government aid."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal, requires
from members.form_pages import refuse_stale
from portal.lib.forms import refuse
from referrals import finding, local_facts
from referrals.actions import categories, government_aid, guardianships
from referrals.actions import facts as actions
from referrals.forms.documents import offer_documents
from referrals.forms.facts import AidForm, CategoryForm, EndCategoryForm, FactsForm, GuardianForm
from referrals.models import GovernmentAid, Guardianship, Person, PersonCategory
from referrals.views.people import find, reason_form, see_form, small_form


@requires("person.edit")
def record_facts(request, code, group):
    person = find(request, code, "person.edit")
    known = {fact.name: fact.known for fact in person.facts.standing()}
    groups = local_facts.groups(known)
    if group not in groups:
        raise Http404
    title, names = groups[group]
    form = offer_documents(FactsForm(request.POST or None, names=names, known=known), person)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_facts(request.user, person, form.facts(), **form.rests_on())
            messages.success(request, _("情况已保存，没有变化的也记为今天核实过。"))
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    see_form(request.user, person, title)
    intro = _("不清楚的留空，不要猜：留空的项目会作为问题，在匹配时再问。")
    return small_form(request, person, form, title, _("保存情况"), intro)


@requires("person.edit")
def add_category(request, code):
    person = find(request, code, "person.edit")
    initial = {"certified_by": str(request.user.organization)}
    form = offer_documents(CategoryForm(request.POST or None, initial=initial), person)
    if request.method == "POST" and form.is_valid():
        try:
            categories.add_category(request.user, person, form.cleaned_data)
            messages.success(request, _("类别已登记。"))
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return small_form(request, person, form, _("登记对象类别"), _("登记类别"))


@requires("person.edit")
def end_category(request, code):
    held = get_object_or_404(_of_visible(request, PersonCategory), code=code)
    person = find(request, held.person.code, "person.edit")
    form = EndCategoryForm(request.POST or None, initial={"last_day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            categories.end_category(request.user, held, said["last_day"], said["reason"])
            messages.success(request, _("类别已终止。"))
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    heading = _("终止类别：%(category)s") % {"category": held.get_category_display()}
    return small_form(request, person, form, heading, _("终止类别"))


@requires("person.edit")
def record_aid(request, code):
    person = find(request, code, "person.edit")
    initial = {"scheme": request.GET.get("scheme", "")}
    form = offer_documents(AidForm(request.POST or None, initial=initial), person)
    if request.method == "POST" and form.is_valid():
        try:
            government_aid.record_aid(request.user, person, form.cleaned_data)
            messages.success(request, _("政府救助已记录。"))
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return small_form(request, person, form, _("记录政府救助"), _("记录"))


@requires("person.edit")
def change_aid(request, code):
    aid = get_object_or_404(_of_visible(request, GovernmentAid), code=code)
    person = find(request, aid.person.code, "person.edit")
    initial = {name: getattr(aid, name) for name in (*government_aid.EDITABLE, "version")}
    form = offer_documents(AidForm(request.POST or None, initial=initial), person, held=aid.document_id)
    if request.method == "POST" and form.is_valid():
        try:
            government_aid.change_aid(request.user, aid, form.cleaned_data["version"] or 0, form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse_stale(form, refusal)
    return small_form(request, person, form, _("更新政府救助"), _("保存修改"))


@requires("person.edit")
def add_guardian(request, code):
    person = find(request, code, "person.edit")
    form = offer_documents(GuardianForm(request.POST or None), person)
    if request.method == "POST" and form.is_valid():
        who = form.cleaned_data["who"]
        try:
            guardian = finding.one_of(Person.objects.visible_to(request.user), who) if who else None
            guardianships.add_guardian(request.user, person, form.values(), guardian=guardian)
            messages.success(request, _("监护人已登记。"))
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse(
                form, Refusal(refusal.message, field="who" if refusal.field in ("guardian", None) else refusal.field)
            )
    return small_form(request, person, form, _("登记监护人"), _("登记监护人"))


@requires("person.edit")
def end_guardianship(request, code):
    guardianship = get_object_or_404(
        Guardianship.objects.filter(ward__in=Person.objects.visible_to(request.user)).select_related(
            "ward__keeper__area", "ward__residence", "guardian"
        ),
        code=code,
    )
    person = find(request, guardianship.ward.code, "person.edit")
    return reason_form(
        request, person, _("终止监护关系"), _("终止监护关系"),
        lambda reason: guardianships.end_guardianship(request.user, guardianship, reason), _("监护关系已终止。"),
    )  # fmt: skip


def _of_visible(request, model):
    """Rows of people in sight; a row of anybody else is not there."""
    seen = model.objects.filter(person__in=Person.objects.visible_to(request.user))
    return seen.select_related("person__keeper__area", "person__residence")
