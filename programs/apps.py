from importlib import import_module

from django.apps import AppConfig

from programs.deeds import DEEDS, OBJECTS


class ProgramsConfig(AppConfig):
    name = "programs"
    verbose_name = "项目"

    def ready(self):
        """The audit tells of our deeds in our words."""
        import_module("members.audit").name_deeds(DEEDS, OBJECTS)
