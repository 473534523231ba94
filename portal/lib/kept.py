"""What is dear to make, shown on every page and seldom changes: kept in the process for half a minute."""

import time

SECONDS = 30
# Of one kind; whoever would keep more begins anew.
MOST = 5_000


class Kept:
    """`make(key)` is asked when nothing is kept, when that is too old, and when it is not `enough` for who asks."""

    def __init__(self, make, seconds=SECONDS):
        self.make, self.seconds, self.kept = make, seconds, {}

    def __call__(self, *key, enough=lambda value: True):
        now = time.monotonic()
        value, until = self.kept.get(key, (None, 0))
        if until < now or not enough(value):
            if len(self.kept) >= MOST:
                self.kept.clear()
            value = self.make(*key)
            self.kept[key] = value, now + self.seconds
        return value
