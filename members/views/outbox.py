"""What was not delivered, for the system's administrator. Payloads are not shown: they are not theirs to see."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from members import outbox
from members.access import Refusal, requires
from members.actions import outbox as actions
from members.forms.outbox import OutboxFilter, RetryForm
from members.models import OutboxMessage
from portal.lib.pages import page_of


@requires("outbox.view")
@require_GET
def list_outbox(request):
    filters = OutboxFilter(request.GET)
    page = page_of(request, filters.narrow(), filters.order)
    rows = [(message, outbox.label_of(message.topic)) for message in page]
    shown = {"page": page, "rows": rows, "filters": filters, "state": filters.chosen, "figures": outbox.figures()}
    return render(request, "members/outbox/list.html", shown)


@requires("outbox.retry")
def retry_outbox(request):
    """One message, by its button in the list; all of them, after a question."""
    if request.method != "POST":
        return _ask(request)
    form = RetryForm(request.POST)
    try:
        if not form.is_valid():
            raise Refusal(_("没有指明要重新投递哪一条。"))
        messages.success(request, _retry(request.user, form.cleaned_data["message"]))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("members:list_outbox")


def _retry(actor, number):
    if number is None:
        revived = actions.retry_all(actor)
        return ngettext("%(n)d 条消息将重新投递。", "%(n)d 条消息将重新投递。", revived) % {"n": revived}
    actions.retry_message(actor, get_object_or_404(OutboxMessage, pk=number))
    return _("这条消息将重新投递。")


def _ask(request):
    dead = OutboxMessage.objects.filter(dead_at__isnull=False).count()
    asked = {
        "heading": _("全部重新投递"),
        "consequence": _("%(n)d 条投递失败的消息会各再试最多 8 次。原因没有排除的仍会失败。") % {"n": dead},
        "button": _("全部重新投递"),
        "back": reverse("members:list_outbox"),
    }
    return render(request, "confirm.html", asked)
