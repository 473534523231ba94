"""What the clock and the outbox set in motion; thin. The timetable is in portal/celery.py."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from celery import shared_task
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members import calendar, jobs, outbox
from members.access import Refusal
from referrals import mails, own_copies, screening
from referrals.actions import (
    aid_returns,
    batch_decisions,
    deadlines,
    documents,
    exchange,
    expiry,
    fact_sheets,
    import_writing,
    imports,
    places,
    recounts,
    reminders,
    shares,
    telling_duties,
    urgent,
)
from referrals.models import ExchangeRun, PeopleImport


@shared_task
def warn_of_expiry():
    expiry.warn_of_expiry()


@shared_task
def end_expired_provisions():
    expiry.end_expired()
    shares.end_expired()


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def renew_fact_sheets():
    fact_sheets.renew_due()


@shared_task
def follow_areas():
    """After a reform of divisions nobody falls out of sight."""
    places.follow_areas()
    places.follow_keepers()


@shared_task
def find_unaided():
    """Nobody who qualifies is left out: everybody without aid against the programs in force."""
    screening.find_unaided()


@shared_task
def erase_put_aside():
    """Papers that were put aside a month ago."""
    documents.erase_put_aside()


@shared_task
def remind_of_stale_people():
    reminders.remind_of_stale_people()


@shared_task
def remind_of_returns():
    aid_returns.remind_of_returns()


@shared_task
def follow_telling_duties():
    """Whom units outside civil affairs are bound to tell of, and whose time is over."""
    telling_duties.find_duties()
    telling_duties.remind_of_duties()


@outbox.handler("mail.telling_duty", _("请单位告知民政的邮件"))
def tell_of_duties(message):
    mails.tell_of_duties(message.payload["unit"])


@outbox.handler("mail.aid_return", _("请单位报送上个月帮扶的邮件"))
def tell_of_return(message):
    mails.tell_of_return(message.payload["unit"])


@outbox.handler("mail.stale_people", _("请单位核实困难群众资料的邮件"))
def tell_of_stale_people(message):
    mails.tell_of_stale_people(message.payload["unit"])


@outbox.handler("lead.answered", _("线索有了结果"))
def tell_finder(message):
    mails.tell_finder(message.payload["lead"])


@outbox.handler("lead.urgent", _("紧急线索"))
def tell_of_urgent(message):
    mails.tell_of_urgent(message.payload["lead"])


# What a mail says of a case and nothing more: topic -> what is told. The mail is called like its topic.
OF_A_CASE = {
    "referral.moved": _("转介有了进展"),
    "referral.noted": _("转介有新的留言"),
    "referral.shared": _("转介共享给了第三方，或者收回"),
    "referral.late": _("转介超过期限"),
    "referral.urgent": _("救急难等您审核"),
    "referral.lane": _("救急难快到 72 小时"),
}


def tell_of_case(mail, message):
    mails.tell_of_referral(mail, message.payload["referral"], message.payload["staff"])


for _topic, _words in OF_A_CASE.items():
    outbox.handler(_topic, _words)(partial(tell_of_case, _topic.replace(".", "_")))


@outbox.handler("share.given", _("一件个案共享给了您"))
def tell_of_share(message):
    mails.tell_of_share("share_given", message.payload["share"], message.payload["staff"])


@outbox.handler("share.noted", _("共享的个案有新的留言"))
def tell_of_share_note(message):
    mails.tell_of_share("share_noted", message.payload["share"], message.payload["staff"])


@outbox.handler("referral.guest", _("转介链接"))
def send_guest_link(message):
    mails.send_guest_link(message.payload["access"])


@shared_task
def follow_urgent_lanes():
    """What goes without a consent is shown for 72 hours and not a quarter of an hour longer."""
    urgent.warn_of_ends()
    urgent.end_lapsed()


@shared_task
def climb_referrals():
    """Reminders, one rung a run; then expiry; silence that closes; drafts that nobody sent."""
    deadlines.climb()
    deadlines.close_silent()
    deadlines.drop_old_drafts()


@jobs.runner(
    "person.copy",
    _("个人信息副本"),
    permission="subject_request.answer",
    still_open=own_copies.refuse_fetching,
)
def export_copy(job, progress):
    return own_copies.export_copy(job, progress)


@shared_task
def purge_imports():
    imports.purge()


@jobs.runner(imports.CHECK, _("检查名单"), permission="person.import")
def check_import(job, progress):
    with _said_by_jobs():
        row = imports.check(job.owner, _import_of(job), progress.step)
    found = sum(row.counts.values())
    return jobs.Result(gettext("已检查 %(n)s 行，请查看结果并决定是否导入。") % {"n": f"{found:,}"})


@jobs.runner(imports.APPLY, _("导入名单"), permission="person.import")
def apply_import(job, progress):
    with _said_by_jobs(), _beside(progress) as report:
        row = import_writing.apply_import(job.owner, _import_of(job), report)
    words = {"new": row.counts.get("written_new", 0), "changed": row.counts.get("written_changed", 0)}
    return jobs.Result(gettext("新登记 %(new)s 人，更新 %(changed)s 人。") % words)


@jobs.runner(imports.UNDO, _("撤销导入"), permission="person.import")
def undo_import(job, progress):
    with _said_by_jobs(), _beside(progress) as report:
        row = import_writing.undo_import(job.owner, _import_of(job), report)
    if row.stayed:
        return jobs.Result(gettext("已撤销；%(n)s 行之后有人办理过，保留不动。") % {"n": len(row.stayed)})
    return jobs.Result(gettext("已全部撤销。"))


@jobs.runner(exchange.EXPORT, _("向信息平台提供"), permission="exchange.run", still_open=exchange.refuse_fetching)
def export_exchange(job, progress):
    run = ExchangeRun.objects.select_related("partner__operator", "organization").get(code=job.parameters["run"])
    path = progress.folder / "exchange.xlsx"
    try:
        with _said_by_jobs(), open(path, "wb") as target:
            counts = exchange.export(job.owner, run, target, progress.step)
    except jobs.Failed as failure:
        exchange.finish(run, ExchangeRun.State.FAILED, note=str(failure))
        raise
    name = gettext("%(platform)s-%(day)s.xlsx") % {"platform": run.platform, "day": timezone.localdate().isoformat()}
    return jobs.Result(gettext("共提供 %(n)s 人。") % {"n": f"{counts['given']:,}"}, path, name)


def _import_of(job):
    return PeopleImport.objects.get(code=job.parameters["import"])


@contextmanager
def _said_by_jobs():
    try:
        yield
    except Refusal as refusal:
        raise jobs.Failed(str(refusal.message)) from refusal


@contextmanager
def _beside(progress):
    """Progress of work that is one transaction: written on a connection of its own, so that it is seen meanwhile."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        try:
            yield lambda *values: aside.submit(progress.step, *values).result()
        finally:
            aside.submit(connection.close).result()


@calendar.when_changed
def recount_lists(first, _last):
    """Lists that are to be paid within so many working days, and every other clock that counts them."""
    batch_decisions.recount(first)
    recounts.recount(first)
