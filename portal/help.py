"""Which page of help belongs to which page: a noun has one name everywhere, so the module of the view tells."""

from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# topic -> (title, the modules of views it explains); its text is templates/help/<topic>.html
TOPICS = {
    "start": (_("从这里开始"), {"portal.views"}),
    "keys": (_("键盘操作"), set()),
    "staff": (
        _("人员、角色和邀请"),
        {"members.views.staff", "members.views.roles", "members.views.invitations", "members.views.security"},
    ),
    "relations": (_("关系申报"), {"members.views.relations"}),
    "areas": (_("行政区划"), {"members.views.areas"}),
    "referrals": (_("转介"), {"referrals.views.referrals", "referrals.views.desks", "referrals.views.writing"}),
    "cases": (_("一件个案的页面"), {"referrals.views.cases", "referrals.views.notes", "referrals.views.follow_ups"}),
    "aid": (_("帮扶台账"), {"referrals.views.aid", "referrals.views.aid_returns", "referrals.views.told_aid"}),
    "leads": (_("线索"), {"referrals.views.leads"}),
    "shares": (_("把个案共享给第三方"), {"referrals.views.shares"}),
    "guests": (_("接收单位还没有账号"), {"referrals.views.guests"}),
    "urgent": (_("救急难"), {"referrals.views.urgent"}),
    "tellings": (_("慈善转政府"), {"referrals.views.tellings"}),
    "batches": (
        _("名册与公示"),
        {
            "referrals.views.batches",
            "referrals.views.notices",
            "referrals.views.batch_decisions",
            "referrals.views.batch_stations",
            "referrals.views.filings",
        },
    ),
    "needs": (_("需求"), {"referrals.views.needs"}),
    "screening": (_("筛查名单"), {"referrals.views.screening"}),
    "checks": (_("经济状况核对"), {"referrals.views.checks"}),
    "visits": (_("走访"), {"referrals.views.visits"}),
    "people": (
        _("困难群众"),
        {"referrals.views.people", "referrals.views.facts", "referrals.views.mergers", "referrals.views.matching"},
    ),
    "documents": (_("材料"), {"referrals.views.documents"}),
    "exchange": (_("信息平台交换"), {"referrals.views.exchange"}),
    "people_imports": (_("名单导入"), {"referrals.views.imports"}),
    "organizations": (
        _("单位名录"),
        {"members.views.organizations", "members.views.contact_posts", "members.views.affiliations"},
    ),
    "grants": (_("代办授权"), {"members.views.grants"}),
    "agreements": (_("合作协议"), {"members.views.agreements"}),
    "joint_bodies": (_("工作机制和联合体"), {"members.views.joint_bodies"}),
    "prospects": (_("拟动员的社会力量"), {"members.views.prospects"}),
    "policies": (_("政策文件"), {"members.views.policies"}),
    "programs": (
        _("项目目录"),
        {
            "programs.views.programs",
            "programs.views.versions",
            "programs.views.editor",
            "programs.views.effects",
            "programs.views.samples",
            "programs.views.local_facts",
            "programs.views.rounds",
            "programs.views.grants",
            "programs.views.fits",
        },
    ),
    "consents": (
        _("同意和信息提供"),
        {"referrals.views.consents", "referrals.views.disclosures", "referrals.views.own_consents"},
    ),
    "subject_requests": (_("个人信息权利"), {"referrals.views.subject_requests"}),
    "incidents": (_("安全事件"), {"referrals.views.incidents"}),
    "minors": (_("未成年人个案"), {"referrals.views.minors"}),
    "wordings": (_("告知书"), {"referrals.views.wordings"}),
    "safeguards": (_("个人信息条款和影响评估"), {"referrals.views.safeguards"}),
    "matches": (_("比对项目"), {"programs.views.matches"}),
    "public_pages": (_("公开页面"), {"programs.views.public", "programs.views.find"}),
    "postings": (_("供需对接"), {"referrals.views.postings"}),
    "pairings": (_("结对帮扶"), {"referrals.views.pairings"}),
    "offers": (_("服务供给"), {"programs.views.offers"}),
    "activities": (_("活动"), {"programs.views.activities", "programs.views.questions"}),
    "wishes": (_("微心愿"), {"programs.views.wishes"}),
    "program_files": (_("导出和导入项目"), {"programs.views.imports"}),
    "funds": (
        _("基金与台账"),
        {
            "programs.views.funds",
            "programs.views.fund_ledger",
            "programs.views.fund_imports",
            "programs.views.fund_overview",
        },
    ),
    "profiles": (_("地区参数"), {"members.views.profiles"}),
    "tokens": (_("接口令牌"), {"members.views.tokens", "portal.api"}),
    "webhooks": (_("事件推送"), {"members.views.webhooks"}),
    "platforms": (_("与其他平台交换（FHIR）"), set()),
    "calendar": (_("工作日历"), {"members.views.calendar"}),
    "audit": (_("审计"), {"members.views.audit"}),
    "jobs": (_("后台作业"), {"members.views.jobs"}),
    "outbox": (_("投递"), {"members.views.outbox"}),
    "account": (_("我的账号和登录"), {"allauth", "members.views.account"}),
}

_TOPIC_OF = {module: topic for topic, (_title, modules) in TOPICS.items() for module in modules}


def url_of(match):
    """The help of the page that was asked for; the contents when it has none of its own."""
    module = match.func.__module__ if match else ""
    topic = _TOPIC_OF.get(module) or _TOPIC_OF.get(module.split(".")[0])
    return reverse("help_topic", kwargs={"topic": topic}) if topic else reverse("help")


def trouble():
    """What the table promises and is not there; asked by a test."""
    folder = Path(settings.BASE_DIR) / "templates" / "help"
    texts = [topic for topic in TOPICS if not (folder / f"{topic}.html").exists()]
    return texts + [module for module in _TOPIC_OF if find_spec(module) is None]
