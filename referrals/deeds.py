"""Every deed of this room that the audit may tell of: code -> words; and what a line was about."""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "guardianship.add": _("登记监护人"),
    "guardianship.end": _("终止监护关系"),
    "person.edit": _("修改困难群众资料"),
    "person.find": _("查找困难群众"),
    "person.move": _("调整家庭成员"),
    "person.register": _("登记困难群众"),
    "person.unmask": _("查看完整号码"),
    "person.view": _("查看困难群众资料"),
}

OBJECTS = {
    "guardianship": _("监护关系"),
    "household": _("家庭"),
    "person": _("困难群众"),
}
