"""The codes of a definition in words: kinds, periods, who brings a paper, who takes a step."""

from django.utils.translation import gettext_lazy as _

from members.kinds import ProjectKind

KINDS = {
    "medical_aid": _("助医"),
    "education_aid": _("助学"),
    "hardship_relief": _("济困"),
    "disability_aid": _("助残"),
    "housing_aid": _("助居"),
    "work_aid": _("助业"),
    "elderly_aid": _("扶老"),
}
# The other classifications (four aids, four fields, seven fields) in one list; a place may write kinds of its own.
PROJECT_KINDS = dict(ProjectKind.choices)
BENEFICIARIES = {"person": _("个人"), "household": _("家庭")}
CONVENTIONS = {
    "completed_years": _("按整周岁计算，到下一个生日的前一天为止"),
    "day_after_birthday": _("从生日的次日起增加一岁"),
    "until_birthday": _("到达到上限年龄的生日当天为止"),
}
PERIODS = {
    "once": _("一次性"),
    "month": _("每月"),
    "term": _("每学期"),
    "year": _("每年"),
    "per_operation": _("每次手术"),
    "per_campaign": _("每轮活动"),
    "per_case": _("每件次"),
    "per_award": _("每次获助"),
    "whole_course": _("整个学段"),
}
UNITS = {"money": _("资金"), "goods": _("物资"), "service": _("服务")}
STAGES = {
    "application": _("申请时"),
    "declaration": _("申报时"),
    "review": _("审核时"),
    "payment": _("发放时"),
    "program": _("设立项目时"),
}
# Who brings a paper and who takes a step; a place may write others, which then speak for themselves.
PARTIES = {
    "applicant": _("申请人"),
    "beneficiary": _("受助人"),
    "charity_federation": _("慈善总会"),
    "civil_affairs": _("民政部门"),
    "city_womens_federation": _("市妇联"),
    "district_charity": _("区慈善会"),
    "dpf": _("残联"),
    "finance": _("财政部门"),
    "guardian": _("监护人"),
    "health_bureau": _("卫健部门"),
    "health_bureau_or_hospital": _("卫健部门或医院"),
    "hospital": _("医院"),
    "human_resources": _("人社部门"),
    "joint_committee": _("联合审核委员会"),
    "league_committee": _("团委"),
    "medical_insurance": _("医保部门"),
    "organization": _("受理单位"),
    "patient": _("患者"),
    "provincial_foundation": _("省基金会"),
    "public_security": _("公安部门"),
    "red_cross": _("红十字会"),
    "rehab_institution": _("康复机构"),
    "school": _("学校"),
    "school_or_womens_federation": _("学校或妇联"),
    "sponsor": _("资助方"),
    "student": _("学生"),
    "township": _("乡镇（街道）"),
}
PARTS = {"canteen_card": _("充入饭卡"), "cash": _("现金")}
PAYING = {"month": _("每月"), "quarter": _("每季度"), "term": _("每学期"), "year": _("每年")}
RHYTHMS = {**PAYING, "half_year": _("每半年")}
STEPS = {
    "apply": _("提出申请"),
    "select": _("遴选推荐"),
    "check": _("审核材料"),
    "visit": _("入户走访"),
    "sample": _("抽样走访"),
    "notice": _("公示"),
    "consult": _("会商"),
    "sign_off": _("多部门会签"),
    "forward": _("汇总上报"),
    "approve": _("审批"),
    "pay": _("拨付发放"),
    "provide": _("提供服务或物资"),
    "receive": _("签收"),
    "return": _("退回告知"),
    "apply_again": _("再次申请"),
}


def say(table, code):
    """A code in words; one that no table knows speaks for itself."""
    return str(table.get(code, code))
