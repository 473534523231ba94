"""The beat's clock: held by one, handed on, and not forgotten."""

from datetime import timedelta

import pytest
from celery.schedules import crontab
from django.utils import timezone

from members.actions import heartbeats
from members.models import Heartbeat
from portal.celery import app
from portal.clock import SharedClock

pytestmark = pytest.mark.django_db


class Clock(SharedClock):
    """The clock itself; what it would send is written down instead of going to the broker."""

    producer = None

    def __init__(self, timetable, is_broken=False):
        self.timetable, self.is_broken, self.sent = timetable, is_broken, []
        super().__init__(app)

    def setup_schedule(self):
        self.update_from_dict(self.timetable)

    def apply_async(self, entry, producer=None, advance=True, **kwargs):
        if self.is_broken:
            raise ConnectionError
        self.sent.append(entry.name)

    def run(self, ticks=5):
        return [self.tick() for _ in range(ticks)]


HOURLY = {"hourly": {"task": "t", "schedule": 3600.0}}
NIGHTLY = {"nightly": {"task": "t", "schedule": crontab(hour="2", minute="0")}}


def test_of_two_beats_one_sends():
    first, second = Clock(HOURLY), Clock(HOURLY)
    first.run()
    second.run()
    assert (first.sent, second.sent) == (["hourly"], [])


def test_the_second_takes_over_when_the_first_falls_silent_and_sends_nothing_twice():
    first, second = Clock(HOURLY | {"often": {"task": "t", "schedule": 1.0}}), Clock(HOURLY)
    first.run()
    Heartbeat.objects.filter(name="clock").update(at=timezone.now() - timedelta(minutes=2))
    second.run()
    assert second.is_leading
    assert second.sent == []


def test_a_beat_that_lost_the_clock_sends_nothing_more():
    first, second = Clock({"often": {"task": "t", "schedule": 0.01}}), Clock({})
    first.run()
    Heartbeat.objects.filter(name="clock").update(at=timezone.now() - timedelta(minutes=2))
    second.run()
    first._renewed = float("-inf")
    first.sent.clear()
    first.run()
    assert first.sent == []


def test_a_clock_handed_back_is_taken_at_once():
    first, second = Clock(HOURLY), Clock(HOURLY)
    first.run()
    first.close()
    second.run(1)
    assert second.is_leading


def test_a_nightly_job_missed_while_nobody_held_the_clock_is_sent_on_return():
    heartbeats.record_heartbeat("job:nightly", timezone.now() - timedelta(days=2))
    clock = Clock(NIGHTLY)
    clock.run()
    assert clock.sent == ["nightly"]
    Clock(NIGHTLY).run()
    assert Heartbeat.objects.get(name="job:nightly").at > timezone.now() - timedelta(minutes=1)


def test_a_nightly_job_sent_tonight_is_not_sent_again_by_the_next_beat():
    heartbeats.record_heartbeat("job:nightly", timezone.now())
    clock = Clock(NIGHTLY)
    clock.run()
    assert clock.sent == []


def test_what_could_not_be_sent_stays_due_and_is_not_tried_without_pause():
    clock = Clock(HOURLY, is_broken=True)
    pauses = clock.run(3)
    assert pauses == [clock.max_interval] * 3
    clock.is_broken = False
    clock.run(2)
    assert clock.sent == ["hourly"]


def test_every_job_of_the_timetable_names_a_task_that_exists():
    app.loader.import_default_modules()
    missing = {name for name, entry in app.conf.beat_schedule.items() if entry["task"] not in app.tasks}
    assert missing == set()
