from django.db import migrations

UNIT = "(SELECT NULLIF(current_setting('portal.unit', true), '')::bigint)"
BUREAUS = "'assistance_station', 'civil_affairs', 'service_station', 'town_street', 'village_body'"
LINE = "EXISTS (SELECT FROM referrals_aidline seen WHERE seen.id = line_id)"


def concerned(table):
    return (
        f"(SELECT true FROM referrals_referralaccess concerned WHERE concerned.referral_id = {table}.referral_id "
        f"AND concerned.organization_id = {UNIT})"
    )


BEFORE = f"referral_id IS NULL OR {concerned('referrals_aidline')}"
AFTER = (
    f"organization_id = {UNIT} OR {concerned('referrals_aidline')} "
    f"OR referral_id IS NULL AND ((SELECT true FROM referrals_person kept WHERE kept.id = person_id "
    f"AND kept.keeper_id = {UNIT}) OR (SELECT true FROM members_organization reader WHERE reader.id = {UNIT} "
    f"AND reader.kind IN ({BUREAUS})))"
)
ROWS = {
    "referrals_aidpaper": LINE,
    "referrals_aidinstalment": LINE,
    "referrals_reviewerdraw": LINE,
    "referrals_casenote": f"(audience <> 'own' OR organization_id = {UNIT}) AND {concerned('referrals_casenote')}",
    "referrals_casenotereading": "EXISTS (SELECT FROM referrals_casenote seen WHERE seen.id = note_id)",
    "referrals_casefile": "(note_id IS NULL OR (SELECT true FROM referrals_casenote seen WHERE seen.id = note_id)) "
    f"AND {concerned('referrals_casefile')}",
    "referrals_pairing": f"organization_id = {UNIT} OR area_id IS NOT NULL OR {concerned('referrals_pairing')}",
    "referrals_pairingvisit": "EXISTS (SELECT FROM referrals_pairing seen WHERE seen.id = pairing_id)",
}


class Migration(migrations.Migration):
    dependencies = [("referrals", "0030_ask_for_one_row")]

    operations = [
        migrations.RunSQL(
            f"ALTER POLICY seen_by_unit ON referrals_aidline USING ({AFTER})",
            f"ALTER POLICY seen_by_unit ON referrals_aidline USING ({BEFORE})",
        ),
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
                f"CREATE POLICY seen_by_unit ON {table} FOR SELECT TO portal_reader USING ({rows})",
                f"DROP POLICY seen_by_unit ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            )
            for table, rows in ROWS.items()
        ],
    ]
