"""Sharing a case: with which unit and for what; then to whom, what of the person, until when."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Staff
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm, VersionField
from referrals import shares
from referrals.kinds import ShareTask

REASON_LENGTH = 200


class PartyForm(StyledForm):
    """The first step, in the address: a unit and a task say nothing about anybody."""

    to = forms.ChoiceField(label=_("共享给哪个单位"), widget=forms.RadioSelect)
    task = forms.ChoiceField(label=_("请对方做什么"), choices=ShareTask.choices, widget=forms.RadioSelect)

    def __init__(self, *args, parties, **options):
        super().__init__(*args, **options)
        self.parties = parties
        self.fields["to"].choices = [
            (code, f"{unit.name}（{unit.get_kind_display()}）") for code, unit in parties.items()
        ]

    @property
    def party(self):
        return self.parties[self.cleaned_data["to"]]


class ShareForm(StyledForm):
    """The second: what the task needs is ticked as far as it is agreed to; what is more wants its reason."""

    holders = forms.ModelMultipleChoiceField(
        label=_("给谁看"), queryset=None, to_field_name="code", widget=forms.CheckboxSelectMultiple,
        help_text=_("只有勾选的人看得到，对方单位的其他人看不到。"),
    )  # fmt: skip
    words = forms.CharField(
        label=_("请对方做什么，写具体"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("对方在页面上看到这句话。"),
    )  # fmt: skip
    expires_on = DayField(label=_("共享到哪一天"), help_text=_("到期自动停止；本人的同意先到期的，不能更晚。"))
    items = forms.MultipleChoiceField(label=_("提供哪些内容"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, referral, party, task, **options):
        super().__init__(*args, **options)
        self.least, self.more = shares.offered(referral, party, task)
        agreed = [item for item, is_agreed in self.least if is_agreed]
        self.fields["holders"].queryset = Staff.objects.filter(
            pk__in=[one.pk for one in shares.people_of(party, referral)]
        )
        self.fields["items"].choices = [(item.code, item.label) for item in (*agreed, *self.more)]
        self.fields["items"].initial = [item.code for item in agreed]
        self.initial.setdefault("holders", self._only_one())

    def _only_one(self):
        codes = list(self.fields["holders"].queryset.values_list("code", flat=True)[:2])
        return codes if len(codes) == 1 else []

    @property
    def people(self):
        return self.fields["holders"].queryset

    def rows(self):
        """([(item, is agreed, is ticked)] of the task, [(item, is ticked, why)] of what is more)."""
        chosen = set(self["items"].value() or ())
        least = [(item, is_agreed, item.code in chosen) for item, is_agreed in self.least]
        return least, [(item, item.code in chosen, self._why(item.code)) for item in self.more]

    def _why(self, code):
        return self.data.get(f"why_{code}", "")[:REASON_LENGTH].strip()

    def clean(self):
        said = super().clean()
        said["reasons"] = {item.code: self._why(item.code) for item in self.more if self._why(item.code)}
        return said

    def said_again(self):
        """Everything as it was said, for the page that shows what the other side will see."""
        return [(name, value) for name, values in self.data.lists() if name in self._kept() for value in values]

    def _kept(self):
        return {*self.fields, *(f"why_{item.code}" for item in self.more)}


class RevokeForm(StyledForm):
    reason = forms.CharField(label=_("为什么收回"), max_length=200)
    version = VersionField()


class ShareNoteForm(StyledForm):
    text = forms.CharField(label=_("内容"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
