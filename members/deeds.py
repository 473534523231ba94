"""Every deed the audit may tell of: code -> words. `record()` with a code that is missing here fails a test.

Other apps keep such a table of their own and hand it to `audit.name_deeds()`. Codes are noun.verb, never renamed after
release: lines of years ago still say them.
"""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "access.refused": _("访问被拒绝"),
    "area.import": _("导入区划"),
    "area.load": _("装入随系统提供的区划"),
    "area.rename": _("登记区划更名"),
    "area.replace": _("登记区划撤并"),
    "area.upload": _("上传区划文件"),
    "audit.archive": _("归档审计记录"),
    "audit.export": _("导出审计记录"),
    "audit.verify": _("校验审计记录"),
    "job.cancel": _("取消后台作业"),
    "job.download": _("下载作业结果"),
    "job.start": _("发起后台作业"),
    "language.choose": _("切换界面语言"),
    "organization.move": _("单位随区划调整"),
    "outbox.retry": _("重新投递消息"),
    "password.change": _("更换口令"),
    "password.force": _("要求更换口令"),
    "personal_data.read": _("查看个人信息"),
    "policy.create": _("录入政策文件"),
    "policy.edit": _("修改政策文件"),
    "policy.load": _("装入随系统提供的政策文件"),
    "policy.publish": _("主动公开政策文件"),
    "policy.withdraw": _("撤下公开的政策文件"),
    "second_factor.add": _("添加第二重验证"),
    "second_factor.fail": _("第二重验证未通过"),
    "second_factor.remove": _("移除第二重验证"),
    "second_factor.renew": _("重新生成恢复码"),
    "second_factor.reset": _("重设他人的第二重验证"),
    "security_policy.edit": _("修改登录安全设置"),
    "session.end": _("退出他处的登录"),
    "session.expire": _("登录到时退出"),
    "sign_in.enter": _("登录"),
    "sign_in.fail": _("登录未成功"),
    "sign_in.leave": _("退出登录"),
    "sign_in.lock": _("登录名被锁定"),
    "staff.unlock": _("解除锁定"),
    "profile.cancel": _("撤销尚未施行的地区参数"),
    "profile.load": _("装入随系统提供的地区参数"),
    "profile.set": _("设置地区参数"),
    "token.accept": _("接受接口令牌"),
    "token.make": _("申请接口令牌"),
    "token.revoke": _("撤销接口令牌"),
}

# What a line was about: model name -> words. An unknown one shows its name.
OBJECTS = {
    "area": _("行政区划"),
    "areaimport": _("区划导入"),
    "deputy": _("代办"),
    "invitation": _("邀请"),
    "job": _("后台作业"),
    "organization": _("单位"),
    "outboxmessage": _("待投递消息"),
    "policydocument": _("政策文件"),
    "roleassignment": _("角色"),
    "securitypolicy": _("登录安全设置"),
    "staff": _("人员"),
}
