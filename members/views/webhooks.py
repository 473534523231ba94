"""Addresses of the unit's own systems that are told what happens."""

from functools import partial

from allauth.account.decorators import reauthentication_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import webhooks
from members.access import Refusal, requires, within_reach
from members.actions import webhooks as actions
from members.form_pages import confirm_page, form_page, press
from members.forms.webhooks import WebhookForm
from members.models import Webhook, WebhookDelivery
from portal.lib.forms import refuse
from portal.lib.pages import page_of


def visible_to(staff):
    managed = within_reach(staff, "webhook.manage")
    return Webhook.objects.filter(organization__in=managed).select_related("organization__area", "made_by")


def _find(request, code):
    return get_object_or_404(visible_to(request.user), code=code)


@requires("webhook.manage")
def list_webhooks(request):
    page = page_of(request, visible_to(request.user).defer("secret"), ["-made_at", "code"])
    for webhook in page:
        webhook.events_in_words = [webhooks.label_of(event) for event in webhook.events]
    return render(request, "members/webhooks/list.html", {"page": page})


@requires("webhook.manage")
@reauthentication_required
def create_webhook(request):
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            webhook, secret = actions.make_webhook(
                request.user, request.user.organization, said["address"], said["events"], said["algorithm"]
            )
            return _show_once(request, webhook, secret)
        except Refusal as refusal:
            refuse(form, refusal)
    crumbs = [(_("事件推送"), reverse("members:list_webhooks"))]
    intro = _(
        "有事时，平台向这个地址发一条带签名的消息：只有编号和状态，没有个人信息；详情由贵单位系统用接口令牌读取。"
    )
    return form_page(request, form, _("新建推送地址"), _("建立并显示密钥"), crumbs, intro=intro)


def _show_once(request, webhook, secret):
    response = render(request, "members/webhooks/secret.html", {"webhook": webhook, "secret": secret})
    response.headers["Cache-Control"] = "no-store, private"
    return response


@requires("webhook.manage")
def show_webhook(request, code):
    webhook = _find(request, code)
    page = page_of(request, webhook.deliveries.all(), ["-pk"])
    for delivery in page:
        delivery.label = webhooks.label_of(delivery.event)
    shown = {
        "webhook": webhook, "page": page, "events": [webhooks.label_of(event) for event in webhook.events],
        "most": webhooks.MAX_ATTEMPTS,
    }  # fmt: skip
    return render(request, "members/webhooks/show.html", shown)


def _pressed(request, code, act, done):
    webhook = _find(request, code)
    return press(request, partial(act, request.user, webhook), done, reverse("members:show_webhook", args=[code]))


@requires("webhook.manage")
@require_POST
def test_webhook(request, code):
    return _pressed(request, code, actions.try_webhook, _("试发的消息已交出，几秒后刷新本页看结果。"))


@requires("webhook.manage")
@require_POST
def pause_webhook(request, code):
    return _pressed(request, code, actions.pause_webhook, _("已暂停，期间发生的事不会补发。"))


@requires("webhook.manage")
@require_POST
def resume_webhook(request, code):
    return _pressed(request, code, actions.resume_webhook, _("已恢复推送。"))


@requires("webhook.manage")
def delete_webhook(request, code):
    webhook = _find(request, code)
    asked = {
        "heading": _("删除推送地址"),
        "consequence": _("%(address)s 不再收到消息，密钥和投递记录一并删除。以后要用须新建，并换密钥。")
        % {"address": webhook.address},
        "button": _("删除推送地址"),
        "is_destructive": True,
    }
    back, to = reverse("members:show_webhook", args=[code]), reverse("members:list_webhooks")
    return confirm_page(
        request, asked, partial(actions.remove_webhook, request.user, webhook), _("推送地址已删除。"), back=back, to=to
    )


@requires("webhook.manage")
@require_POST
def resend_delivery(request, code):
    rows = WebhookDelivery.objects.filter(webhook__in=visible_to(request.user)).select_related(
        "webhook__organization__area"
    )
    delivery = get_object_or_404(rows, code=code)
    act = partial(actions.send_again, request.user, delivery)
    return press(request, act, _("已重新交出。"), reverse("members:show_webhook", args=[delivery.webhook.code]))
