"""Seal everything anew under the current key, after a new one was added to the ring."""

from django.apps import apps
from django.core.management.base import BaseCommand

from members.actions.second_factors import reseal_secrets
from portal.lib import uploads
from portal.lib.encrypted_fields import EncryptedField, encrypted_columns, rotate


class Command(BaseCommand):
    help = "Seals every encrypted column and stored file anew under the current key; may be interrupted and repeated."

    def handle(self, *args, **options):
        for model in apps.get_models():
            if any(isinstance(field, EncryptedField) for field in encrypted_columns(model)):
                self.stdout.write(f"{model._meta.label}: {sum(rotate(model))}")
        self.stdout.write(f"second factors: {reseal_secrets()}")
        self.stdout.write(f"files: {sum(uploads.rotate())}")
        self.stdout.write("No column and no file is sealed with an older key any more.")
        self.stdout.write(
            "Keep older keys in the ring all the same: audit seals and API tokens made under them need them."
        )
