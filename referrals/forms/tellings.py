"""Telling the government of a family, or writing an application with it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import StyledForm
from referrals import tellings
from referrals.kinds import PaperKind, Scheme, Urgency
from referrals.workflow import ReferralKind


class TellForm(StyledForm):
    KINDS = (
        (ReferralKind.LEAD.value, _("线索告知：只说有这样一家，由民政上门核实")),
        (ReferralKind.ASSIST_APPLY.value, _("协助申请：同家庭一起写好申请，连同材料交给民政")),
    )

    kind = forms.ChoiceField(label=_("怎样告知"), choices=KINDS, widget=forms.RadioSelect)
    receiver = forms.ChoiceField(label=_("告知哪里"), widget=forms.RadioSelect)
    circumstances = forms.CharField(
        label=_("家庭的困难"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("发生了什么、现在怎样、为什么可能符合政府救助。"),
    )  # fmt: skip
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=Urgency.choices, widget=forms.RadioSelect)
    needs = forms.ModelMultipleChoiceField(
        label=_("涉及的需求"), queryset=None, to_field_name="code", required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("不选的，登记一项“协助申请”的需求。"),
    )  # fmt: skip
    scheme = forms.ChoiceField(
        label=_("申请哪一项政府救助"), required=False, choices=[("", _("请选择")), *Scheme.choices]
    )
    application = forms.CharField(
        label=_("申请理由"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("协助申请时同家庭一起写，用家庭自己的话。"),
    )  # fmt: skip
    helper = forms.CharField(label=_("谁帮助填写"), max_length=60, required=False)
    papers = forms.MultipleChoiceField(
        label=_("已备好的材料"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("只勾手里有的；还缺的由民政一次性告知。"),
    )  # fmt: skip
    lead = forms.ModelChoiceField(
        label=_("此前报过的线索"), queryset=None, to_field_name="code", required=False, empty_label=_("没有报过"),
        help_text=_("是同一家的，选上：正式告知发出后，那条线索随之了结。"),
    )  # fmt: skip

    def __init__(self, *args, staff, person, bureaus, **options):
        super().__init__(*args, **options)
        self.bureaus = {unit.code: unit for unit in bureaus}
        self.fields["receiver"].choices = [(unit.code, unit.name) for unit in bureaus]
        self.fields["receiver"].initial = bureaus[0].code if bureaus else ""
        needs = person.needs.open()
        self.fields["needs"].queryset = needs
        self.fields["needs"].label_from_instance = lambda need: f"{need.get_kind_display()} · {need.wish[:40]}"
        if not needs:
            del self.fields["needs"]
        held = set(person.documents.standing().values_list("kind", flat=True))
        self.fields["papers"].choices = [(kind, self._paper(kind, held)) for kind in tellings.papers_of_applications()]
        self.fields["helper"].initial = staff.name
        leads = tellings.leads_of_unit(staff.organization, person)
        self.fields["lead"].queryset = leads
        self.fields["lead"].label_from_instance = lambda lead: f"{lead.filed_at:%Y-%m-%d} {lead.seen[:30]}"
        if not leads:
            del self.fields["lead"]

    @staticmethod
    def _paper(kind, held):
        words = PaperKind(kind).label
        return _("%(paper)s（已收存）") % {"paper": words} if kind in held else words

    APPLICATION = ("scheme", "application", "helper", "papers")

    @property
    def sections(self):
        """What every telling says; and what only an application has."""
        plain = [field for field in self if field.name not in self.APPLICATION]
        return [("", plain), (_("协助申请的，再填这些"), [self[name] for name in self.APPLICATION])]

    def clean_receiver(self):
        return self.bureaus[self.cleaned_data["receiver"]]

    def values(self):
        said = dict(self.cleaned_data)
        said.pop("receiver"), said.pop("lead", None)
        return said
