from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import StyledForm
from programs.imports import MOST_BYTES


class ProgramUploadForm(StyledForm):
    file = forms.FileField(
        label=_("文件"), max_length=120, widget=forms.FileInput(attrs={"accept": ".xlsx,.json"}),
        help_text=_("xlsx 工作簿或 JSON，最大 5 MB。用“导出”得到的文件作模板。"),
    )  # fmt: skip

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("文件超过 5 MB，请分成几个文件导入。"))
        return file
