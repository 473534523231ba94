"""Which rows of casework the database shows a unit (portal.lib.row_security), and which readings go beyond it and why.

A unit sees a referral when there is a row of ReferralAccess that says so, and what hangs on a referral with it. The
setting is read through a subselect of its own, so that it is read once and not for every row. The row that says so is
asked for as a value, of which there is one at most: an EXISTS the database may turn around and first gather all that
concerns the unit, a million keys for a page of fifty.
"""

from members.kinds import BUREAU_KINDS

UNIT = "(SELECT NULLIF(current_setting('portal.unit', true), '')::bigint)"
_CONCERNED = (
    "(SELECT true FROM referrals_referralaccess concerned WHERE concerned.referral_id = {referral} "
    "AND concerned.organization_id = {unit})"
)


def _with(referral):
    return _CONCERNED.format(referral=referral, unit=UNIT)


_BUREAUS = ", ".join(f"'{kind}'" for kind in sorted(BUREAU_KINDS))
_KEPT = f"(SELECT true FROM referrals_person kept WHERE kept.id = person_id AND kept.keeper_id = {UNIT})"  # noqa: S608
_BY_A_BUREAU = (
    f"(SELECT true FROM members_organization reader WHERE reader.id = {UNIT} AND reader.kind IN ({_BUREAUS}))"  # noqa: S608
)
_LINE = "EXISTS (SELECT FROM referrals_aidline seen WHERE seen.id = line_id)"
_OF_A_NOTE = "(SELECT true FROM referrals_casenote seen WHERE seen.id = note_id)"
# table -> which of its rows are seen. A change here wants a migration with the same words (tests/test_row_security.py).
POLICIES = {
    "referrals_referralaccess": f"organization_id = {UNIT}",
    "referrals_referral": _with("referrals_referral.id"),
    "referrals_referralstep": _with("referrals_referralstep.referral_id"),
    "referrals_referralmanifest": _with("referrals_referralmanifest.referral_id"),
    "referrals_referralquestion": _with("referrals_referralquestion.referral_id"),
    "referrals_referralapproval": _with("referrals_referralapproval.referral_id"),
    "referrals_outcomereport": _with("referrals_outcomereport.referral_id"),
    "referrals_followup": _with("referrals_followup.referral_id"),
    "referrals_guestaccess": _with("referrals_guestaccess.referral_id"),
    "referrals_urgentlane": _with("referrals_urgentlane.referral_id"),
    # What is over stays in sight of the party it was shared with: that it is, and how it ended.
    "referrals_referralshare": f"party_id = {UNIT} OR {_with('referrals_referralshare.referral_id')}",
    "referrals_referralgrant": "EXISTS (SELECT FROM referrals_referralshare seen WHERE seen.id = share_id)",
    "referrals_needoutcome": "EXISTS (SELECT FROM referrals_outcomereport seen WHERE seen.id = report_id)",
    # Help without a referral is seen by whoever gives it and by whoever keeps the person; for civil affairs, which
    # keeps by area, the lists ask for theirs.
    "referrals_aidline": f"organization_id = {UNIT} OR {_with('referrals_aidline.referral_id')} "
    f"OR referral_id IS NULL AND ({_KEPT} OR {_BY_A_BUREAU})",
    "referrals_aidpaper": _LINE,
    "referrals_aidinstalment": _LINE,
    "referrals_reviewerdraw": _LINE,
    # What one unit wrote for itself is nobody else's.
    "referrals_casenote": f"(audience <> 'own' OR organization_id = {UNIT}) "
    f"AND {_with('referrals_casenote.referral_id')}",
    "referrals_casenotereading": "EXISTS (SELECT FROM referrals_casenote seen WHERE seen.id = note_id)",
    "referrals_casefile": f"(note_id IS NULL OR {_OF_A_NOTE}) AND {_with('referrals_casefile.referral_id')}",
    "referrals_pairing": f"organization_id = {UNIT} OR area_id IS NOT NULL OR {_with('referrals_pairing.referral_id')}",
    "referrals_pairingvisit": "EXISTS (SELECT FROM referrals_pairing seen WHERE seen.id = pairing_id)",
}
# why -> what is read of whom, and what of it is shown.
READ_WIDELY = {
    "duplicates and ceilings": "what other units already give a household: who decides must know, and is told the "
    "unit, the program and the sum, never the case",
    "a receiver behind a link": "the one referral of the link, by its token and a code, until it is closed",
    "units that only have a link": "which units were sent something and have nobody to sign in, for whoever invites",
    "who can see a case": "the units that a case concerns and why, for whoever it concerns; of their people how many",
    "the chain": "where a referral went from here and where it came from, for those who stand in the chain",
    "how fast units answer": "when other units were sent something and answered: whoever chooses a receiver is told a "
    "median and two numbers, never a case",
    "the queue of a round": "how many wait before this one for the same round",
    "what a record holds": "how much hangs on a person's record, for whoever merges, wipes or copies it",
}
