"""谁可以代办一个项目: people of other units who may write or release it, until a day."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, may, requires
from members.form_pages import confirm_page, form_page
from portal.lib.forms import refuse
from programs.actions import grants as actions
from programs.forms.grants import CHOICES, ProgramGrantForm
from programs.models import ProgramGrant
from programs.views.programs import changeable, find


@requires("program.view")
def list_program_grants(request, code):
    program = find(request, code)
    if not (may(request.user, "program.delegate", program.organization) or actions.may_revoke(request.user, program)):
        raise PermissionDenied
    grants = program.grants.select_related("permission", "user__organization", "given_by", "revoked_by")[:200]
    words = dict(CHOICES)
    rows = [(grant, words.get(grant.permission.codename, "")) for grant in grants]
    context = {
        "program": program,
        "rows": rows,
        "may_give": may(request.user, "program.delegate", program.organization),
    }
    return render(request, "programs/grants.html", context)


@requires("program.delegate")
def give_program_grant(request, code):
    program = changeable(request, code, "program.delegate")
    form = ProgramGrantForm(request.POST or None)
    back = reverse("programs:list_program_grants", args=[code])
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        grantee = values.pop("username")
        try:
            actions.give_program_grant(request.user, program, grantee, **values)
            words = {"name": grantee.name, "unit": grantee.organization.name, "day": values["expires_on"].isoformat()}
            messages.success(
                request, _("已授权 %(unit)s 的 %(name)s，到 %(day)s 为止。如不是此人，请立即收回。") % words
            )
            return redirect(back)
        except Refusal as refusal:
            refuse(form, refusal)
    heading = _("授权他人代办“%(program)s”") % {"program": program}
    intro = _("对方以自己的账号编写或发布这一个项目，每一步都记在对方名下。")
    crumbs = [(str(program), reverse("programs:show_program", args=[code])), (_("谁可以代办"), back)]
    return form_page(request, form, heading, _("授权"), crumbs, intro=intro)


@requires("program.view")
def revoke_program_grant(request, code):
    grants = ProgramGrant.objects.select_related("content_object__organization__area", "user", "permission")
    grant = get_object_or_404(grants, code=code)
    if not actions.may_revoke(request.user, grant.content_object):
        raise PermissionDenied
    asked = {
        "heading": _("收回 %(name)s 的代办授权") % {"name": grant.user.name},
        "consequence": _("收回后，对方立即不能再编写或发布“%(program)s”；已经办的不受影响。")
        % {"program": grant.content_object},
        "button": _("收回授权"),
        "is_destructive": True,
    }
    back = reverse("programs:list_program_grants", args=[grant.content_object.code])
    act = partial(actions.revoke_program_grant, request.user, grant)
    return confirm_page(request, asked, act, _("已收回，立即生效。"), back=back)
