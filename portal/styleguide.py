"""The living page of the look: every component in use, each with its rule. What is drawn elsewhere is drawn here."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from members import jobs
from members.access import requires
from members.kinds import Category, NeedKind
from portal.lib import uploads
from portal.lib.charts import BAR, LINE, PIE, Chart
from portal.lib.forms import StyledForm


class SampleForm(StyledForm):
    """One field of each kind."""

    name = forms.CharField(
        label=gettext_lazy("单位名称"),
        max_length=60,
        help_text=gettext_lazy("与登记证书一致，例如“甲区慈善会”。"),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("需求"),
        choices=[("", gettext_lazy("请选择")), *NeedKind.choices],
        widget=forms.Select(attrs={"data-choose": ""}),
    )
    until = forms.DateField(
        label=gettext_lazy("有效期至"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    amount = forms.DecimalField(label=gettext_lazy("金额（元）"), min_value=0, max_digits=14, decimal_places=2)
    route = forms.ChoiceField(
        label=gettext_lazy("办理方式"),
        choices=[("plain", gettext_lazy("一般程序")), ("simple", gettext_lazy("简化程序：民政已核的材料免交"))],
        widget=forms.RadioSelect,
    )
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("服务人群"),
        choices=Category.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=gettext_lazy("说明"), required=False, max_length=500, widget=forms.Textarea({"rows": 3})
    )
    is_agreed = forms.BooleanField(label=gettext_lazy("我已核对以上内容"))

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        if amount > 30000:
            raise ValidationError(_("超过本项目上限 30,000.00 元，请减少或改走会商。"))
        return amount


class UploadForm(StyledForm):
    file = forms.FileField(
        label=gettext_lazy("选择文件"), help_text=gettext_lazy("PDF、图片、Word 或 Excel，最多 20 MB。")
    )

    def clean_file(self):
        return uploads.check(self.cleaned_data["file"])


@requires("styleguide.view")
@require_http_methods(["GET", "POST"])
def show(request):
    """The form on it is real: it says what is wrong, and stores nothing."""
    form = SampleForm(request.POST or None, initial={"route": "plain"})
    if request.method == "POST" and form.is_valid():
        messages.success(request, _("填写正确。这是样例页，没有保存任何内容。"))
        return redirect("styleguide")
    return render(request, "styleguide/show.html", {"form": form, "upload_form": UploadForm(), "charts": charts()})


@requires("styleguide.view")
@require_http_methods(["GET", "POST"])
def confirm(request):
    if request.method == "POST":
        messages.success(request, _("已确认。这是样例页，没有改动任何内容。"))
        return redirect("styleguide")
    context = {
        "heading": _("暂停这个单位？"),
        "consequence": _("暂停后，别人不能再向它发出转介；在办的 3 件由它办完。可以随时恢复。"),
        "button": _("暂停接收"),
        "back": "/styleguide/",
        "is_destructive": True,
    }
    return render(request, "confirm.html", context)


@requires("styleguide.view")
@require_POST
def upload(request):
    """Looks at a file as every upload does, and keeps nothing of it."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        checked = form.cleaned_data["file"]
        text = _("收到“%(name)s”，%(size)d 字节，检查通过。这是样例页，文件没有保存。")
        messages.success(request, text % {"name": checked.name, "size": checked.size})
        form = UploadForm()
    if request.htmx:
        return render(request, "styleguide/_upload.html", {"upload_form": form, "is_fragment": True})
    return render(request, "styleguide/show.html", {"form": SampleForm(), "upload_form": form, "charts": charts()})


@requires("styleguide.view")
@require_POST
def count_slowly(request):
    """A real job, without an effect."""
    return redirect("members:show_job", jobs.start(request.user, "styleguide.count").code)


def charts():
    """Made-up figures, said to be so."""
    months = [f"{month} 月" for month in range(6, 12)]
    note = _("样例数字，不是真实统计。")
    sent = {_("发出"): [41, 52, 47, 66, 71, 58], _("办结"): [36, 44, 49, 55, 63, 60]}
    days = {_("工作日"): [9.5, 9.1, 8.4, 8.6, 7.2, 6.9]}
    return [
        Chart("by-month", _("每月转介"), BAR, months, sent, unit=_("件"), note=note),
        Chart("days", _("平均用时"), LINE, months, days, unit=_("天"), note=note),
        Chart(
            "by-need",
            _("按需求分"),
            PIE,
            [NeedKind.MEDICAL.label, NeedKind.EDUCATION.label, NeedKind.EMERGENCY.label, NeedKind.REHABILITATION.label],
            {_("件数"): [124, 86, 61, 34]},
            unit=_("件"),
            note=note,
        ),
    ]
