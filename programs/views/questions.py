"""What is asked before a step is taken, by noun and verb: heading, what follows from it, button; and, when done, what
is said."""

from django.utils.translation import gettext_lazy as _

ACTIVITY = {
    "publish": {
        "heading": _("发布“%(title)s”"),
        "consequence": _("发布后各单位和公众都能看到；活动类别不能再改，其他内容仍可更正。"),
        "button": _("发布"),
        "done": _("已发布。"),
    },
    "submit": {
        "heading": _("提交“%(title)s”"),
        "consequence": _("提交后由第二个人审核：本单位的审批人、所在地慈善会或民政部门。审核通过即发布。"),
        "button": _("提交审核"),
        "done": _("已提交，等待审核。"),
    },
    "check": {
        "heading": _("审核“%(title)s”"),
        "consequence": _("通过后立即发布。请核对：公开募捐资格、备案编号、募捐平台、用途和对象。"),
        "button": _("审核通过并发布"),
        "done": _("已发布。"),
    },
    "return": {
        "heading": _("退回“%(title)s”"),
        "consequence": _("退回后成为草稿，由提交的单位修改后重新提交。"),
        "button": _("退回修改"),
        "done": _("已退回。"),
    },
    "start": {
        "heading": _("“%(title)s”开始"),
        "consequence": _("到开始日期会自动转为“进行中”；提前开始时在这里登记。"),
        "button": _("登记开始"),
        "done": _("已登记开始。"),
    },
    "cancel": {
        "heading": _("取消“%(title)s”"),
        "consequence": _("取消后不能恢复；已经发布的，公开页面会写明已取消和原因。"),
        "button": _("取消活动"),
        "done": _("已取消。"),
        "is_destructive": True,
    },
    "discard": {
        "heading": _("删除草稿“%(title)s”"),
        "consequence": _("草稿和其中的内容都会删除，不能恢复。"),
        "button": _("删除草稿"),
        "done": _("已删除草稿。"),
        "is_destructive": True,
    },
}
OFFER = {
    "withdraw": {
        "heading": _("撤下“%(title)s”"),
        "consequence": _("撤下后不再推荐给任何人；正在帮的 %(taken)s %(unit)s 不受影响。以后可以重新提供。"),
        "button": _("撤下"),
        "done": _("已撤下。"),
        "is_destructive": True,
    },
    "reopen": {
        "heading": _("重新提供“%(title)s”"),
        "consequence": _("重新提供后会再被推荐，并算作今天确认过。"),
        "button": _("重新提供"),
        "done": _("已重新提供。"),
    },
}
WISH = {
    "publish": {
        "heading": _("公开“%(title)s”"),
        "consequence": _("公开后任何人都能看到。请再核对一遍：没有姓名、学校、村名、门牌和电话。"),
        "button": _("公开"),
        "done": _("已公开，等待认领。"),
    },
    "claim": {
        "heading": _("认领“%(title)s”"),
        "consequence": _("由%(unit)s认领。请按承诺的日期送到登记单位，由它转交；不能实现时请尽早放弃，让别人认领。"),
        "button": _("认领"),
        "done": _("已认领。"),
    },
    "release": {
        "heading": _("放弃认领“%(title)s”"),
        "consequence": _("放弃后重新公开，别人可以认领。"),
        "button": _("放弃认领"),
        "done": _("已重新公开。"),
        "is_destructive": True,
    },
    "fulfill": {
        "heading": _("“%(title)s”已实现"),
        "consequence": _("登记实现日期和情况；登记后不再改动。"),
        "button": _("登记实现"),
        "done": _("已登记实现。"),
    },
    "withdraw": {
        "heading": _("撤下“%(title)s”"),
        "consequence": _("撤下后不再公开，也不能恢复；需要时重新登记。"),
        "button": _("撤下"),
        "done": _("已撤下。"),
        "is_destructive": True,
    },
}
VERSION = {
    "submit_version": {
        "heading": _("提交待发布：%(version)s"),
        "consequence": _("提交后不能再改，等另一位目录管理员查看并发布；要改就先退回。"),
        "button": _("提交待发布"),
        "done": _("已提交。"),
        "extra": "programs/_effects.html",
    },
    "release_version": {
        "heading": _("发布：%(version)s"),
        "consequence": _("发布后内容不再改动，公开页面和匹配从生效日起用这一版；此前提交的申请仍按原来的版本。"),
        "button": _("发布这一版"),
        "done": _("已发布。"),
        "extra": "programs/_effects.html",
    },
    "return_version": {
        "heading": _("退回修改：%(version)s"),
        "consequence": _("退回后重新成为草稿，起草人看到原因后修改、再提交。"),
        "button": _("退回修改"),
        "done": _("已退回。"),
    },
    "withdraw_version": {
        "heading": _("撤回：%(version)s"),
        "consequence": _("撤回后今天起不再用于公开页面和匹配，旧版本也不会自动恢复；已经按它办的申请不受影响。"),
        "button": _("撤回这一版"),
        "done": _("已撤回。"),
        "is_destructive": True,
    },
    "discard_draft": {
        "heading": _("放弃草稿：%(version)s"),
        "consequence": _("草稿里写的内容会删除，找不回来；已发布的版本不受影响。"),
        "button": _("放弃草稿"),
        "done": _("草稿已放弃。"),
        "is_destructive": True,
    },
}


def asked(question, **words):
    """The question about one row."""
    said = {name: question[name] % words for name in ("heading", "consequence")}
    return {**question, **said}
