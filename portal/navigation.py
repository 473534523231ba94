"""The menu, by permission. A group is shown when at least one of its entries is, daily work first; what would not fit
on a desk's screen is folded, except where one stands."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members import outbox
from portal.home import pending_roles
from referrals import aid_shown, desks, minors, shares, tellings


@dataclass(frozen=True)
class Entry:
    label: str
    url_name: str
    permission: str
    # function(staff) -> how many wait there; asked on every page, so one cheap query for few people
    count: Callable | None = None
    # function(staff) -> is it theirs besides the permission?
    when: Callable | None = None


# So many lines fit on a screen of 900 pixels.
LINES = 26
# An address is the same for everybody and on every page.
_address = functools.cache(reverse)


MENU = [
    ("", [Entry(_("今天"), "home", "home.view"), Entry(_("我的作业"), "members:list_jobs", "job.view")]),
    (
        _("转介"),
        [
            Entry(_("收到的"), "referrals:list_received_referrals", "referral.receive", desks.count_received),
            Entry(_("发出的"), "referrals:list_sent_referrals", "referral.write", desks.count_back),
            Entry(_("告知民政"), "referrals:list_tellings", "referral.write", when=tellings.is_outside),
            Entry(_("辖区内的"), "referrals:list_area_referrals", "referral.view", when=desks.has_area),
            Entry(_("经办人"), "referrals:list_handlers", "referral.reassign"),
            Entry(_("救急难"), "referrals:list_urgent", "referral.view"),
            Entry(_("名册与公示"), "referrals:list_batches", "batch.view"),
            Entry(_("承接情况"), "referrals:show_uptake", "referral.view", when=desks.has_area),
            Entry(_("帮扶台账"), "referrals:list_aid", "aid.view", aid_shown.count_mine),
        ],
    ),
    (
        _("人与需求"),
        [
            Entry(_("线索"), "referrals:list_leads", "lead.view"),
            Entry(_("我报的线索"), "referrals:list_my_leads", "lead.file"),
            Entry(_("困难群众"), "referrals:list_people", "person.view"),
            Entry(_("需求"), "referrals:list_needs", "person.view"),
            Entry(_("走访"), "referrals:list_visits", "visit.view"),
            Entry(_("结对帮扶"), "referrals:list_pairings", "pairing.view"),
            Entry(_("经济状况核对"), "referrals:list_checks", "check.view"),
            Entry(_("共享给我的个案"), "referrals:list_shares", "received.view", shares.count_held),
            Entry(_("收到的个案信息"), "referrals:list_received", "received.view"),
        ],
    ),
    (
        _("资源"),
        [
            Entry(_("项目目录"), "programs:list_programs", "program.view"),
            Entry(_("比对项目"), "programs:match_programs", "program.view"),
            Entry(_("基金与台账"), "programs:list_funds", "fund.view"),
            Entry(_("供需对接"), "referrals:list_postings", "posting.view"),
            Entry(_("服务供给"), "programs:list_offers", "offer.view"),
            Entry(_("活动"), "programs:list_activities", "activity.view"),
            Entry(_("微心愿"), "programs:list_wishes", "wish.view"),
        ],
    ),
    (
        _("名单与交换"),
        [
            Entry(_("名单导入"), "referrals:list_imports", "person.import"),
            Entry(_("筛查名单"), "referrals:list_screening", "screening.view"),
            Entry(_("信息平台交换"), "referrals:list_exchange", "exchange.view"),
        ],
    ),
    (
        _("个人信息保护"),
        [
            Entry(_("未成年人个案查看"), "referrals:list_minor_access", "minor.view", minors.count_waiting),
            Entry(_("个人信息请求"), "referrals:list_requests", "subject_request.view"),
            Entry(_("个人信息条款"), "referrals:list_data_agreements", "agreement.view"),
            Entry(_("影响评估"), "referrals:list_assessments", "assessment.view"),
            Entry(_("保存期限和清除"), "referrals:list_retention", "person.purge"),
            Entry(_("安全事件"), "referrals:list_incidents", "incident.view"),
        ],
    ),
    (
        _("单位与人员"),
        [
            Entry(_("单位名录"), "members:list_organizations", "organization.view"),
            Entry(_("工作机制和联合体"), "members:list_joint_bodies", "joint_body.view"),
            Entry(_("合作协议"), "members:list_agreements", "agreement.view"),
            Entry(_("拟动员的社会力量"), "members:list_prospects", "prospect.view"),
            Entry(_("人员"), "members:list_staff", "staff.view"),
            Entry(_("代办授权"), "members:list_grants", "grant.view"),
            Entry(_("行政区划"), "members:list_areas", "area.view"),
        ],
    ),
    (
        _("规则"),
        [
            Entry(_("政策文件"), "members:list_policies", "policy.view"),
            Entry(_("告知书"), "referrals:list_wordings", "wording.view"),
            Entry(_("地区参数"), "members:show_my_profile", "profile.view"),
            Entry(_("本地事实"), "programs:list_local_facts", "local_fact.edit"),
            Entry(_("工作日历"), "members:show_calendar", "calendar.view"),
        ],
    ),
    (
        _("管理"),
        [
            Entry(_("等待确认的角色"), "members:list_pending_roles", "role.confirm", pending_roles),
            Entry(_("登录安全"), "members:edit_security_policy", "security.edit"),
            Entry(_("接口令牌"), "members:list_tokens", "token.manage"),
            Entry(_("事件推送"), "members:list_webhooks", "webhook.manage"),
            Entry(_("接口说明"), "api:docs", "token.manage"),
            Entry(_("投递"), "members:list_outbox", "outbox.view", outbox.dead_count),
            Entry(_("审计"), "members:list_audit", "audit.view"),
        ],
    ),
]


def menu_for(staff, path):
    held = staff.permissions
    groups = []
    for label, entries in MENU:
        shown = [_shown(entry, staff) for entry in entries if _is_theirs(entry, staff, held)]
        if shown:
            groups.append({"label": label, "entries": shown, "count": sum(entry["count"] for entry in shown)})
    _mark_current([entry for group in groups for entry in group["entries"]], path)
    _fold(groups)
    return groups


def _fold(groups):
    """From the top as many groups open as there is room for beside the headings of the others."""
    left = LINES - sum(bool(group["label"]) for group in groups)
    for group in groups:
        left -= len(group["entries"])
        group["is_open"] = left >= 0 or any(entry.get("is_current") for entry in group["entries"])


def _is_theirs(entry, staff, held):
    return entry.permission in held and (entry.when is None or entry.when(staff))


def _shown(entry, staff):
    waiting = entry.count(staff) if entry.count else 0
    return {"label": entry.label, "url": _address(entry.url_name), "count": waiting}


def _mark_current(entries, path):
    """The entry whose address is the longest beginning of this one: /areas/import/ stands below /areas/."""
    above = [
        entry for entry in entries if path == entry["url"] or (entry["url"] != "/" and path.startswith(entry["url"]))
    ]
    if above:
        max(above, key=lambda entry: len(entry["url"]))["is_current"] = True
