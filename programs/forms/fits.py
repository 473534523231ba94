from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import StyledForm
from programs.facts import EARLIEST, LATEST

LISTS = [("eligible", _("符合的人")), ("could_be", _("可能符合的人"))]
WORK = [("", _("还没有办过的")), ("done", _("已经办过的")), ("all", _("全部"))]


class FitFilter(StyledForm):
    """Whom the list shows. A value that makes no sense narrows nothing."""

    on = forms.DateField(
        label=_("哪一天"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    county = forms.ChoiceField(label=_("县区"), required=False)
    work = forms.ChoiceField(label=_("办理情况"), required=False, choices=WORK)
    show = forms.ChoiceField(required=False, choices=LISTS, widget=forms.HiddenInput)

    def __init__(self, *args, counties=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["county"].choices = [("", _("所有县区")), *counties]
        for name in ("on", "county", "work"):
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def clean_on(self):
        day = self.cleaned_data["on"]
        return day if day and EARLIEST <= day <= LATEST else None

    @property
    def asked(self):
        self.is_valid()
        return self.cleaned_data
