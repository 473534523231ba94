from django import forms
from django.utils.translation import gettext_lazy as _

from members.access import may_in
from members.kinds import PolicyStatus
from members.models import Area, PolicyDocument
from portal.lib.forms import StyledForm, StyledModelForm, VersionField, refuse_hidden_marks


class LinesField(forms.CharField):
    """A list, one entry a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, entry_max_length=60, entries_max=20, **options):
        super().__init__(max_length=(entry_max_length + 2) * entries_max, **options)
        self.entry_max_length, self.entries_max = entry_max_length, entries_max

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        """The hidden-mark check runs on the text, which is a list by then: so it runs here, line by line."""
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def validate(self, value):
        super().validate(value)
        if len(value) > self.entries_max:
            raise forms.ValidationError(_("最多 %(number)s 行。") % {"number": self.entries_max})
        for line in value:
            if len(line) > self.entry_max_length:
                limit = {"line": line[:20], "number": self.entry_max_length}
                raise forms.ValidationError(_("“%(line)s…”超过 %(number)s 个字。") % limit)
            refuse_hidden_marks(line)

    def run_validators(self, value):
        super().run_validators("\n".join(value))

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)


class PolicyForm(StyledModelForm):
    issuers = LinesField(label=_("发文机关"), required=False, help_text=_("每行一个；联合发文的按文头顺序填写。"))
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
        others = PolicyDocument.objects.exclude(pk=self.instance.pk).exclude(status=PolicyStatus.REPEALED)
        self.fields["replaced_by"].queryset = others.order_by("number", "title", "short_name")
        self.fields["version"].initial = self.instance.version


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
