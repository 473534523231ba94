from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0006_lists_from_the_access_table")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE referrals_referralaccess access
            SET rank = r.rank, state = r.state, due_on = COALESCE(r.due_on, DATE '9999-12-31'),
                is_open = r.state NOT IN (
                    'cancelled', 'closed', 'expired', 'failed', 'forwarded', 'in_error', 'rejected', 'withdrawn'
                )
            FROM referrals_referral r WHERE r.id = access.referral_id
            """,
            migrations.RunSQL.noop,
        )
    ]
