"""Every deed of this room that the audit may tell of: code -> words; and what a line was about."""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "category.add": _("登记对象类别"),
    "category.end": _("终止对象类别"),
    "fact.record": _("更新困难群众情况"),
    "government_aid.edit": _("更新政府救助记录"),
    "government_aid.record": _("记录政府救助"),
    "guardianship.add": _("登记监护人"),
    "guardianship.end": _("终止监护关系"),
    "person.edit": _("修改困难群众资料"),
    "person.find": _("查找困难群众"),
    "person.move": _("调整家庭成员"),
    "person.register": _("登记困难群众"),
    "person.unmask": _("查看完整号码"),
    "person.list": _("查看困难群众名单"),
    "person.verify": _("核实困难群众资料"),
    "person.view": _("查看困难群众资料"),
}

OBJECTS = {
    "governmentaid": _("政府救助记录"),
    "guardianship": _("监护关系"),
    "household": _("家庭"),
    "person": _("困难群众"),
    "personcategory": _("对象类别"),
}
