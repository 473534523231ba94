from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import OrganizationField
from members.models import Organization, Staff
from portal.lib.forms import StyledForm, VersionField
from referrals.models import Incident


class MomentField(forms.DateTimeField):
    """A day and an hour, chosen in the browser's own fields."""

    def __init__(self, **options):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options)


class IncidentForm(StyledForm):
    kind = forms.ChoiceField(label=_("类别"), choices=Incident.Kind.choices)
    title = forms.CharField(label=_("发生了什么"), max_length=120, help_text=_("不写困难群众的姓名。"))
    found_at = MomentField(label=_("发现时间"))
    since = MomentField(label=_("可能从什么时候起"))
    until = MomentField(label=_("到什么时候止"))
    receiver = OrganizationField(label=_("涉及的接收单位"), required=False)
    staff = forms.CharField(
        label=_("涉及的人员账号"),
        max_length=40,
        required=False,
        help_text=_("登录名，按它的查看记录找受影响的人。"),
    )
    harm = forms.CharField(label=_("原因和可能造成的危害"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    measures = forms.CharField(
        label=_("已采取的补救措施，本人可以怎样减轻危害"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    reported_to = forms.CharField(label=_("报告了哪个主管部门"), max_length=200, required=False)
    reported_at = MomentField(label=_("报告时间"), required=False)
    notified_at = MomentField(label=_("通知本人的时间"), required=False)
    notice = forms.CharField(label=_("怎样通知的；不通知的理由"), max_length=300, required=False)
    version = VersionField(required=False)

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.fields["receiver"].suggest(Organization.objects.in_area(actor.organization.area))
        self.fields["found_at"].initial = timezone.localtime().replace(second=0, microsecond=0)

    def clean_staff(self):
        username = self.cleaned_data["staff"].strip()
        if not username:
            return None
        found = Staff.objects.filter(username__iexact=username, organization=self.actor.organization).first()
        if found is None:
            raise forms.ValidationError(_("本单位没有这个登录名。"))
        return found

    @staticmethod
    def initial_of(incident):
        values = {name: getattr(incident, name) for name in IncidentForm.base_fields if name != "staff"}
        return {**values, "staff": incident.staff.username if incident.staff else ""}
