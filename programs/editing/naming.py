"""Places of a definition in words: papers[2].originals is 材料 3 · 原件."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import ceilings
from programs.editing.places import parts_of

# Lists whose rows are counted in words, and keys that say nothing to a reader.
ROWS = {
    "papers": gettext_lazy("材料"), "rules": gettext_lazy("规定"), "tiers": gettext_lazy("档次"),
    "options": gettext_lazy("选项"), "steps": gettext_lazy("步骤"), "notes": gettext_lazy("备注"),
    "deadlines": gettext_lazy("期限"), "all": gettext_lazy("第"), "any": gettext_lazy("第"),
}  # fmt: skip
SILENT = {"not", "all", "any"}
KEYS = {
    "condition": gettext_lazy("条件"), "benefit": gettext_lazy("待遇"), "name": gettext_lazy("名称"),
    "kind": gettext_lazy("类别"), "kinds": gettext_lazy("项目分类"), "groups": gettext_lazy("帮扶人群"),
    "unit": gettext_lazy("主管单位"), "sponsor": gettext_lazy("出资或发起"), "region": gettext_lazy("地区"),
    "handed_to": gettext_lazy("交到哪里"), "public_text": gettext_lazy("公开说明"),
    "fund_codes": gettext_lazy("基金编号"), "beneficiary": gettext_lazy("帮扶对象"),
    "age_convention": gettext_lazy("年龄算法"), "applicants": gettext_lazy("谁可以申请"), "quota": gettext_lazy("名额"),
    "why": gettext_lazy("出处"), "row": gettext_lazy("附件中的序号"), "fact": gettext_lazy("查什么"),
    "test": gettext_lazy("怎样判断"), "value": gettext_lazy("值"), "low": gettext_lazy("下限"),
    "high": gettext_lazy("上限"), "low_open": gettext_lazy("不含下限"), "high_open": gettext_lazy("不含上限"),
    "called": gettext_lazy("在句子里称作"), "exception": gettext_lazy("只对少数人开的口子"),
    "when": gettext_lazy("什么情况下"), "code": gettext_lazy("编号"), "originals": gettext_lazy("原件"),
    "copies": gettext_lazy("复印件"), "either": gettext_lazy("原件或复印件"), "seals": gettext_lazy("印章"),
    "refused_seals": gettext_lazy("不认的印章"), "stage": gettext_lazy("何时提交"),
    "valid_days": gettext_lazy("有效天数"), "form": gettext_lazy("用表"),
    "fields": gettext_lazy("表上的栏目"), "note": gettext_lazy("说明"),
    "period": gettext_lazy("周期"), "payee": gettext_lazy("付给谁"), "fund": gettext_lazy("资金来源"),
    "cap": gettext_lazy("上限"), "case_cap": gettext_lazy("每件上限"), "plan": gettext_lazy("分期"),
    "months_per_year": gettext_lazy("每年月数"), "says": gettext_lazy("说明"), "id": gettext_lazy("名称"),
    "pay": gettext_lazy("金额"), "amount": gettext_lazy("金额"), "otherwise": gettext_lazy("其余情况"),
    "table": gettext_lazy("对照表"), "times": gettext_lazy("次数"), "most": gettext_lazy("最多次数"),
    "copay": gettext_lazy("自付"), "pending": gettext_lazy("未知时幅度"), "actor": gettext_lazy("谁"),
    "does": gettext_lazy("做什么"), "deadline": gettext_lazy("期限"), "working_days": gettext_lazy("工作日"),
    "sheets": gettext_lazy("份数"), "struck": gettext_lazy("简易程序"), "filed": gettext_lazy("各份存在哪里"),
    "bodies": gettext_lazy("会签单位"), "share": gettext_lazy("抽样比例"), "days": gettext_lazy("公示天数"),
    "drawn": gettext_lazy("随机抽取审批人"),
    "every": gettext_lazy("多久一次"), "terms": gettext_lazy("学期数"), "parts": gettext_lazy("每月发放"),
    "months": gettext_lazy("发放月份"), "donor_pays": gettext_lazy("资助方拨付"),
    "limits": gettext_lazy("重复和超额"), "year_cap": gettext_lazy("每人每年上限"), **ceilings.RULES,
    "cap_facts": gettext_lazy("也不超过"), "from": gettext_lazy("从"), "to": gettext_lazy("到"),
}  # fmt: skip


def in_words(place):
    """材料 3 · 原件; what no table knows speaks for itself."""
    said, before = [], ""
    for part in parts_of(place):
        if isinstance(part, int):
            said.append(_row(before, part + 1))
        elif part not in SILENT and part not in ROWS:
            said.append(str(KEYS.get(part, part)))
        before = part
    return _(" · ").join(said) if said else str(ROWS.get(before, KEYS.get(before, place)))


def _row(key, number):
    if key in ("all", "any"):
        return _("第 %s 条") % number
    if key in ROWS:
        return _("%(row)s %(number)s") % {"row": ROWS[key], "number": number}
    return _("第 %s 个") % number
