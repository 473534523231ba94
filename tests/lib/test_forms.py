"""What every form does."""

from django import forms

from members.models import Organization
from portal.lib.forms import StyledForm, StyledModelForm


class Choices(StyledForm):
    kind = forms.TypedChoiceField(choices=[("", "---------"), ("a", "甲")])
    unit = forms.ModelChoiceField(Organization.objects.none(), empty_label="全部单位")
    own = forms.ChoiceField(choices=[("", "所有"), ("a", "甲")], required=False)


class OfModel(StyledModelForm):
    class Meta:
        model = Organization
        fields = ["kind", "area", "parent"]


def test_the_empty_choice_says_what_it_means():
    assert [str(words) for _value, words in Choices()["kind"].field.choices] == ["请选择", "甲"]
    assert [str(words) for _value, words in Choices()["own"].field.choices] == ["所有", "甲"]
    assert str(Choices().fields["unit"].empty_label) == "全部单位"
    form = OfModel()
    assert str(form.fields["kind"].choices[0][1]) == "请选择"
    assert (str(form.fields["area"].empty_label), str(form.fields["parent"].empty_label)) == ("请选择", "不选")


def test_what_is_missing_is_asked_for_in_plain_words():
    class Asking(StyledForm):
        name = forms.CharField()
        kind = forms.ChoiceField(choices=[("a", "甲")])
        paper = forms.FileField()
        own = forms.CharField(error_messages={"required": "请填编号。"})

    errors = Asking({}).errors
    assert {name: errors[name][0] for name in errors} == {
        "name": "请填写这一项。", "kind": "请选择。", "paper": "请选择文件。", "own": "请填编号。",
    }  # fmt: skip
