from django.db import migrations

UNIT = "(SELECT NULLIF(current_setting('portal.unit', true), '')::bigint)"
ROWS = (
    "(SELECT true FROM referrals_referralaccess concerned WHERE concerned.referral_id = referrals_followup.referral_id "
    f"AND concerned.organization_id = {UNIT})"
)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0033_follow_ups")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE referrals_followup ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY seen_by_unit ON referrals_followup FOR SELECT TO portal_reader USING ({ROWS})",
            "DROP POLICY seen_by_unit ON referrals_followup; ALTER TABLE referrals_followup DISABLE ROW LEVEL SECURITY",
        )
    ]
