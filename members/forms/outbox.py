from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import OutboxMessage
from portal.lib.forms import StyledForm


class OutboxFilter(StyledForm):
    """Which messages are listed: the dead unless something else is asked for."""

    state = forms.ChoiceField(required=False, choices=[("dead", _("投递失败")), ("waiting", _("等待投递"))])

    @property
    def chosen(self):
        self.is_valid()
        return self.cleaned_data.get("state") or "dead"

    @property
    def order(self):
        return ["-dead_at", "-id"] if self.chosen == "dead" else ["available_at", "id"]

    def narrow(self):
        rows = OutboxMessage.objects.filter(dead_at__isnull=False) if self.chosen == "dead" else OutboxMessage.pending
        return rows.defer("payload")


class RetryForm(StyledForm):
    """The message that is to be tried again; none for all of them."""

    message = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
