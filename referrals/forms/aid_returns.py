from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField
from portal.lib.forms import StyledForm


class ReturnForm(StyledForm):
    """Frozen with it: what the sums do not say."""

    note = forms.CharField(
        label=_("说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("例如：本月没有开展帮扶；或者有哪些情况没有登记在台账里。不写姓名。"),
    )  # fmt: skip


class PeriodFilter(StyledForm):
    """From when to when; the last quarter of a year where nothing is said."""

    since = DayField(label=_("从"), required=False)
    until = DayField(label=_("到"), required=False)

    def asked(self):
        """At most three years, whatever stands in the URL."""
        today = timezone.localdate()
        said = self.cleaned_data if self.is_valid() else {}
        until = min(said.get("until") or today, today)
        since = said.get("since") or until - timedelta(days=90)
        return max(min(since, until), until - timedelta(days=3 * 365)), until
