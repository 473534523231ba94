"""Numbers of referrals come from a sequence: two who send at once do not wait for each other."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0017_add_referrals")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE referrals_number", "DROP SEQUENCE referrals_number"),
    ]
