"""Every deed of this room that the audit may tell of: code -> words; and what a line was about."""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "local_fact.add": _("新增本地事实"),
    "local_fact.edit": _("修改本地事实"),
    "local_fact.retire": _("停用本地事实"),
    "program.agree": _("设定项目的合作协议"),
    "program.copy": _("复制项目"),
    "program.create": _("新建项目"),
    "program.discard": _("放弃项目草稿"),
    "program.edit": _("修改项目草稿"),
    "program.export": _("导出项目"),
    "program.import": _("导入项目草稿"),
    "program.load": _("装入随系统提供的项目"),
    "program.release": _("发布项目"),
    "program.return": _("退回待发布的项目"),
    "program.start": _("起草项目新版本"),
    "program.submit": _("提交项目待发布"),
    "program.upload": _("上传项目文件"),
    "program.withdraw": _("撤回已发布的项目"),
    "program_grant.give": _("授权代办项目"),
    "program_grant.revoke": _("收回项目代办授权"),
    "round.change": _("修改项目批次"),
    "round.open": _("登记项目批次"),
    "round.take": _("占用或退还批次名额"),
}

OBJECTS = {
    "program": _("项目"),
    "programimport": _("项目导入"),
    "localfact": _("本地事实"),
    "round": _("项目批次"),
}
