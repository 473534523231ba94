"""The settings of an area as sentences, for people who read and for the preview of a change."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from members import kinds


@dataclass(frozen=True)
class Line:
    setting: str
    label: str
    text: str
    source: str = ""


def groups_of(profile):
    """[(heading, [Line])]: everything that holds, in the order people ask for it."""
    headings = {
        _("谁可以转介"): ["scope_categories", "same_level_only", "consent_words"],
        _("简化程序"): ["simplified_for"],
        _("告知、核对与检查"): [
            "notify_duty", "check_required_before_aid", "duplicate_check", "complaint_channel",
        ],
        _("个人信息"): ["keep_years"],
        _("办理时限（工作日）"): ["clocks"],
        _("反馈与会商"): ["feedback_way", "meeting_rhythms"],
        _("项目与服务"): ["project_kind_set", "service_set", "purchase_preference", "platforms"],
        _("宣传与奖励"): ["dates", "brands", "awards", "publish_minimum"],
    }  # fmt: skip
    lines = lines_of(profile)
    return [(heading, [line for line in lines if line.setting in settings]) for heading, settings in headings.items()]


def lines_of(profile):
    """Every setting as one line; each clock is a line of its own."""
    lines = [
        Line(setting, label, text, profile.sources.get(setting, ""))
        for setting, (label, text) in _sentences(profile).items()
    ]
    at = next(number for number, line in enumerate(lines) if line.setting == "feedback_way")
    return lines[:at] + _clock_lines(profile) + lines[at:]


def changes_between(old, new):
    """[(label, old words, new words)] of every line that reads differently."""
    before = {(line.setting, line.label): line for line in lines_of(old)}
    after = lines_of(new)
    return [
        (line.label, before[line.setting, line.label].text, line.text)
        for line in after
        if before[line.setting, line.label].text != line.text
    ]


def labels():
    """setting -> label, for naming the clause a setting rests on."""
    return {
        "scope_categories": _("转介对象"), "same_level_only": _("接收单位"), "consent_words": _("同意"),
        "simplified_for": _("简化程序"), "notify_duty": _("慈善组织告知政府"),
        "check_required_before_aid": _("经济状况核对"), "duplicate_check": _("重复与超额"),
        "complaint_channel": _("投诉举报"), "clocks": _("时限"), "feedback_way": _("反馈"),
        "meeting_rhythms": _("会商机制"), "project_kind_set": _("项目分类"), "service_set": _("服务类别"),
        "purchase_preference": _("政府购买服务"), "platforms": _("信息平台"), "dates": _("宣传日期"),
        "brands": _("品牌"), "awards": _("奖项"), "publish_minimum": _("公开统计"),
        "keep_years": _("资料保存"),
    }  # fmt: skip


def _sentences(profile):
    texts = {
        "scope_categories": _scope(profile),
        "same_level_only": _("只转介给同级的成员单位和慈善组织；转给别级须说明理由。")
        if profile.same_level_only
        else _("可转介给宗旨和业务范围相符的各级慈善组织，同级优先。"),
        "consent_words": _("转介前须%(words)s。") % {"words": kinds.ConsentWords(profile.consent_words).label},
        "simplified_for": _simplified(profile),
        "notify_duty": duty_to_tell(profile),
        "check_required_before_aid": _("帮扶前须取得家庭经济状况核对报告，供慈善组织参考。")
        if profile.check_required_before_aid
        else _("需要时可请民政部门核对家庭经济状况，不是必经步骤。"),
        "duplicate_check": _("帮扶前检查重复救助和超额救助，有提示时须说明理由。")
        if profile.duplicate_check
        else _("不检查重复救助和超额救助。"),
        "complaint_channel": _("向公众开放投诉举报渠道。") if profile.complaint_channel else _("不开放投诉举报渠道。"),
        "feedback_way": _feedback(profile),
        "meeting_rhythms": _meetings(profile),
        "project_kind_set": _choice(kinds.ProjectKindSet, profile.project_kind_set, _("不分类。")),
        "service_set": _choice(kinds.ServiceSet, profile.service_set, ""),
        "purchase_preference": _choice(kinds.Purchase, profile.purchase_preference, _("没有规定。")),
        "platforms": _listed(profile.platforms),
        "dates": _dates(profile),
        "brands": _listed(profile.brands),
        "awards": _listed([kinds.Award(award).label for award in profile.awards]),
        "publish_minimum": _("公开的统计数字少于 %(number)s 人时不显示具体人数。")
        % {"number": profile.publish_minimum},
        "keep_years": _("最后一次办理以后 %(number)s 年，到期由两个人核实清除；依法留存的除外。")
        % {"number": profile.keep_years},
    }
    named = labels()
    return {setting: (named[setting], text) for setting, text in texts.items()}


def _clock_lines(profile):
    lines = []
    for code, (words, _normal, _urgent) in kinds.CLOCKS.items():
        normal, urgent = profile.clocks[code]
        text = _("%(normal)s；加急 %(urgent)s") % {"normal": _days(normal), "urgent": _days(urgent)}
        lines.append(Line("clocks", str(words), text, profile.sources.get("clocks", "")))
    return lines


def _days(number):
    return _("当天") if number == 0 else _("%(number)s 个工作日内") % {"number": number}


def _scope(profile):
    named = _("、").join(str(kinds.Category(category).label) for category in profile.scope_categories)
    if not named:
        return _("不限类别，有困难的群众都可以转介。") if profile.is_scope_open else _("没有可以转介的类别。")
    if profile.is_scope_open:
        return _("%(named)s，以及其他困难群众。") % {"named": named}
    return _("限于：%(named)s。") % {"named": named}


def _simplified(profile):
    text = _("适用于%(whom)s") % {"whom": kinds.SimplifiedFor(profile.simplified_for).label}
    if profile.simplified_for != "referral":
        named = _("、").join(str(kinds.Category(category).label) for category in profile.simplified_categories)
        text += _("（%(named)s）") % {"named": named or _("尚未列明类别")}
    return text + _("；年龄、诊断、限额、同意和双人审批一律不简化。")


def duty_to_tell(profile):
    """R85: how strongly a charity is bound to tell the government of a family that may qualify."""
    whom = _("、").join(str(kinds.NotifyWhom(entry).label) for entry in profile.notify_whom) or _("民政部门")
    sentences = {
        "may": _("发现可能符合政府救助条件而未获救助的家庭，可以告知%(whom)s。"),
        "should": _("发现可能符合政府救助条件而未获救助的家庭，应当及时告知%(whom)s。"),
        "shall": _("发现可能符合政府救助条件而未获救助的家庭，必须主动联系%(whom)s并协助申请。"),
    }
    return sentences[profile.notify_duty] % {"whom": whom}


def _feedback(profile):
    text = str(kinds.FeedbackWay(profile.feedback_way).label)
    if profile.feedback_every_months:
        return _("%(way)s，每 %(months)s 个月一次。") % {"way": text, "months": profile.feedback_every_months}
    return _("%(way)s，间隔未定。") % {"way": text}


def _meetings(profile):
    held = [
        _("%(meeting)s（%(rhythm)s）")
        % {"meeting": kinds.MeetingKind(kind).label, "rhythm": kinds.Rhythm(rhythm).label}
        for kind in kinds.MeetingKind.values
        if (rhythm := profile.meeting_rhythms.get(kind))
    ]
    return _listed(held)


def _dates(profile):
    return _listed([f"{name} {_span(begin, end)}" for name, begin, end in profile.dates])


def _span(begin, end):
    if not begin:
        return _("（日期未定）")
    return begin if begin == end else f"{begin}—{end}"


def _choice(choices, value, empty):
    return str(choices(value).label) if value else empty


def _listed(entries):
    return _("、").join(str(entry) for entry in entries) or _("没有规定。")
