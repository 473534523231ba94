from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from portal import celery
from portal.lib import choices

# This module is read before any model is.
choices.install()


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "政慈衔接"
    # The Celery app of every process, so that `current_app` is ours in the web server too.
    celery_app = celery.app

    def ready(self):
        """Handlers of the outbox and runners of jobs register themselves in each app's tasks."""
        autodiscover_modules("tasks")
