"""Deeds at the same moment, on real connections."""

import threading

from django.db import DatabaseError, connection

from members.access import Refusal


def at_once(*deeds):
    """Each deed in a thread and a connection of its own; what became of them, sorted."""
    outcomes, barrier = [], threading.Barrier(len(deeds))

    def run(deed):
        try:
            barrier.wait()
            deed()
            outcomes.append("done")
        except (Refusal, DatabaseError) as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)
