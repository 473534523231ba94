"""Activities: drafted, published (collections only after a second person's check), run, ended with a result."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from members.kinds import BUREAU_KINDS
from programs.actions.offers import refuse_foreign_brands
from programs.actions.rows import refuse_what_cannot_be, require_reason, take_step, write_row
from programs.kinds import OCCASION_KINDS, RequestKind, RequestState
from programs.listings import activities_workbook
from programs.models import Activity, ActivityRequest
from programs.supply import fundraising_platforms, may_check, refuse_numbers
from programs.workflow import ACTIVITY_MOVES

EDITABLE = (
    "title", "kind", "level", "brands", "project_kinds", "target_groups", "whom", "basis", "occasion", "starts_on",
    "ends_on", "mode", "place", "link", "description", "budget", "contact_post", "program", "fundraising", "platform",
    "filing_number", "goal", "contest", "award",
)  # fmt: skip
OF_COLLECTIONS = {"fundraising": "", "platform": "", "filing_number": "", "goal": None}
# What the second person looked at: for whom and for what, when and where money is asked for.
CHECKED = {"title", "whom", "target_groups", "description", "link", "mode", "starts_on", "ends_on"}
OF_CONTESTS = {"contest": "", "award": ""}
WRITTEN_FREELY = ("title", "whom", "basis", "occasion", "place", "description", "contest", "award")
RESULT = ("people_helped", "money_given", "goods_value", "hours_given", "money_raised", "result", "award")


# -- Writing ----------------------------------------------------------------------------------------------------------
def create_activity(actor, organization, values):
    _require(actor, organization)
    activity = Activity(organization=organization, made_by=actor, changed_by=actor, **_checked(organization, values))
    refuse_what_cannot_be(activity)
    with transaction.atomic():
        activity.save()
        activity.areas.set(values.get("areas", []))
        audit.record(actor, "activity.create", activity)
    return activity


def edit_activity(actor, activity, version, values):
    """What was published may still be put right, except what was checked; what is over stays as it was."""
    _require(actor, activity.organization)
    _refuse_closed(activity)
    known = _checked(activity.organization, values, activity)
    with transaction.atomic():
        activity, changes = write_row(actor, activity, version, known)
        _refuse_closed(activity)
        _refuse_unchecked(activity, changes)
        if "areas" in values:
            activity.areas.set(values["areas"])
        audit.record(actor, "activity.edit", activity, changes=changes)
    return activity


def _refuse_unchecked(activity, changes):
    """After its publication nobody looks at it again."""
    if activity.state == "draft":
        return
    if changed := {"kind", *OF_COLLECTIONS} & changes.keys():
        raise Refusal(_("发布以后，活动类别和募捐信息不能再改；要改请取消后重新登记。"), field=min(changed))
    if activity.kind == "fundraising" and (changed := CHECKED & changes.keys()):
        raise Refusal(_("募捐项目审核以后，这一项不能再改；要改请取消后重新登记。"), field=min(changed))


def _refuse_closed(activity):
    if activity.state not in ("draft", "published", "running"):
        words = {"state": activity.get_state_display()}
        raise Refusal(_("现在是“%(state)s”，不能再改。可以复制成新的活动。") % words)


def copy_activity(actor, activity, *, title, starts_on, ends_on=None):
    """Last year's activity as this year's draft: everything but its days, its filing and its result."""
    _require(actor, activity.organization)
    fresh = {name: getattr(activity, name) for name in EDITABLE} | {"award": "", "filing_number": ""}
    fresh |= {"title": title, "starts_on": starts_on, "ends_on": ends_on, "areas": list(activity.areas.all())}
    post = activity.contact_post
    fresh["contact_post"] = post if post and post.ended_at is None else None
    with transaction.atomic():
        copy = create_activity(actor, activity.organization, fresh)
        audit.record(actor, "activity.copy", copy, changes={"source": [None, activity.code]})
    return copy


def discard_activity(actor, activity, version):
    """A draft is gone with all that was written in it."""
    _require(actor, activity.organization)
    with transaction.atomic():
        gone = Activity.objects.select_for_update().filter(pk=activity.pk, state="draft", version=version).first()
        if gone is None:
            raise Refusal(_("已经不是草稿，或刚刚有人改过。请刷新后再看。"))
        audit.record(actor, "activity.discard", gone)
        gone.delete()


def _checked(organization, values, activity=None):
    known = {name: values[name] for name in EDITABLE if name in values}
    kind = known.get("kind") or (activity.kind if activity else "")
    if kind != "fundraising":
        known |= OF_COLLECTIONS
    if kind != "contest":
        known |= OF_CONTESTS
    if kind not in OCCASION_KINDS:
        known["occasion"] = ""
    elif not known.get("occasion"):
        raise Refusal(_("请写明是哪个节日、活动或灾情。"), field="occasion")
    for name in WRITTEN_FREELY:
        try:
            refuse_numbers(known.get(name, ""))
        except ValidationError as error:
            raise Refusal(error.messages[0], field=name) from error
    post = known.get("contact_post")
    if post and post.organization_id != organization.pk:
        raise Refusal(_("联系岗位要是牵头单位自己的岗位。"), field="contact_post")
    refuse_foreign_brands(organization, known.get("brands", []), activity.brands if activity else [])
    return known


# -- Publishing -------------------------------------------------------------------------------------------------------
def publish_activity(actor, activity, version):
    """At once, for everything but collections: those are checked by a second person."""
    _require(actor, activity.organization)
    if activity.kind == "fundraising":
        raise Refusal(_("募捐项目要先提交，由第二个人审核后发布。"))
    return _move(actor, "activity.publish", activity, version, published_at=timezone.now())


def submit_activity(actor, activity, version):
    _require(actor, activity.organization)
    if activity.kind != "fundraising":
        raise Refusal(_("只有募捐项目需要审核，其他活动可以直接发布。"))
    _refuse_unlawful_collection(activity)
    return _move(actor, "activity.submit", activity, version, submitted_by=actor, reason="")


def check_activity(actor, activity, version):
    """The second person has looked: it is published."""
    _require_check(actor, activity)
    _refuse_unlawful_collection(activity)
    return _move(actor, "activity.check", activity, version, checked_by=actor, published_at=timezone.now())


def return_activity(actor, activity, version, reason):
    """Back to a draft, with what is wrong with it; also by the one who handed it in."""
    if activity.submitted_by_id != actor.pk:
        _require_check(actor, activity)
    return _move(actor, "activity.return", activity, version, reason=require_reason(reason))


def _refuse_unlawful_collection(activity):
    """Public collections: only by qualified charities, filed, and on the internet only where the ministry allows."""
    if activity.fundraising != "public":
        return
    if not activity.organization.is_raising_publicly:
        raise Refusal(_("%(unit)s 现在没有公开募捐资格，只能登记为非公募。") % {"unit": activity.organization})
    if not activity.filing_number:
        raise Refusal(_("公开募捐要先在民政部门备案：请填写募捐备案编号。"), field="filing_number")
    if activity.mode != "offline" and activity.platform not in fundraising_platforms():
        raise Refusal(_("在互联网上公开募捐，要选民政部指定的平台。"), field="platform")


def start_activity(actor, activity, version):
    _require(actor, activity.organization)
    return _move(actor, "activity.start", activity, version)


def start_what_begins(on=None):
    """By the clock: what was published and begins today runs. Returns how many."""
    on = on or timezone.localdate()
    due = Activity.objects.filter(state="published", starts_on__lte=on).select_related("organization")
    number = 0
    for activity in due.order_by("pk")[:500]:
        try:
            _move(None, "activity.start", activity, activity.version)
            number += 1
        except Refusal:
            continue  # somebody was there first
    return number


def end_activity(actor, activity, version, values):
    """Over, with what came of it."""
    _require(actor, activity.organization)
    known = {name: values[name] for name in (*RESULT, "ended_on") if name in values}
    if not (known.get("result") or "").strip():
        raise Refusal(_("请写明结果。"), field="result")
    if not known.get("ended_on") or known["ended_on"] > timezone.localdate():
        raise Refusal(_("实际结束日期不能晚于今天。"), field="ended_on")
    if known["ended_on"] < activity.starts_on:
        raise Refusal(_("实际结束日期早于开始日期。"), field="ended_on")
    for name in ("result", "award"):
        try:
            refuse_numbers(known.get(name, ""))
        except ValidationError as error:
            raise Refusal(error.messages[0], field=name) from error
    return _move(actor, "activity.end", activity, version, **known)


def cancel_activity(actor, activity, version, reason):
    _require(actor, activity.organization)
    reason = require_reason(reason)
    try:
        refuse_numbers(reason)  # what was published says why it was called off
    except ValidationError as error:
        raise Refusal(error.messages[0], field="reason") from error
    return _move(actor, "activity.cancel", activity, version, reason=reason)


def export_activities(actor, rows):
    if "activity.export" not in actor.permissions:
        raise PermissionDenied
    content, number = activities_workbook(rows)
    audit.record(actor, "activity.export", changes={"rows": [None, number]})
    return content


def _move(actor, deed, activity, version, **values):
    return take_step(actor, deed, activity, version, ACTIVITY_MOVES, **values)


# -- Asking others ----------------------------------------------------------------------------------------------------
def ask_for(actor, activity, kind, organization, wanted, due_on=None):
    """A bureau for help and convenience, or any unit to hold the activity together."""
    _require(actor, activity.organization)
    if activity.state in ("ended", "cancelled"):
        raise Refusal(_("活动已经结束或取消，不能再提出请求。"))
    if organization.pk == activity.organization_id:
        raise Refusal(_("不能向本单位提出请求。"), field="organization")
    if kind == RequestKind.HELP and organization.kind not in BUREAU_KINDS:
        raise Refusal(_("请求帮助和便利，要选民政部门或乡镇（街道）。"), field="organization")
    if organization.is_suspended:
        raise Refusal(_("这个单位已暂停，请另选。"), field="organization")
    try:
        with transaction.atomic():
            request = ActivityRequest.objects.create(
                activity=activity, kind=kind, organization=organization, wanted=wanted, due_on=due_on, asked_by=actor
            )
            audit.record(actor, "activity.ask", request, organization=organization)
    except IntegrityError as error:
        raise Refusal(_("已经向这个单位提出过同样的请求，正在等待答复。"), field="organization") from error
    return request


def answer_request(actor, request, state, answer):
    if not may(actor, "activity.answer", request.organization):
        raise PermissionDenied
    if state not in (RequestState.AGREED, RequestState.PARTLY, RequestState.DECLINED):
        raise Refusal(_("请选择答复。"), field="state")
    answer = (answer or "").strip()
    if not answer:
        raise Refusal(_("请写明答复。"), field="answer")
    values = {"state": state, "answer": answer, "answered_by": actor, "answered_at": timezone.now()}
    return _close(actor, request, "activity.answer", values)


def retract_request(actor, request):
    _require(actor, request.activity.organization)
    return _close(actor, request, "activity.retract", {"state": RequestState.RETRACTED})


def _close(actor, request, deed, values):
    """Only one of answer and retraction counts: the one that came first."""
    with transaction.atomic():
        if not ActivityRequest.objects.filter(pk=request.pk, state="asked").update(**values):
            raise Refusal(_("这个请求已经答复或撤回。请刷新后再看。"))
        request.refresh_from_db()
        audit.record(actor, deed, request, organization=request.organization)
    return request


def _require(actor, organization):
    if not may(actor, "activity.edit", organization):
        raise PermissionDenied


def _require_check(actor, activity):
    if not may_check(actor, activity):
        raise PermissionDenied
    if actor.pk == activity.submitted_by_id:
        raise Refusal(_("审核要由第二个人办理：这个项目是您提交的，请同事或慈善会、民政部门审核。"))
