from django import forms
from django.utils.translation import gettext_lazy as _

from members.access import may_in
from members.kinds import PolicyStatus
from members.models import Area, PolicyDocument
from portal.lib import uploads
from portal.lib.forms import LinesField, StyledForm, StyledModelForm, VersionField

FILE_KINDS = ("pdf", "docx", "jpg", "png")


class PolicyForm(StyledModelForm):
    issuers = LinesField(label=_("发文机关"), required=False, help_text=_("每行一个；联合发文的按文头顺序填写。"))
    file = forms.FileField(
        label=_("文件"), required=False, max_length=200,
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.jpg,.png"}),
        help_text=_("PDF、Word 或图片，最大 20 MB；主动公开后任何人可以下载，请先确认文内没有个人信息。"),
    )  # fmt: skip
    without_file = forms.BooleanField(label=_("删去现有文件"), required=False)
    version = VersionField(required=False)

    class Meta:
        model = PolicyDocument
        fields = (
            "title", "short_name", "number", "issuers", "issued_on", "effective_on", "status", "area", "summary",
            "source", "replaced_by",
        )  # fmt: skip
        widgets = {
            "issued_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "effective_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "summary": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "title": _("照原文填写；不知道的留空，不要代拟。"),
            "short_name": _("没有标题时，列表里显示简称。"),
            "number": _("例如 鸡民规〔2024〕5号，括号用六角括号。"),
            "source": _("从何处得到这份文件，例如网址栏目、来文登记号。"),
        }

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas_to_choose(actor, self.instance.area_id)
        self.fields["area"].required = True
        self.fields["area"].empty_label = _("请选择")
        others = PolicyDocument.objects.exclude(pk=self.instance.pk).exclude(status=PolicyStatus.REPEALED)
        self.fields["replaced_by"].queryset = others.order_by("number", "title", "short_name")
        self.fields["version"].initial = self.instance.version
        if not self.instance.file_key:
            del self.fields["without_file"]

    def clean_file(self):
        return uploads.check(self.cleaned_data["file"], FILE_KINDS) if self.cleaned_data["file"] else None


def areas_to_choose(actor, present=None):
    """The person's own area and those right below it, and the one the document already stands in."""
    own = actor.organization.area
    near = Area.objects.filter(pk=own.pk) | Area.objects.filter(parent=own, valid_to=None)
    if present and may_in(actor, "policy.edit", Area.objects.get(pk=present)):
        near |= Area.objects.filter(pk=present)
    return near.order_by("code")


class PolicyFilter(StyledForm):
    """What the list is narrowed by. A value that makes no sense narrows nothing."""

    q = forms.CharField(label=_("标题、文号或发文机关"), required=False, max_length=60)
    area = forms.ModelChoiceField(Area.objects.none(), label=_("适用区域"), required=False, to_field_name="code")
    status = forms.ChoiceField(label=_("效力"), required=False, choices=[("", _("所有效力")), *PolicyStatus.choices])
    year = forms.IntegerField(label=_("印发年份"), required=False, min_value=1949, max_value=2200)
    public = forms.ChoiceField(
        label=_("公开情况"), required=False, choices=[("", _("是否公开")), ("yes", _("主动公开")), ("no", _("未公开"))]
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = Area.objects.filter(policies__isnull=False).distinct().order_by("code")
        self.fields["area"].empty_label = _("所有区域")
        self.fields["q"].widget.attrs["placeholder"] = self.fields["q"].label
        self.fields["year"].widget.attrs["placeholder"] = self.fields["year"].label
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def narrow(self, queryset):
        self.is_valid()
        asked = self.cleaned_data
        if text := asked.get("q"):
            queryset = queryset.mentioning(text)
        if area := asked.get("area"):
            queryset = queryset.filter(area=area)
        if status := asked.get("status"):
            queryset = queryset.filter(status=status)
        if year := asked.get("year"):
            queryset = queryset.filter(issued_on__year=year)
        if public := asked.get("public"):
            queryset = queryset.filter(is_public=public == "yes")
        return queryset
