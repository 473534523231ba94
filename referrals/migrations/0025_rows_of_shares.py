from django.db import migrations

UNIT = "(SELECT NULLIF(current_setting('portal.unit', true), '')::bigint)"
ROWS = {
    "referrals_referralshare": f"party_id = {UNIT} OR EXISTS (SELECT FROM referrals_referralaccess concerned "
    "WHERE concerned.referral_id = referrals_referralshare.referral_id "
    f"AND concerned.organization_id = {UNIT})",
    "referrals_referralgrant": "EXISTS (SELECT FROM referrals_referralshare seen WHERE seen.id = share_id)",
}


class Migration(migrations.Migration):
    dependencies = [("referrals", "0024_add_shares")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY seen_by_unit ON {table} FOR SELECT TO portal_reader USING ({rows})",
            f"DROP POLICY seen_by_unit ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        )
        for table, rows in ROWS.items()
    ]
