from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code


class Job(models.Model):
    """Long work asked for by a person: progress, cancel, result file, expiry. Parameters are codes only."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("未能完成")
        CANCELLED = "cancelled", _("已取消")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    kind = models.CharField(max_length=40)
    owner = models.ForeignKey("members.Staff", models.PROTECT, related_name="jobs")
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="+")
    parameters = models.JSONField(default=dict)
    # Where the wish came from, for the audit lines that the work leaves: ip, session, request_id.
    origin = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    message = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    # When the owner first looked at the finished job: until then it counts as news.
    seen_at = models.DateTimeField(null=True)
    file = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_size = models.PositiveBigIntegerField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="job_of_owner"),
            models.Index(
                fields=["created_at"], name="job_unfinished", condition=models.Q(state__in=["waiting", "running"])
            ),
            models.Index(fields=["expires_at"], name="job_with_file", condition=~models.Q(file="")),
        ]

    def __str__(self):
        return self.kind

    @property
    def is_finished(self):
        return self.state not in {self.State.WAITING, self.State.RUNNING}

    @property
    def has_file(self):
        return bool(self.file) and self.expires_at > timezone.now()
