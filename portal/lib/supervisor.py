"""Keeps a few programs running: starts them, watches them, restarts what dies or stalls, stops them cleanly.

One thread, one loop that sleeps until a child dies, a signal comes or a probe is due. Each program leads a process
group of its own, so what it leaves behind is ended with it, and carries a death signal, so that it does not outlive us.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from portal.lib import launch

PROBE_EVERY = 5.0
# A probe that fails weighs twice what one that succeeds takes away: one stuck process of two is found as well.
PATIENCE_OF_PROBES = 6
LONG_ENOUGH = 60.0  # a program that ran this long starts its backoff anew
LONGEST_BACKOFF = 60.0
LOG_LIMIT = 20 * 1024 * 1024


@dataclass
class Program:
    """What to run, how to see that it works, and how to ask it to stop."""

    name: str
    command: list[str]
    log: Path
    # True: it works; False: it does not; None: nobody can tell
    probe: Callable[[], bool | None] = lambda: None
    grace: float = 30.0  # after a start, before its probe counts
    stops: tuple = ((signal.SIGTERM, 10.0),)  # what to send, and how long to wait before the next
    death: int = signal.SIGKILL
    process: subprocess.Popen | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)
    failures: int = field(default=0, init=False)
    weight: int = field(default=0, init=False)
    start_at: float = field(default=0.0, init=False)
    probe_at: float = field(default=0.0, init=False)

    def start(self, now):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        script = str(Path(launch.__file__).resolve())
        before = [sys.executable, "-I", "-S", script, f"--parent={os.getpid()}", f"--death={int(self.death)}", "--"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*before, *self.command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.started, self.weight, self.probe_at = now, 0, now + self.grace

    def is_running(self) -> bool:
        """Without taking notice of its end: until then the kernel gives its number to nobody else (see `bury`)."""
        if self.process is None or self.process.returncode is not None:
            return False
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def bury(self) -> int:
        """End what is left of its group, then take notice of its end; how it ended."""
        if self.process.returncode is None:
            self.tell(signal.SIGKILL)
        return self.process.wait()

    def tell(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def ask(self, number):
        """Only the leader is asked: it knows how to end its own."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, number)


@dataclass
class Service:
    """Something others may have started as well: it is looked at from outside, and revived when it is gone."""

    name: str
    probe: Callable[[], bool]
    revive: Callable[[], None]
    probe_at: float = field(default=0.0, init=False)
    failures: int = field(default=0, init=False)


class Supervisor:
    def __init__(self, programs: list[Program], services: list[Service], say: Callable[[str], None]):
        self.programs = programs
        self.services = services
        self.say = say
        self.asked_to_stop = 0
        self._read, self._write = os.pipe()

    def __enter__(self):
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_asked)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for program in self.programs:
            program.start(time.monotonic())
        return self

    def __exit__(self, *_):
        self._stop_all()
        signal.set_wakeup_fd(-1)
        for end in (self._read, self._write):
            os.close(end)

    def _stop_asked(self, *_):
        self.asked_to_stop += 1

    def run(self):
        """Watch until asked to stop."""
        while not self.asked_to_stop:
            now = time.monotonic()
            looks = [self._look_at(service, now) for service in self.services]
            looks += [self._look_after(program, now) for program in self.programs]
            self._sleep(min(looks) - time.monotonic())

    def wait_for(self, program: Program, patience: float) -> bool:
        """Until a program just started works, by its probe; False when it ended, took too long or we are to stop."""
        deadline = time.monotonic() + patience
        while not self.asked_to_stop and program.is_running() and time.monotonic() < deadline:
            if program.probe():
                return True
            self._sleep(0.1)
        return False

    def _sleep(self, seconds):
        ready, _, _ = select.select([self._read], [], [], max(seconds, 0.0))
        if ready:
            os.read(self._read, 4096)

    def _look_after(self, program, now) -> float:
        """Do what is due for one program; when to look again."""
        if program.process is None:
            if now < program.start_at:
                return program.start_at
            program.start(now)
            return program.probe_at
        if not program.is_running():
            return self._plan_restart(program, now, f"已退出（{_how(program.bury())}）")
        if now < program.probe_at:
            return program.probe_at
        answer = program.probe()
        program.probe_at = time.monotonic() + PROBE_EVERY
        if answer is not None:
            program.weight = max(0, program.weight + (-1 if answer else 2))
        if program.weight >= PATIENCE_OF_PROBES:
            return self._plan_restart(program, now, "没有反应")
        return program.probe_at

    def _look_at(self, service, now) -> float:
        """See whether a service is there, and revive it; when to look again."""
        if now < service.probe_at:
            return service.probe_at
        pause = PROBE_EVERY
        if not service.probe():
            try:
                service.revive()
                self.say(f"{service.name}曾中断，已恢复。")
                service.failures = 0
            except Exception as error:  # whatever it is, the next attempt may succeed
                pause = min(2.0**service.failures, LONGEST_BACKOFF)
                service.failures += 1
                self.say(f"{service.name}没有恢复，{pause:.0f} 秒后再试：{error}")
        service.probe_at = time.monotonic() + pause
        return service.probe_at

    def _plan_restart(self, program, now, why) -> float:
        """End what is left of it, and start it again after a while that doubles each time."""
        program.bury()
        program.failures = 0 if now - program.started > LONG_ENOUGH else program.failures
        pause = min(2.0**program.failures, LONGEST_BACKOFF)
        program.failures += 1
        program.process, program.start_at = None, now + pause
        self.say(f"{program.name} {why}，{pause:.0f} 秒后重新启动；日志：{program.log}")
        return program.start_at

    def _stop_all(self):
        """Ask all at once, then insist; a second Ctrl-C insists at once."""
        running = [program for program in self.programs if program.process]
        waits = {program.name: list(program.stops) for program in running}
        due = dict.fromkeys(waits, 0.0)
        already = self.asked_to_stop
        while running:
            now = time.monotonic()
            for program in running:
                if self.asked_to_stop > already + 1:
                    program.tell(signal.SIGKILL)
                elif now >= due[program.name]:
                    number, patience = waits[program.name].pop(0) if waits[program.name] else (signal.SIGKILL, 5.0)
                    program.ask(number)
                    due[program.name] = now + patience
            self._sleep(0.1)
            running = [program for program in running if program.is_running()]
        for program in self.programs:
            if program.process:
                program.bury()


def _how(code: int) -> str:
    if code >= 0:
        return f"代码 {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"信号 {-code}"
