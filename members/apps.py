from importlib import import_module

from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "成员"

    def ready(self):
        """What the libraries tell of a sign-in is written down. Between our own apps there are no signals."""
        import_module("members.sign_in").listen()
