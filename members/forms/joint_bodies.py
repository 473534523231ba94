from django import forms
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField, OrganizationField
from members.kinds import JointBodyKind, SeatRole
from members.models import Organization
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm


class JointBodyForm(StyledForm):
    name = forms.CharField(label=_("名称"), max_length=120)
    kind = forms.ChoiceField(label=_("类型"), choices=[("", _("请选择")), *JointBodyKind.choices])
    area = AreaField(label=_("区域"))
    lead = OrganizationField(label=_("牵头单位"))
    from_on = DayField(label=_("建立日期"))
    note = forms.CharField(label=_("说明"), max_length=500, required=False)

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lead"].suggest(Organization.objects.in_area(actor.organization.area))


class SeatForm(StyledForm):
    organization = OrganizationField(label=_("单位"))
    role = forms.ChoiceField(label=_("角色"), choices=SeatRole.choices, initial=SeatRole.MEMBER)

    def __init__(self, *args, joint_body, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].suggest(Organization.objects.in_area(joint_body.area).active())
