"""The family's own look at a consent, with the paper in hand: no account, a code and a check, and the right to end it.

Nothing is shown that the paper does not say, besides what became of it. A wrong code, a wrong check and an unanswered
question get one and the same answer, found by one look into one index.
"""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, public
from portal.lib.api import count
from portal.lib.encrypted_fields import BlindIndexField
from portal.lib.forms import refuse
from referrals import consents_shown
from referrals.actions import consents as actions
from referrals.forms.consents import LookUpForm, WithdrawalForm
from referrals.models import Consent, DisclosureLog

# Tries from one address, and at one code from anywhere: 30^8 checks are not guessed at this pace.
BY_ADDRESS, BY_CODE = "20/600", "10/600"
# How long a found paper stays open in the browser, in seconds.
OPEN_FOR = 15 * 60
CODE_LENGTH = 10
KEY = "own_consent"


@public
@never_cache
@sensitive_post_parameters("check")
def look_up_consent(request):
    form, status = LookUpForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        if _is_too_often(request, form):
            form.add_error(None, _("短时间内试的次数太多，请过十分钟再试，或者到经办单位办理。"))
            status = 429
        elif consent := _with_key(form.paper_key()):
            _open(request, consent)
            return redirect("referrals:show_own_consent")
        else:
            form.add_error(None, _("没有找到这份告知书。请对照纸上的编号和校验码再填一次，或者到经办单位办理。"))
            status = 404
    return render(request, "public/consents/look_up.html", {"form": form}, status=status)


@public
@never_cache
def show_own_consent(request):
    consent = _opened(request)
    if consent is None:
        return redirect("referrals:look_up_consent")
    log = DisclosureLog.objects.filter(provision__consent=consent).exclude(kind=DisclosureLog.Kind.SEEN)
    context = {
        "consent": consent,
        "paper": consent.paper,
        "line": consents_shown.lines([consent])[0],
        "withdrawals": consent.withdrawals.select_related("recipient"),
        "log": log.order_by("at", "pk"),
        "may_withdraw": consent.is_live,
    }
    return render(request, "public/consents/show.html", context)


@public
@never_cache
def withdraw_own_consent(request):
    """At once, without a reason, and with a receipt to keep."""
    consent = _opened(request)
    if consent is None:
        return redirect("referrals:look_up_consent")
    form = WithdrawalForm(request.POST or None, consent=consent, is_online=True, initial={"extent": "whole"})
    if request.method == "POST" and form.is_valid():
        try:
            rows = actions.withdraw_consent(None, consent, channel="online", **form.parts())
            messages.success(
                request, _("已撤回，从现在起生效。回执编号：%(codes)s") % {"codes": " ".join(row.code for row in rows)}
            )
            return redirect("referrals:show_own_consent")
        except Refusal as refusal:
            refuse(form, refusal)
    return render(request, "public/consents/withdraw.html", {"form": form, "paper": consent.paper})


@public
@require_POST
def close_own_consent(request):
    """Whoever sits down next at the same machine sees nothing of it."""
    request.session.pop(KEY, None)
    messages.success(request, _("已关闭，别人不能再从这台机器看到。"))
    return redirect("referrals:look_up_consent")


def _with_key(paper_key):
    """One look into one index, whatever was typed; drafts and refusals are not there for anybody."""
    found = BlindIndexField.of(Consent, "paper_index", paper_key)
    return Consent.objects.given().filter(paper_index__in=found).with_terms().first()


def _is_too_often(request, form):
    by_address = count(f"own-consent:{request.META.get('REMOTE_ADDR')}", BY_ADDRESS)
    # However code and check are divided between the fields: what is looked for begins with the code.
    by_code = count(f"own-consent-code:{form.paper_key()[:CODE_LENGTH]}", BY_CODE)
    return bool(by_address or by_code)


def _open(request, consent):
    request.session[KEY] = {"code": consent.code, "until": timezone.now().timestamp() + OPEN_FOR}
    audit.record(None, "consent.look", consent, organization=consent.organization)


def _opened(request):
    held = request.session.get(KEY) or {}
    if held.get("until", 0) < timezone.now().timestamp():
        request.session.pop(KEY, None)
        return None
    return Consent.objects.given().select_related("organization").with_terms().filter(code=held["code"]).first()
