"""My declared relations. Only the person sees who is in them."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import relations
from members.access import Refusal, requires
from members.actions import relations as actions
from members.form_pages import confirm_page
from members.forms.relations import RelationForm
from members.forms.staff import ReasonForm
from members.models import DeclaredRelation
from portal.lib.masks import mask_number


@requires("relation.declare")
def list_relations(request):
    found = list(request.user.relations.open())
    rows = [(relation, mask_number(relation.number) if relation.number else "") for relation in found]
    shown = {
        "rows": rows,
        "ended": request.user.relations.exclude(pk__in=[relation.pk for relation in found])[:50],
        "year": timezone.localdate().year,
        "is_due": relations.is_statement_due(request.user),
        "statement": request.user.relation_statements.first(),
    }
    return render(request, "members/relations/list.html", shown)


@requires("relation.declare")
def declare_relation(request):
    form = RelationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.declare_relation(request.user, **form.cleaned_data)
            messages.success(request, _("已申报。涉及此人的个案将不再由您办理。"))
            return redirect("members:list_relations")
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "members/relations/declare.html", {"form": form})


@requires("relation.declare")
def end_relation(request, code):
    declared = get_object_or_404(DeclaredRelation.objects.open(), staff=request.user, code=code)
    form = ReasonForm(request.POST or None)
    asked = {
        "heading": _("解除与 %(name)s 的关系申报") % {"name": declared.name},
        "consequence": _("解除后，涉及此人的个案可以再由您办理。申报和解除的日期、原因保留备查。"),
        "button": _("解除申报"),
        "is_destructive": True,
    }
    act, back = partial(actions.end_relation, request.user, declared), reverse("members:list_relations")
    return confirm_page(request, asked, act, _("申报已解除，记录保留。"), back=back, form=form)


@requires("relation.declare")
@require_POST
def state_relations(request):
    try:
        count = request.POST.get("count", "")
        actions.state_relations(request.user, count=int(count) if count.isascii() and count.isdigit() else -1)
        messages.success(request, _("本年度申报已确认。"))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("members:list_relations")
