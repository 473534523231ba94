import datetime

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0011_add_fact_planes'),
    ]

    operations = [
        # A day long past: the planes of shares that are there are made anew.
        migrations.AddField(
            model_name='factshare',
            name='day',
            field=models.DateField(default=datetime.date(2000, 1, 1)),
            preserve_default=False,
        ),
    ]
