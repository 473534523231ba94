"""My jobs: watch, stop, fetch the result. A job is its owner's; for others it is not there."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from members.access import Refusal, requires
from members.actions import jobs as actions
from members.jobs import label_of
from members.models import Job
from portal.lib.pages import page_of


@requires("job.view")
@require_GET
def list_jobs(request):
    page = page_of(request, Job.objects.filter(owner=request.user), ["-created_at", "-id"])
    rows = [(job, label_of(job.kind)) for job in page]
    return render(request, "members/jobs/list.html", {"page": page, "rows": rows})


@requires("job.view")
@require_GET
def show_job(request, code):
    """The page, or only its moving part when the page itself asks."""
    job = _own(request, code)
    if job.is_finished:
        actions.see_job(job)
    template = "members/jobs/_progress.html" if request.htmx else "members/jobs/show.html"
    return render(request, template, {"job": job, "label": label_of(job.kind)})


@requires("job.view")
@require_POST
def cancel_job(request, code):
    try:
        actions.cancel_job(request.user, _own(request, code))
        messages.success(request, _("已要求停止。"))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("members:show_job", code)


@requires("job.view")
@require_GET
def download_job(request, code):
    try:
        return actions.download_job(request.user, _own(request, code))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("members:show_job", code)


def _own(request, code):
    return get_object_or_404(Job.objects.filter(owner=request.user).select_related("organization"), code=code)
