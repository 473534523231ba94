"""The rules for passwords and sessions."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from members.access import Refusal, requires
from members.actions.passwords import edit_security_policy as save_policy
from members.forms.security import SecurityPolicyForm
from members.models import SecurityPolicy


@requires("security.edit")
def edit_security_policy(request):
    form = SecurityPolicyForm(request.POST or None, instance=SecurityPolicy.current())
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            save_policy(request.user, values.pop("version"), values)
            messages.success(request, _("登录安全设置已保存，从下次登录、下次更换口令起执行。"))
            return redirect("members:edit_security_policy")
        except Refusal as refusal:
            form = SecurityPolicyForm(instance=SecurityPolicy.current())
            messages.error(request, refusal.message)
    return render(request, "members/security/edit.html", {"form": form})
