"""Of versions written before all writers were counted, the last one is known."""

from django.db import migrations


def fill(apps, schema_editor):
    versions = apps.get_model("programs", "ProgramVersion").objects.exclude(written_by=None)
    for pk, writer in versions.values_list("pk", "written_by_id"):
        versions.filter(pk=pk).update(writer_ids=[writer])


class Migration(migrations.Migration):
    dependencies = [("programs", "0013_count_all_writers")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
