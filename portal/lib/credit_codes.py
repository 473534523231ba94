"""统一社会信用代码 (GB 32100-2015) of organizations."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength
from stdnum.exceptions import ValidationError as NotACode


def read(text: str) -> str:
    """The code in its one spelling, or ValidationError that says what is wrong."""
    try:
        return uscc.validate(unicodedata.normalize("NFKC", text))
    except InvalidLength:
        raise ValidationError(_("统一社会信用代码应为 18 位。"), code="length") from None
    except InvalidChecksum:
        raise ValidationError(_("统一社会信用代码校验不通过，请与登记证书核对。"), code="checksum") from None
    except NotACode:
        raise ValidationError(
            _("不是统一社会信用代码：只含数字和大写字母，且不用 I、O、S、V、Z。"), code="format"
        ) from None
