from django.db import migrations

# The role may be made by whoever may make roles (deploy/README.md); it only reads, and what comes later too.
READER = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_reader') THEN
        BEGIN
            CREATE ROLE portal_reader NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'portal_reader', 'MEMBER') THEN
        EXECUTE format('GRANT portal_reader TO %I', current_user);
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO portal_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO portal_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO portal_reader;
"""
NO_READER = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM portal_reader;
REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM portal_reader;
REVOKE USAGE ON SCHEMA public FROM portal_reader;
"""
UNIT = "(SELECT NULLIF(current_setting('portal.unit', true), '')::bigint)"
CONCERNED = (
    "EXISTS (SELECT FROM referrals_referralaccess concerned "
    "WHERE concerned.referral_id = {column} AND concerned.organization_id = " + UNIT + ")"
)
ROWS = {
    "referrals_referralaccess": "organization_id = " + UNIT,
    "referrals_referral": CONCERNED.format(column="referrals_referral.id"),
    "referrals_needoutcome": "EXISTS (SELECT FROM referrals_outcomereport seen WHERE seen.id = report_id)",
    "referrals_aidline": "referral_id IS NULL OR " + CONCERNED.format(column="referrals_aidline.referral_id"),
    **{
        table: CONCERNED.format(column=f"{table}.referral_id")
        for table in (
            "referrals_referralstep", "referrals_referralmanifest", "referrals_referralquestion",
            "referrals_referralapproval", "referrals_outcomereport", "referrals_urgentlane",
            "referrals_guestaccess",
        )
    },
}  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("referrals", "0014_saved_lists")]

    operations = [
        migrations.RunSQL(READER, NO_READER),
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
                f"CREATE POLICY seen_by_unit ON {table} FOR SELECT TO portal_reader USING ({rows})",
                f"DROP POLICY seen_by_unit ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            )
            for table, rows in ROWS.items()
        ],
    ]
