"""What units are to each other."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal, may, requires
from members.actions import affiliations as actions
from members.form_pages import confirm_page, form_page
from members.forms.organizations import RelationForm
from members.models import Organization, OrganizationRelation
from portal.lib.forms import refuse


@requires("organization.relate")
def add_relation(request, code):
    organization = get_object_or_404(Organization.objects.select_related("area"), code=code)
    _require(request, organization)
    initial = {"from_on": timezone.localdate()}
    form = RelationForm(request.POST or None, organization=organization, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_relation(request.user, organization, **form.cleaned_data)
            messages.success(request, _("已登记关系。"))
            return redirect("members:show_organization", code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("枢纽单位能看到成员单位的情况；由本区域民政部门登记，单位自己不能登记。")
    crumbs = [(organization.name, reverse("members:show_organization", args=[code]))]
    return form_page(request, form, _("登记单位关系"), _("登记关系"), crumbs, intro=intro)


@requires("organization.relate")
def end_relation(request, code):
    relations = OrganizationRelation.objects.select_related("organization__area", "other")
    relation = get_object_or_404(relations, code=code)
    _require(request, relation.organization)
    back = reverse("members:show_organization", args=[relation.organization.code])
    asked = {
        "heading": _("结束与 %(unit)s 的关系") % {"unit": relation.other.name},
        "consequence": _("关系到今天为止，记录仍保留。"),
        "button": _("结束关系"),
        "is_destructive": True,
    }
    act = partial(actions.end_relation, request.user, relation)
    return confirm_page(request, asked, act, _("关系已结束，记录仍保留。"), back=back)


def _require(request, organization):
    if not may(request.user, "organization.relate", organization):
        raise PermissionDenied
