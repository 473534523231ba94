"""What waits for a person, on the page "今天": each app has cards; a number leads to the list behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members import (
    jobs,
    outbox,
    relations,
    tokens,
    webhooks,
)
from members.models import (
    Organization,
    RoleAssignment,
)
from programs import access as programs
from programs import funds, supply, versions
from referrals import (
    aid_returns,
    aid_shown,
    batches_shown,
    boards,
    case_notes,
    check_figures,
    consents_shown,
    desks,
    disclosure,
    guests,
    imports_shown,
    lead_figures,
    minors,
    pairings_shown,
    retention,
    screening,
    shares,
    tellings,
    urgent_lanes,
)
from referrals.models import FollowUp, Person

LATE, TODAY, NEW, ANSWERED = "late", "today", "new", "answered"
KINDS = {LATE: _("已逾期"), TODAY: _("今天要办"), NEW: _("新来的"), ANSWERED: _("有了结果")}


@dataclass(frozen=True)
class Card:
    title: str
    kind: str
    permission: str
    url_name: str
    # function(staff) -> how many; one cheap query
    count: Callable
    # filters of the list, so that it shows what was counted
    query: str = ""
    # why it waits and what to do, in one line
    hint: str = ""


def pending_roles(staff):
    return RoleAssignment.objects.waiting_for(staff).count()


def due_statement(staff):
    return int(relations.is_statement_due(staff))


def follow_ups_due(staff):
    return FollowUp.objects.of(staff).due().count()


def not_verified(staff):
    """Up to a thousand: who has more to look after need not know how many."""
    return Person.objects.visible_to(staff, "person.edit").not_verified()[:1000].count()


def on_desk(desk, tab, staff):
    """Of one tab; all tabs of a desk are counted at once."""
    return desks.counts_of(staff, desk).get(tab, 0)


def late_in_area(staff):
    """For whoever only looks on: those who work on referrals have their own desks."""
    is_looking_on = desks.has_area(staff) and "referral.write" not in staff.permissions
    return on_desk(desks.AREA, "late", staff) if is_looking_on else 0


def _of_desk(desk, tab, kind, title, hint, permission):
    names = {desks.RECEIVED: "list_received_referrals", desks.SENT: "list_sent_referrals"}
    counted = partial(on_desk, desk, tab)
    return Card(title, kind, permission, f"referrals:{names[desk]}", counted, query=f"tab={tab}", hint=hint)


_received, _sent = partial(_of_desk, desks.RECEIVED), partial(_of_desk, desks.SENT)
TAKES, WRITES = "referral.receive", "referral.write"
OF_REFERRALS = [
    _received("late", LATE, _("收到的转介超过期限"), _("先办这些：转出单位和家庭在等，再拖会逐级提醒。"), TAKES),
    _received("to_sign", NEW, _("收到的转介待签收"), _("打开看看，或者勾选几件一起签收。"), TAKES),
    _received("today", TODAY, _("收到的转介今天到期"), _("今天下班前办完这一步。"), TAKES),
    _received("to_decide", TODAY, _("收到的转介待决定"), _("接收、退回补充、排队候补，或者写明原因不予接收。"), TAKES),
    _received("to_begin", TODAY, _("已接收，待联系"), _("第一次联系或上门后登记“开始帮扶”。"), TAKES),
    _received(
        "to_agree", NEW, _("同事提请您同意"), _("可能重复、重新办理或者作废的，由第二人审核后生效。"), "referral.decide"
    ),
    _sent("late", LATE, _("发出的转介等您答复，已超过期限"), _("再拖会失效或者自动闭环。"), WRITES),
    _sent("review", NEW, _("转介待审核"), _("同事或下级写好的，核对后发出。"), "referral.send"),
    _sent("returned", TODAY, _("转介被退回补充"), _("逐条答复，答完对方的时限接着算。"), WRITES),
    _sent("to_confirm", ANSWERED, _("转介有了反馈，待确认"), _("看看帮到了没有：确认闭环，或者提出异议。"), WRITES),
    _sent("draft", TODAY, _("没有写完的转介"), _("写完发出，或者放弃；90 天后自动删除。"), WRITES),
    Card(
        _("转介提请工作紧急会商"),
        TODAY,
        "referral.consult",
        "referrals:list_area_referrals",
        partial(on_desk, desks.AREA, "to_consult"),
        query="tab=to_consult",
        hint=_("提过异议仍有分歧：请双方商量，记录结论。有结论以前不会自动闭环。"),
    ),
    Card(
        _("应当告知民政的家庭，已超过期限"),
        LATE,
        WRITES,
        "referrals:list_tellings",
        tellings.count_late,
        query="show=late",
        hint=_("可能符合政府救助而没有申请：按本地规定告知民政或者协助申请。"),
    ),
    Card(
        _("应当告知民政的家庭"),
        TODAY,
        WRITES,
        "referrals:list_tellings",
        tellings.count_in_time,
        hint=_("先问过家庭，再告知；不适用的，记录政府救助的结果。"),
    ),
    Card(
        _("有单位收到转介，还没有账号"),
        NEW,
        "staff.invite",
        "referrals:list_units_without_account",
        guests.count_for,
        hint=_("请邀请它的管理员开通账号。"),
    ),
    Card(
        _("救急难等您审核"),
        TODAY,
        "referral.send",
        "referrals:list_sent_referrals",
        desks.count_urgent_to_review,
        query="tab=review&urgent=on",
        hint=_("最先看这些：审核通过马上发出。"),
    ),
    Card(
        _("救急难还没有补齐"),
        TODAY,
        WRITES,
        "referrals:list_urgent",
        urgent_lanes.count_wanting,
        query="show=wanting",
        hint=_("72 小时内补齐同意，否则停止提供；随后补齐材料。"),
    ),
    Card(
        _("个案跟进到期"),
        TODAY,
        "referral.view",
        "referrals:list_follow_ups",
        follow_ups_due,
        query="show=due",
        hint=_("会商、研判、跟进、帮扶、反馈：做完写一句结果，需要的再定下一次。"),
    ),
    Card(
        _("对方单位的新留言"),
        NEW,
        "referral.view",
        "referrals:list_messages",
        case_notes.count_unread,
        hint=_("打开个案，看过就不再提醒。"),
    ),
    Card(
        _("辖区内的转介超过期限"),
        LATE,
        "referral.view",
        "referrals:list_area_referrals",
        late_in_area,
        query="tab=late",
        hint=_("看看卡在哪个单位、哪一步。"),
    ),
]


def _of_aid(tab, kind, title, hint, permission):
    counted = partial(aid_shown.count_of, tab)
    return Card(title, kind, permission, "referrals:list_aid", counted, query=f"tab={tab}", hint=hint)


OF_AID = [
    Card(
        _("名册已逾期"),
        LATE,
        "batch.view",
        "referrals:list_batches",
        batches_shown.count_late,
        query="show=late",
        hint=_("按项目规定的工作日还没有办完支付，打开看缺哪一步。"),
    ),
    _of_aid(
        "to_approve", NEW, _("帮扶待审批"), _("看金额的依据和以前得到的帮扶；自己提出的由同事审批。"), "aid.approve"
    ),
    _of_aid("to_pay", TODAY, _("帮扶待支付"), _("已经批准、资金已经承诺的，付款后登记凭证号。"), "aid.pay"),
    Card(
        _("上个月的帮扶等您报送"),
        TODAY,
        "aid.return",
        "referrals:list_aid_returns",
        aid_returns.count_missing,
        hint=_("核对台账里的合计，报给民政部门；没有开展帮扶的也要报送。"),
    ),
    _of_aid(
        "to_sign", TODAY, _("分期待签收"), _("钱到了学校，等本人签收的月份：登记签收单编号或照片。"), "aid.deliver"
    ),
    _of_aid("to_deliver", TODAY, _("帮扶待交付"), _("物资和服务交到家里以后，登记签收和照片。"), "aid.deliver"),
]
CARDS: list[Card] = [
    *OF_REFERRALS,
    *OF_AID,
    Card(
        _("需求有单位认领，等您答复"),
        NEW,
        "posting.edit",
        "referrals:list_postings",
        boards.count_waiting,
        query="show=waiting",
        hint=_("采纳以后征求本人同意，再转介；不采纳的写明原因。"),
    ),
    Card(
        _("结对帮扶该联系了"),
        LATE,
        "pairing.edit",
        "referrals:list_pairings",
        pairings_shown.count_late,
        query="show=late",
        hint=_("约定的日子已过，还没有记录。"),
    ),
    Card(
        _("经济状况核对超过期限"),
        LATE,
        "check.view",
        "referrals:list_checks",
        check_figures.count_late,
        hint=_("申请单位在等结论；期限按工作日计算。"),
    ),
    Card(
        _("经济状况核对等您办理"),
        NEW,
        "check.view",
        "referrals:list_checks",
        check_figures.count_to_answer,
        hint=_("写报告，或者审签同事写好的报告。"),
    ),
    Card(
        _("经济状况核对有了结论"),
        ANSWERED,
        "check.view",
        "referrals:list_checks",
        check_figures.count_answered,
        query="show=all",
        hint=_("结论供帮扶参考，不是门槛。"),
    ),
    Card(
        _("政府救助后仍有困难，待核查"),
        TODAY,
        "screening.view",
        "referrals:list_screening",
        screening.count_pending,
        hint=_("逐个核查，安排进一步帮扶或写明结果。"),
    ),
    Card(
        _("线索超过期限"),
        LATE,
        "lead.triage",
        "referrals:list_leads",
        lead_figures.count_late,
        query="show=late",
        hint=_("尽快上门或电话核实；报送人在等结果。"),
    ),
    Card(
        _("线索待处理"),
        NEW,
        "lead.triage",
        "referrals:list_leads",
        lead_figures.count_waiting,
        hint=_("最急的在最前：核实后登记、关联、记为重复，或者了结。"),
    ),
    Card(
        _("您报的线索有了结果"),
        ANSWERED,
        "lead.file",
        "referrals:list_my_leads",
        lead_figures.count_answered,
        hint=_("打开看看怎么处理的。"),
    ),
    Card(
        _("困难群众资料半年未核实"),
        TODAY,
        "person.edit",
        "referrals:list_people",
        not_verified,
        query="state=stale",
        hint=_("走访或电话核实后，点“核实过，没有变化”，或更新资料。"),
    ),
    Card(
        _("名单已检查，等您决定是否导入"),
        TODAY,
        "person.import",
        "referrals:list_imports",
        imports_shown.count_waiting,
        hint=_("成员单位推送来的、检查完还没有导入的；两周后自动删除。"),
    ),
    Card(
        _("共享给您的个案"),
        TODAY,
        "received.view",
        "referrals:list_shares",
        shares.count_held,
        hint=_("只共享给您本人，到期自动停止；看过后在页面上答复。"),
    ),
    Card(
        _("共享已结束，请确认删除"),
        TODAY,
        "received.view",
        "referrals:list_shares",
        shares.count_to_confirm,
        query="show=ended",
        hint=_("留存的打印件、文件和抄录要删除并确认。"),
    ),
    Card(
        _("新收到的个案信息"),
        NEW,
        "received.view",
        "referrals:list_received",
        disclosure.count_unseen,
        hint=_("别的单位征得本人同意后提供的，还没有人打开。"),
    ),
    Card(
        _("收到的信息已停止提供，请确认删除"),
        TODAY,
        "received.view",
        "referrals:list_received",
        consents_shown.count_to_confirm,
        query="show=ended",
        hint=_("本人撤回同意或者到期后，留存的要删除并确认。"),
    ),
    Card(
        _("查看未成年人个案的申请等您批准"),
        NEW,
        "minor.approve",
        "referrals:list_minor_access",
        minors.count_waiting,
        query="show=waiting",
        hint=_("未满 18 周岁的个案，经负责人批准才能查看。"),
    ),
    Card(
        _("个人信息请求待答复"),
        TODAY,
        "subject_request.answer",
        "referrals:list_requests",
        consents_shown.count_requests,
        hint=_("收到后 15 个工作日内答复。"),
    ),
    Card(
        _("清除个人信息等您确认"),
        NEW,
        "person.purge",
        "referrals:list_retention",
        retention.count_waiting,
        hint=_("同事提出的；确认以后不能恢复，看清原因再办。"),
    ),
    Card(
        _("同意快到期"),
        TODAY,
        "consent.record",
        "referrals:list_ending_consents",
        consents_shown.count_ending_soon,
        hint=_("30 天内到期；还要继续帮扶的，到期前重新征求同意。"),
    ),
    Card(
        _("别的单位授权您办理的项目"),
        NEW,
        "program.view",
        "programs:list_drafts",
        programs.count_new_grants,
        hint=_("可以编写或发布哪几个项目、到哪一天为止，打开就看到。"),
    ),
    Card(
        _("家庭在网上撤回了同意"),
        NEW,
        "consent.record",
        "referrals:list_ending_consents",
        consents_shown.count_taken_back,
        query="show=taken_back",
        hint=_("接收单位已经不能再看；问问本人，正在进行的帮扶要不要继续。"),
    ),
    Card(
        _("项目等您发布"),
        NEW,
        "program.release",
        "programs:list_drafts",
        versions.count_to_release,
        query="show=release",
        hint=_("同事写好提交了，由您核对后定生效日期。"),
    ),
    Card(
        _("您的项目草稿"),
        TODAY,
        "program.edit",
        "programs:list_drafts",
        versions.count_own_drafts,
        query="show=mine",
        hint=_("写好后提交，由另一位目录管理员发布。"),
    ),
    Card(
        _("付款和冲正等您复核"),
        NEW,
        "fund.approve",
        "programs:list_fund_orders",
        funds.count_waiting,
        hint=_("同事登记好了，由您核对凭证后入账。"),
    ),
    Card(
        _("基金资金不足"),
        LATE,
        "fund.edit",
        "programs:list_funds",
        funds.count_short,
        query="state=short",
        hint=_("可用余额低于预警线：先募集，或者放缓承诺。"),
    ),
    Card(
        _("请核对基金余额"),
        TODAY,
        "fund.confirm",
        "programs:list_funds",
        funds.count_unconfirmed,
        query="state=stale",
        hint=_("超过 31 天没有与银行账户核对。"),
    ),
    Card(
        _("活动已到期，请登记结果"),
        LATE,
        "activity.edit",
        "programs:list_activities",
        supply.count_over,
        query="state=over",
        hint=_("帮了多少人、投入多少，登记后公开。"),
    ),
    Card(
        _("别的单位请您提供帮助或共同举办"),
        NEW,
        "activity.answer",
        "programs:list_requests",
        supply.count_open_requests,
        query="show=asked",
        hint=_("看清需要什么，答复同意、部分同意或不同意。"),
    ),
    Card(
        _("募捐项目等您审核"),
        NEW,
        "activity.check",
        "programs:list_activities",
        supply.count_to_check,
        query="state=check",
        hint=_("核对公开募捐资格、备案编号和平台，通过即发布。"),
    ),
    Card(
        _("请确认服务供给仍然有效"),
        TODAY,
        "offer.edit",
        "programs:list_offers",
        supply.count_offers_to_confirm,
        query="show=stale",
        hint=_("一直不确认的，不再推荐给个案。"),
    ),
    Card(
        _("认领的微心愿快到承诺日期"),
        TODAY,
        "wish.claim",
        "programs:list_wishes",
        supply.count_wishes_to_fulfill,
        query="show=due",
        hint=_("送到登记单位后登记实现；不能实现的请尽早放弃。"),
    ),
    Card(
        _("角色等您确认"),
        NEW,
        "role.confirm",
        "members:list_pending_roles",
        pending_roles,
        hint=_("审批、付款和管理类角色由第二人确认后才生效。"),
    ),
    Card(
        _("年度关系申报待确认"),
        TODAY,
        "relation.declare",
        "members:list_relations",
        due_statement,
        hint=_("每年确认一次申报完整，或没有应申报的事项。"),
    ),
    Card(
        _("没有送出的邮件和通知"),
        LATE,
        "outbox.retry",
        "members:list_outbox",
        outbox.dead_count,
        query="state=dead",
        hint=_("系统试过 8 次；看清原因后重新投递。"),
    ),
    Card(
        _("请确认本单位的接收能力"),
        TODAY,
        "organization.confirm_capacity",
        "members:show_my_organization",
        Organization.objects.own_awaiting_confirmation,
        hint=_("超过 30 天没有确认，别的单位不知道还能不能转来。"),
    ),
    Card(
        _("事件推送送不出去"),
        TODAY,
        "webhook.manage",
        "members:list_webhooks",
        webhooks.count_failing,
        hint=_("贵单位系统的接收地址没有回答，有消息已经放弃。"),
    ),
    Card(
        _("接口令牌待您接受"),
        NEW,
        "token.accept",
        "members:list_tokens",
        tokens.waiting_for,
        hint=_("单位管理员建的令牌会以您的名义办事；接受前请看清它能做什么。"),
    ),
    Card(
        _("后台作业已经结束"),
        ANSWERED,
        "job.view",
        "members:list_jobs",
        jobs.unseen_count,
        hint=_("去看结果或下载文件。"),
    ),
]


# What somebody begins with, the first one foremost: (permission, words, address).
STARTS = [
    ("person.register", _("登记困难群众"), "referrals:register_person"),
    ("lead.file", _("报送线索"), "referrals:file_lead"),
]


def starts_for(staff):
    return [(words, reverse(name)) for permission, words, name in STARTS if permission in staff.permissions]


def waiting_for(staff):
    """[(kind, its name, cards)], most pressing first; what has nothing to show is left out."""
    held = {*staff.permissions, *programs.granted(staff)}
    shown = [_shown(card, card.count(staff)) for card in CARDS if card.permission in held]
    groups = []
    for kind, name in KINDS.items():
        cards = [card for card in shown if card["kind"] == kind and card["count"]]
        if cards:
            groups.append({"kind": kind, "name": name, "cards": cards})
    return groups


def _shown(card, count):
    url = reverse(card.url_name) + (f"?{card.query}" if card.query else "")
    return {"kind": card.kind, "title": card.title, "hint": card.hint, "count": count, "url": url}
