from django.utils.translation import gettext_lazy as _

from portal.lib.fields import TableFileField
from portal.lib.forms import StyledForm


class ProgramUploadForm(StyledForm):
    file = TableFileField(
        accept=".xlsx,.json", help_text=_("xlsx 工作簿或 JSON，最大 5 MB。用“导出”得到的文件作模板。")
    )
