"""Seal everything anew under the current key, after a new one was added to the ring."""

from django.apps import apps
from django.core.management.base import BaseCommand

from portal.lib import uploads
from portal.lib.encrypted_fields import EncryptedField, encrypted_columns, rotate


class Command(BaseCommand):
    help = "Seals every encrypted column and stored file anew under the current key; may be interrupted and repeated."

    def handle(self, *args, **options):
        for model in apps.get_models():
            if any(isinstance(field, EncryptedField) for field in encrypted_columns(model)):
                self.stdout.write(f"{model._meta.label}: {sum(rotate(model))}")
        self.stdout.write(f"files: {sum(uploads.rotate())}")
        self.stdout.write("Nothing is sealed with an older key any more; it may leave the ring.")
