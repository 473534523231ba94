"""What to do next for a person: the first thing on the way to help that is not there yet, and why."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from referrals.items import Purpose


@dataclass(frozen=True)
class Step:
    """`url_name` of None stands for the button that confirms that nothing has changed."""

    words: str
    why: str
    url_name: str | None
    code: str = ""

    @property
    def url(self):
        return reverse(self.url_name, args=[self.code]) if self.url_name else ""


def next_step(person, *, needs, aid, consents, may_refer, duty=""):
    """Need, government aid, consent, handing over, looking after: in the order a referral asks for them.

    `duty`: the region's words where a unit is bound to tell civil affairs of this person; that comes before the aid.
    """
    if person.died_on:
        return None
    if person.is_stale:
        return Step(_("核实过，没有变化"), _("资料超过半年没有核实；有变化的，改资料。"), None)
    if not any(need.is_open for need in needs):
        return _of(person, _("登记需求"), _("先问清楚这家最需要什么、多急。"), "referrals:add_need")
    if duty:
        return _of(person, _("告知民政"), duty, "referrals:tell_bureau")
    if not aid:
        words = _("申请过什么、结果怎样，或者没有适用的政策；转介时要说明。")
        return _of(person, _("记录政府救助"), words, "referrals:record_aid")
    return (consents["may_record"] and _of_consents(person, consents, may_refer)) or _of(
        person, _("匹配项目"), _("看符合哪些项目和供给，再征求同意。"), "referrals:match_person"
    )


def _of_consents(person, consents, may_refer):
    for line in consents["drafts"]:
        why = _("告知书还没有得到答复。")
        return Step(_("继续征求同意"), why, "referrals:show_consent", line.consent.code)
    live = [line.consent for line in consents["live"] if line.consent.purpose == Purpose.REFER_TO_ORG]
    if not live or not may_refer:
        return None
    if person.provisions.open().exists():
        return _of(person, _("记录走访"), _("情况已经提供给别的单位；上门看看帮助到了没有。"), "referrals:record_visit")
    return _of(person, _("转介"), _("本人已经同意，可以转给同意的单位。"), "referrals:refer_person")


def _of(person, words, why, url_name):
    return Step(words, why, url_name, person.code)
