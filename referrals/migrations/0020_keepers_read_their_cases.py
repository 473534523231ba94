from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referrals", "0019_consultations")]

    operations = [
        migrations.AlterField(
            model_name="referralaccess",
            name="reason",
            field=models.CharField(
                choices=[
                    ("sender", "转出"),
                    ("receiver", "接收"),
                    ("ancestor", "首次转出"),
                    ("shared", "共享"),
                    ("above", "上级"),
                    ("keeper", "保管资料"),
                ],
                max_length=10,
            ),
        ),
    ]
