"""The Celery app, and the timetable of every periodic job.

Queues: `default` and `notify` hold short tasks, `outside` what waits for other units' systems, `export` what may take
half an hour; exports have workers of their own, so that a long one delays no message (bin/up, deploy/).
"""

import os
import signal

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, worker_init, worker_process_init

from portal import checks
from portal.lib import launch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Safe with two beats: whatever is here locks, leases or updates conditionally. `expires` keeps a worker that comes
# back after hours from finding hours of ticks.
app.conf.beat_schedule = {
    "heartbeat": {
        "task": "portal.tasks.heartbeat",
        "schedule": 20.0,
        "args": ["worker"],
        "options": {"expires": 60},
    },
    "heartbeat-export": {
        "task": "portal.tasks.heartbeat",
        "schedule": 60.0,
        "args": ["export"],
        "options": {"queue": "export", "expires": 180},
    },
    "sweep-outbox": {"task": "members.tasks.sweep_outbox", "schedule": 2.0, "options": {"expires": 5}},
    "reap-jobs": {"task": "members.tasks.reap_jobs", "schedule": 60.0, "options": {"expires": 60}},
    "prune-jobs": {"task": "members.tasks.prune_jobs", "schedule": 3600.0, "options": {"expires": 3600}},
    "prune-outbox": {"task": "members.tasks.prune_outbox", "schedule": 3600.0, "options": {"expires": 3600}},
    "seal-audit": {"task": "members.tasks.seal_audit", "schedule": 10.0, "options": {"expires": 20}},
    "anchor-audit": {"task": "members.tasks.anchor_audit", "schedule": crontab(minute=7), "options": {"expires": 3600}},
    "remind-of-offers": {
        "task": "programs.tasks.remind_of_offers",
        "schedule": crontab(hour=8, minute=23),
        "options": {"expires": 12 * 3600},
    },
    "start-activities": {
        "task": "programs.tasks.start_activities",
        "schedule": crontab(hour=0, minute=17),
        "options": {"expires": 12 * 3600},
    },
    "forget-fund-statements": {
        "task": "programs.tasks.forget_fund_statements",
        "schedule": crontab(hour=2, minute=47),
        "options": {"expires": 12 * 3600},
    },
    "renew-fact-sheets": {
        "task": "referrals.tasks.renew_fact_sheets",
        "schedule": crontab(hour=2, minute=7),
        "options": {"queue": "export", "expires": 12 * 3600},
    },
    "count-fits": {
        "task": "programs.tasks.count_fits",
        "schedule": crontab(hour=4, minute=17),
        "options": {"queue": "export", "expires": 12 * 3600},
    },
    "suspend-unused-staff": {
        "task": "members.tasks.suspend_unused_staff",
        "schedule": crontab(hour=3, minute=41),
        "options": {"expires": 12 * 3600},
    },
    "warn-of-expiry": {
        "task": "referrals.tasks.warn_of_expiry",
        "schedule": crontab(hour=3, minute=21),
        "options": {"expires": 12 * 3600},
    },
    "end-expired-provisions": {
        "task": "referrals.tasks.end_expired_provisions",
        "schedule": crontab(hour=0, minute=5),
        "options": {"expires": 12 * 3600},
    },
    "make-audit-months": {
        "task": "members.tasks.make_audit_months",
        "schedule": crontab(hour=3, minute=11),
        "options": {"expires": 12 * 3600},
    },
    "purge-imports": {
        "task": "referrals.tasks.purge_imports",
        "schedule": crontab(minute=37),
        "options": {"expires": 3600},
    },
    "erase-put-aside": {
        "task": "referrals.tasks.erase_put_aside",
        "schedule": crontab(hour=2, minute=27),
        "options": {"expires": 12 * 3600},
    },
    "clean-files": {
        "task": "portal.tasks.clean_files",
        "schedule": crontab(hour=3, minute=51),
        "options": {"queue": "export", "expires": 12 * 3600},
    },
    "find-unaided": {
        "task": "referrals.tasks.find_unaided",
        "schedule": crontab(hour=4, minute=37),
        "options": {"queue": "export", "expires": 12 * 3600},
    },
    "remind-of-stale-people": {
        "task": "referrals.tasks.remind_of_stale_people",
        "schedule": crontab(day_of_week=1, hour=8, minute=33),
        "options": {"expires": 12 * 3600},
    },
    "remind-of-returns": {
        "task": "referrals.tasks.remind_of_returns",
        "schedule": crontab(day_of_month="3,8", hour=8, minute=47),
        "options": {"expires": 12 * 3600},
    },
    "find-telling-duties": {
        "task": "referrals.tasks.follow_telling_duties",
        "schedule": crontab(hour=7, minute=51),
        "options": {"queue": "export", "expires": 12 * 3600},
    },
    "climb-referrals": {
        "task": "referrals.tasks.climb_referrals",
        "schedule": crontab(hour=6, minute=11),
        "options": {"expires": 12 * 3600},
    },
    "follow-urgent-lanes": {
        "task": "referrals.tasks.follow_urgent_lanes",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 900},
    },
    "follow-areas": {
        "task": "referrals.tasks.follow_areas",
        "schedule": crontab(minute=23),
        "options": {"expires": 3600},
    },
}


@worker_process_init.connect
def die_with_the_worker(**_):
    """A process of the pool does not outlive its worker, not even one that was killed."""
    launch.die_with_parent(signal.SIGKILL)


@worker_init.connect
@beat_init.connect
def refuse_unsafe_start(**_):
    checks.refuse_unsafe_start()
