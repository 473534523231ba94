from importlib import import_module

from django.apps import AppConfig

from referrals.deeds import DEEDS, OBJECTS
from referrals.row_policies import POLICIES, READ_WIDELY


class ReferralsConfig(AppConfig):
    name = "referrals"
    verbose_name = "转介"

    def ready(self):
        """The audit tells of our deeds in our words, the catalogue shows our people."""
        import_module("members.audit").name_deeds(DEEDS, OBJECTS)
        import_module("members.webhooks").name_events(import_module("referrals.announcements").EVENTS)
        import_module("portal.lib.row_security").protect(POLICIES, READ_WIDELY)
        # It registers itself with the catalogue.
        import_module("referrals.candidates")
        # And this with whatever moves a leaver's work on; the clock suspends people too, and it loads no pages.
        import_module("referrals.actions.handlers")
        import_module("referrals.actions.aid_imports").join_tables()
        import_module("referrals.actions.shares")
