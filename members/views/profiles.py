"""The settings of an area: read by everyone, changed by the bureau of the area after a second look."""

from datetime import date
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members import profiles
from members.access import Refusal, may_in, requires
from members.actions import profiles as actions
from members.form_pages import confirm_page
from members.forms.profiles import ProfileForm
from members.models import Area, RegionalProfile
from members.profile_words import groups_of
from portal.lib.pages import page_of


@requires("profile.view")
def show_my_profile(request):
    """What holds where I work."""
    return _show(request, request.user.organization.area)


@requires("profile.view")
def show_profile(request, code):
    return _show(request, get_object_or_404(Area, code=code))


@requires("profile.view")
def list_profiles(request):
    """The areas that have settings of their own today."""
    rows = RegionalProfile.objects.in_force(timezone.localdate()).select_related("area", "policy")
    return render(request, "members/profiles/list.html", {"page": page_of(request, rows, ["area__code"])})


@requires("profile.edit")
def edit_profile(request, code):
    area = get_object_or_404(Area, code=code)
    if not may_in(request.user, "profile.edit", area):
        raise PermissionDenied
    newest = actions.newest_of(area)
    current = profiles.frozen(newest) if newest else profiles.profile_of(area)
    form = ProfileForm(request.POST or None, current=current, seen=newest.code if newest else "")
    shown = {"area": area, "form": form, "current": current, "back": reverse("members:show_profile", args=[code])}
    if request.method == "POST" and form.is_valid() and "again" not in request.POST:
        asked = form.cleaned_data
        if "confirmed" not in request.POST:
            proposed = RegionalProfile(**{name: asked[name] for name in actions.WRITABLE})
            changes = actions.changes_of(current, newest, proposed)
            kept = [(name, value) for name, values in request.POST.lists() for value in values if name in form.fields]
            return render(request, "members/profiles/preview.html", shown | {"changes": changes, "kept": kept})
        try:
            row = actions.set_profile(request.user, area, asked["valid_from"], asked, seen=asked["seen"])
            messages.success(request, _("已保存，自 %(day)s 起施行。") % {"day": row.valid_from})
            return redirect("members:show_profile", code)
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "members/profiles/edit.html", shown)


@requires("profile.edit")
def cancel_profile(request, code):
    profile = get_object_or_404(RegionalProfile.objects.select_related("area"), code=code)
    if not may_in(request.user, "profile.edit", profile.area):
        raise PermissionDenied
    back = reverse("members:show_profile", args=[profile.area.code])
    asked = {
        "heading": _("撤销 %(area)s 自 %(day)s 起的参数") % {"area": profile.area, "day": profile.valid_from},
        "consequence": _("这一版还没有施行。撤销后，原来的参数继续施行，这一版不再出现。"),
        "button": _("撤销这一版"),
        "is_destructive": True,
    }
    act = partial(actions.cancel_profile, request.user, profile)
    return confirm_page(request, asked, act, _("已撤销，原来的参数继续施行。"), back=back)


def _show(request, area):
    on = _day(request.GET.get("on"))
    profile = profiles.profile_of(area, on)
    versions = RegionalProfile.objects.standing().filter(area=area).select_related("policy", "created_by")
    today = timezone.localdate()
    shown = {
        "area": area,
        "on": on if on != today else None,
        "today": today,
        "profile": profile,
        "is_inherited": profile.area_code != area.code,
        "groups": groups_of(profile),
        "versions": versions.order_by("-valid_from")[:50],
        "may_edit": may_in(request.user, "profile.edit", area),
    }
    return render(request, "members/profiles/show.html", shown)


def _day(text):
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return timezone.localdate()
