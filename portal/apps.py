from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "政慈衔接"
