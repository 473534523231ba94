from django.db import migrations


class Migration(migrations.Migration):
    """Cases that a bureau sent of families of its towns; what a row repeats of the referral its trigger fills in."""

    dependencies = [("referrals", "0020_keepers_read_their_cases")]

    operations = [
        migrations.RunSQL(
            """
            INSERT INTO referrals_referralaccess
                (organization_id, referral_id, reason, created_at, is_open, state, rank, due_on)
            SELECT p.keeper_id, r.id, 'keeper', r.created_at, true, r.state, r.rank, DATE '9999-12-31'
            FROM referrals_referral r JOIN referrals_person p ON p.id = r.person_id
            WHERE p.is_official
            ON CONFLICT DO NOTHING
            """,
            migrations.RunSQL.noop,
        )
    ]
