from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import DeclaredRelation
from portal.lib import identity
from portal.lib.forms import StyledForm

Relation = DeclaredRelation.Relation


def _grouped():
    """Kin first, then interests, each under its heading."""
    kin = [choice for choice in Relation.choices if choice[0] in DeclaredRelation.KIN]
    interests = [choice for choice in Relation.choices if choice[0] not in DeclaredRelation.KIN]
    return [
        ("", _("请选择")),
        (DeclaredRelation.Kind.KIN.label, kin),
        (DeclaredRelation.Kind.INTEREST.label, interests),
    ]


class RelationForm(StyledForm):
    name = forms.CharField(label=_("对方姓名"), max_length=40)
    relation = forms.ChoiceField(label=_("关系"))
    number = forms.CharField(
        label=_("对方证件号码"),
        max_length=identity.MAX_LENGTH,
        required=False,
        help_text=_("填了才能自动识别；不填时，遇到同名的人会请您确认。加密保存，同事和上级都看不到。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(label=_("说明"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["relation"].choices = _grouped()

    def clean_number(self):
        number = self.cleaned_data["number"]
        return identity.read(number).number if number else ""
