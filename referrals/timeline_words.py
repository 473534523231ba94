"""Every kind of entry of a household's time line in words. A name in brackets is filled from the entry's details."""

from django.utils.translation import gettext_lazy as _

from referrals.workflow import MOVES

# kind -> (what happened, the details in a second line; either may be filled)
WORDS = {
    "aid_changed": (_("政府救助情况更新：%(scheme)s"), "%(state)s"),
    "aid_recorded": (_("记录政府救助：%(scheme)s"), "%(state)s"),
    "aid_line_approved": (_("决定帮扶：%(form)s %(amount)s"), "%(unit)s"),
    "aid_line_cancelled": (_("取消帮扶：%(form)s %(amount)s"), "%(reason)s"),
    "aid_line_delivered": (_("已交付：%(form)s %(amount)s"), "%(unit)s"),
    "aid_line_paid": (_("已支付：%(form)s %(paid)s"), "%(unit)s"),
    "aid_line_signed": (_("已签收：%(form)s %(months)s"), "%(unit)s"),
    "aid_line_skipped": (_("停发：%(form)s %(months)s"), "%(cause)s"),
    "batch_checked": (_("抽查走访：%(batch)s"), "%(result)s"),
    "batch_handed_on": (_("名册上报：%(batch)s"), "%(to)s"),
    "batch_receipt": (_("名册回执：%(batch)s"), "%(answer)s %(to)s %(receipt)s"),
    "batch_listed": (_("列入名册：%(batch)s"), "%(program)s"),
    "batch_struck": (_("从名册剔除：%(batch)s"), "%(reason)s"),
    "category_added": (_("认定为%(category)s"), "%(certified_by)s"),
    "category_ended": (_("终止类别：%(category)s"), "%(reason)s"),
    "check_asked": (_("申请家庭经济状况核对"), "%(bureau)s"),
    "check_declined": (_("家庭经济状况未能核对"), "%(reason)s"),
    "check_delivered": (_("出具家庭经济状况核对报告"), "%(conclusion)s"),
    "contact_noted": (_("帮扶前沟通对接"), "%(unit)s"),
    "screened": (_("筛查核查：%(list)s"), "%(outcome)s %(note)s"),
    "consent_given": (_("同意：%(purpose)s"), "%(to)s"),
    "consent_refused": (_("不同意：%(purpose)s"), ""),
    "consent_withdrawn": (_("撤回同意：%(purpose)s"), "%(what)s"),
    "information_provided": (_("按同意向%(receiver)s提供信息"), "%(items)s"),
    "information_stopped": (_("停止向%(receiver)s提供信息"), ""),
    "document_added": (_("收存材料：%(paper)s"), ""),
    "document_put_aside": (_("移除材料：%(paper)s"), "%(reason)s"),
    "document_taken_back": (_("恢复材料：%(paper)s"), ""),
    "facts_recorded": (_("更新情况：%(names)s"), "%(source)s"),
    "guardian_added": (_("登记监护人（%(relation)s）"), ""),
    "guardian_ended": (_("终止监护关系（%(relation)s）"), "%(reason)s"),
    "lead_linked": (_("核实线索，与此人关联"), "%(number)s"),
    "lead_received": (_("报送线索"), "%(channel)s"),
    "need_added": (_("登记需求：%(need)s"), ""),
    "need_changed": (_("修改需求：%(need)s"), ""),
    "need_moved": (_("需求“%(need)s”：%(state)s"), "%(note)s"),
    "person_changed": (_("修改资料"), "%(names)s"),
    "person_import_undone": (_("撤销名单导入，恢复原来的资料"), ""),
    "person_imported": (_("由名单导入登记"), "%(source)s"),
    "person_joined": (_("%(name)s 加入家庭"), "%(relation)s"),
    "person_left": (_("%(name)s 离开家庭"), "%(reason)s"),
    "person_registered": (_("登记困难群众"), ""),
    "person_verified": (_("核实资料，没有变化"), ""),
    "pairing_begun": (_("登记%(form)s"), "%(number)s"),
    "pairing_ended": (_("结束%(form)s"), "%(number)s"),
    "people_merged": (_("合并重复登记"), "%(reason)s"),
    "people_unmerged": (_("撤销合并"), "%(reason)s"),
    "visited": (_("走访：%(occasion)s"), "%(result)s"),
}
# A referral's moves speak for themselves: the words of the table, and the reason or the number in the second line.
WORDS |= {f"referral_{verb}": (move.done, "%(number)s %(reason)s") for verb, move in MOVES.items()}
