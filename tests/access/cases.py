"""Who may open what hangs on the page of a case."""

from tests.access.referrals import SEES_REFERRAL, UNSEEN, a_referral
from tests.access.rows import Row

ROWS = [Row("referrals:list_steps", SEES_REFERRAL, arguments=a_referral, unseen=UNSEEN)]
