"""The table of roles in words, for the page that shows it. A permission without words fails a test."""

from django.utils.translation import gettext_lazy as _

from members.roles import ALL, AREA, EVERYONE, GROUPS_OF_ROLE, OWN

ABOUT = {
    "finder": _("网格员、村级干部、志愿者：报送线索，只看自己报的。"),
    "town_caseworker": _("登记困难群众、入户、取得同意、起草并提交转介。"),
    "bureau_officer": _("办理转介、答复慈善来件、开展家庭经济状况核对。"),
    "bureau_approver": _("审批转出和受理，审签核对报告；不审批自己经办的。"),
    "member_officer": _("成员单位经办：接收、处理转来的个案，维护本单位项目。"),
    "charity_reviewer": _("评估转来的个案，提出帮扶方案并反馈。"),
    "charity_approver": _("审批帮扶方案，复核基金付款；不审批自己提出的。"),
    "charity_finance": _("登记基金收入和付款，由另一人复核；只看收款所需信息。"),
    "partner_agent": _("医院、学校等：提交材料、登记服务。"),
    "liaison_officer": _("联络会商：查看件数和滞留，安排会议。"),
    "catalogue_admin": _("维护救助帮扶目录，由另一人发布；不办个案。"),
    "unit_admin": _("管理本单位人员、资料、代理和授权。"),
    "supervisor": _("监督审计：脱敏只读，处理投诉，查看审计记录。"),
    "system_admin": _("三员之一：管理单位、账号、日历和系统运行；看不到个案。"),
    "security_admin": _("三员之一：确认角色、解除锁定、设定登录安全；看不到个案。"),
    "audit_admin": _("三员之一：查看、导出、校验审计记录；看不到个案。"),
}
GROUPS = {
    "bureau": _("民政部门"),
    "field": _("乡镇街道、服务站、村社区"),
    "member": _("成员单位"),
    "charity": _("慈善组织和社会组织"),
    "partner": _("合作单位"),
    "government": _("其他政府部门"),
    "participant": _("其他参与方"),
}
PERMISSIONS = {
    "account.manage": _("管理自己的账号"),
    "activity.answer": _("答复活动请求"),
    "activity.check": _("审核他人提交的募捐项目"),
    "activity.edit": _("登记、发布和结束活动"),
    "activity.export": _("导出活动"),
    "activity.view": _("查看活动"),
    "agreement.edit": _("维护合作协议"),
    "agreement.view": _("查看合作协议"),
    "api.view": _("查看接口文档"),
    "assessment.approve": _("审定个人信息保护影响评估"),
    "assessment.edit": _("编写个人信息保护影响评估"),
    "assessment.view": _("查看个人信息保护影响评估"),
    "area.edit": _("修改行政区划"),
    "area.import": _("导入行政区划"),
    "area.view": _("查看行政区划"),
    "audit.export": _("导出审计记录"),
    "audit.verify": _("校验审计记录"),
    "audit.view": _("查看审计记录"),
    "budget.edit": _("登记本单位的工作经费"),
    "calendar.edit": _("修改工作日历"),
    "calendar.view": _("查看工作日历"),
    "consent.record": _("征求和登记同意"),
    "consent.view": _("查看同意"),
    "consent.withdraw": _("办理撤回同意"),
    "deputy.set": _("指定代理人"),
    "disclosure.provide": _("按同意向其他单位提供个人信息"),
    "disclosure.view": _("查看个人信息提供记录"),
    "fund.approve": _("复核他人登记的付款和冲正"),
    "fund.commit": _("承诺和解除承诺基金的钱"),
    "fund.confirm": _("确认基金账与银行账户一致"),
    "fund.edit": _("登记和修改基金"),
    "fund.record": _("登记基金收入和付款"),
    "fund.view": _("查看基金和台账"),
    "fit.count": _("查看符合项目的人数"),
    "fit.view": _("查看符合项目的名单"),
    "grant.give": _("授权其他单位人员代办"),
    "grant.revoke": _("收回授权"),
    "grant.view": _("查看授权"),
    "help.view": _("查看帮助"),
    "home.view": _("查看今日待办"),
    "job.view": _("查看自己的后台作业"),
    "joint_body.edit": _("维护联合体"),
    "joint_body.view": _("查看联合体"),
    "local_fact.edit": _("维护本地事实"),
    "minor.approve": _("批准查看未成年人个案"),
    "minor.view": _("查看未成年人个案的查看批准"),
    "minor.ask": _("申请查看未成年人个案"),
    "offer.edit": _("登记、确认和撤下服务供给"),
    "offer.export": _("导出服务供给"),
    "offer.take": _("占用和退还服务名额"),
    "offer.view": _("查看服务供给"),
    "organization.clone": _("复制成员单位机制"),
    "organization.confirm_capacity": _("确认接收能力"),
    "organization.create": _("登记单位"),
    "organization.edit": _("修改单位资料"),
    "organization.export": _("导出单位名册"),
    "organization.register": _("修改单位登记事项"),
    "organization.relate": _("设定单位关系"),
    "organization.suspend": _("暂停和恢复单位"),
    "organization.view": _("查看单位"),
    "outbox.retry": _("重新投递消息"),
    "outbox.view": _("查看待投递消息"),
    "person.edit": _("修改困难群众资料"),
    "person.merge": _("合并重复登记的困难群众"),
    "person.register": _("登记困难群众"),
    "person.unmask": _("说明理由后查看完整证件号码等"),
    "person.view": _("查看困难群众"),
    "policy.edit": _("维护政策文件"),
    "policy.view": _("查看政策文件"),
    "profile.edit": _("设定地区参数"),
    "profile.view": _("查看地区参数"),
    "prospect.edit": _("维护联络名录"),
    "prospect.view": _("查看联络名录"),
    "program.delegate": _("授权其他单位人员代办项目"),
    "program.edit": _("编写项目"),
    "program.match": _("判定一个人符合哪些项目"),
    "program.release": _("发布他人提交的项目"),
    "program.submit": _("提交项目待发布"),
    "program.view": _("查看项目目录"),
    "program.withdraw": _("撤回已发布的项目"),
    "received.view": _("查看其他单位提供的个人信息"),
    "relation.declare": _("申报关系人"),
    "role.confirm": _("确认角色"),
    "role.propose": _("提出和结束角色"),
    "round.edit": _("登记项目批次和名额"),
    "search.use": _("使用查找"),
    "security.edit": _("设定登录安全"),
    "session.end": _("退出他人的登录"),
    "staff.edit": _("修改、停用和恢复人员"),
    "staff.handover": _("交接工作、办理离岗"),
    "staff.invite": _("邀请人员"),
    "staff.unlock": _("解除锁定、重设第二重验证"),
    "staff.view": _("查看人员"),
    "styleguide.view": _("查看组件样例"),
    "system.view": _("查看系统运行"),
    "wording.edit": _("编写告知书"),
    "wording.release": _("发布他人编写的告知书"),
    "wording.view": _("查看告知书"),
    "token.accept": _("接受以自己名义办事的接口令牌"),
    "token.manage": _("管理接口令牌"),
    "wish.claim": _("认领微心愿"),
    "wish.edit": _("登记和公开微心愿"),
    "wish.export": _("导出微心愿"),
    "wish.view": _("查看微心愿"),
}
REACH = {OWN: _("本单位"), AREA: _("本区域及以下"), ALL: _("全部")}


def words_of(permission):
    return PERMISSIONS.get(permission, permission)


def permissions_of(table):
    """[(what, how far)] of one role."""
    return [(words_of(permission), REACH[reach]) for permission, reach in table.items()]


def everyone():
    return permissions_of(EVERYONE)


def groups_of(role):
    groups = GROUPS_OF_ROLE[role]
    return [_("各类单位")] if groups == GROUPS.keys() else [words for group, words in GROUPS.items() if group in groups]
