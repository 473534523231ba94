from django.db import migrations, models

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
    "referrals_referralshare",
)  # fmt: skip
BESIDES = {"referrals_aidline": "referral_id IS NULL", "referrals_referralshare": f"party_id = {UNIT}"}
COLUMNS = {"referrals_referral": "referrals_referral.id", **{table: f"{table}.referral_id" for table in TABLES}}


def policy(table, asked):
    rows = CONCERNED.format(asked=asked, column=COLUMNS[table])
    if table in BESIDES:
        rows = f"{BESIDES[table]} OR {rows}"
    return f"ALTER POLICY seen_by_unit ON {table} USING ({rows})"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0029_review_draws")]

    operations = [
        *[
            migrations.RunSQL(policy(table, "(SELECT true"), policy(table, "EXISTS (SELECT"))
            for table in COLUMNS
        ],
        # What is shared with one person by name lies on no desk of the unit.
        migrations.RemoveIndex(model_name="referralaccess", name="open_of_unit"),
        migrations.AddIndex(
            model_name="referralaccess",
            index=models.Index(
                condition=models.Q(("is_open", True), models.Q(("reason", "shared"), _negated=True)),
                fields=["organization", "-created_at", "-referral"],
                name="open_of_unit",
            ),
        ),
    ]
