from django.db import models


class Heartbeat(models.Model):
    """A sign of life: when a part of the machinery last did what it is there for.

    `worker` and `export`: a task from that queue was carried out. `clock`: the beat that holds the clock ticked.
    `job:<name>`: a periodic job was last sent. In the database, because that is what all hosts share and what a
    restart does not forget.
    """

    name = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField()
    holder = models.CharField(max_length=120, blank=True)

    def __str__(self):
        return self.name
