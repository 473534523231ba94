from django.db import migrations

# The row that makes something seen is asked for as a value: EXISTS was turned around, and all that a unit has was
# gathered for a page of fifty.
UNIT = "(SELECT NULLIF(current_setting('portal.unit', true), '')::bigint)"
CONCERNED = (
    "{asked} FROM referrals_referralaccess concerned "
    "WHERE concerned.referral_id = {column} AND concerned.organization_id = " + UNIT + ")"
)
TABLES = (
    "referrals_referralstep", "referrals_referralmanifest", "referrals_referralquestion", "referrals_referralapproval",
    "referrals_outcomereport", "referrals_urgentlane", "referrals_guestaccess", "referrals_aidline",
)  # fmt: skip
COLUMNS = {"referrals_referral": "referrals_referral.id", **{table: f"{table}.referral_id" for table in TABLES}}


def policy(table, asked):
    rows = CONCERNED.format(asked=asked, column=COLUMNS[table])
    if table == "referrals_aidline":
        rows = f"referral_id IS NULL OR {rows}"
    return f"ALTER POLICY seen_by_unit ON {table} USING ({rows})"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0022_telling_duties")]

    operations = [
        migrations.RunSQL(policy(table, "(SELECT true"), policy(table, "EXISTS (SELECT"))
        for table in COLUMNS
    ]
