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
# What a paper is, so that the same one is known again in another program.
PAPERS = {
    "program_form": _("项目申请表"),
    "declaration_form": _("申报表"),
    "id_card_self": _("本人身份证"),
    "id_card_guardian": _("监护人身份证"),
    "hukou_page_self": _("户口簿本人页"),
    "hukou_page_guardian": _("户口簿监护人页"),
    "hukou_booklet_family": _("全家户口簿"),
    "residence_proof": _("居住证明"),
    "relationship_proof": _("关系证明"),
    "dibao_certificate": _("低保证等困难身份证件"),
    "disability_certificate": _("残疾人证"),
    "hardship_certificate": _("困难证明"),
    "status_proof": _("人员身份证明"),
    "diagnosis_certificate": _("诊断证明"),
    "exam_records": _("检查病历"),
    "inpatient_record_front": _("住院病案首页"),
    "bone_marrow_report": _("骨髓检查报告"),
    "cardiac_ultrasound_report": _("心脏超声报告"),
    "developmental_scale": _("发育量表"),
    "settlement_receipt": _("结算收据"),
    "admission_letter": _("录取通知书"),
    "gaokao_ticket": _("高考准考证"),
    "bank_account": _("银行账户"),
    "bank_card": _("银行卡"),
    "photo_1inch": _("一寸照片"),
    "commitment_letter": _("承诺书"),
    "recommendation": _("推荐材料"),
    "home_visit_record": _("入户调查记录"),
    "public_notice_evidence": _("公示材料"),
    "summary_table": _("汇总表"),
    "quarterly_summary": _("季度汇总表"),
    "payment_list": _("发放名单"),
    "receipt": _("签收或领取单"),
    "agreement": _("协议书"),
    "in_person": _("本人到场"),
    "supporting_proof": _("其他证明材料"),
}
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
