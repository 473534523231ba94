"""A receiver that nobody signs in for: one referral, by a link and a code, for some days."""

from datetime import timedelta
from secrets import token_hex

import pytest
from django.core import mail
from django.utils import timezone

from members.access import Refusal
from members.models import AuditEntry
from referrals import mails
from referrals.actions import guests, outcomes
from referrals.actions.consents import withdraw_consent
from referrals.guest_links import token_of
from referrals.models import Consent, DisclosureLog, GuestAccess, Referral
from tests.make.people import make_need, make_person
from tests.make.referrals import make_referral
from tests.make.units import make_contact_post, make_organization, make_staff


@pytest.fixture
def unit(cast):
    return make_organization(kind="foundation", area=cast.county, name="甲区某基金会")


@pytest.fixture
def referral(cast, unit):
    return make_referral(cast.bureau_officer, unit, person=make_person(cast.town, name="陈某甲"))


@pytest.fixture
def invited(cast, unit, referral):
    """(access, code) as the sender gets them."""
    return guests.invite_guest(cast.bureau_officer, referral, make_contact_post(unit), "post@example.org")


def a_stranger(browse):
    """Nobody is signed in; from an address of their own, as tries are counted by address."""
    return browse(None, REMOTE_ADDR=f"fd00::{token_hex(2)}:{token_hex(2)}")


def enter(client, access, code):
    return client.post(f"/guest/{token_of(access)}/", {"code": code})


def test_from_the_mail_to_the_signature(cast, unit, referral, browse):
    bureau, guest = browse(cast.bureau_officer), a_stranger(browse)
    case = f"/referrals/{referral.code}/"
    assert "接收单位还没有账号" in bureau.get(case).content.decode()
    post = make_contact_post(unit)
    shown = bureau.post(f"{case}guest/", {"post": post.code, "email": "post@example.org"}, follow=True).content.decode()
    code = shown.split('class="sum num">')[1][:8]
    assert code not in bureau.get(f"{case}guest/").content.decode()
    access = GuestAccess.objects.get()
    mails.send_guest_link(access.code)
    assert f"/guest/{token_of(access)}/" in mail.outbox[0].body
    assert not any(word in mail.outbox[0].body + mail.outbox[0].subject for word in ("陈某甲", code, referral.number))
    asked = guest.get(f"/guest/{token_of(access)}/")
    assert (asked.headers["X-Robots-Tag"], asked.headers["Referrer-Policy"]) == ("noindex, nofollow", "same-origin")
    assert "no-store" in asked.headers["Cache-Control"]
    assert "陈某甲" not in asked.content.decode()
    assert enter(guest, access, code).headers["Location"] == "/guest/"
    page = guest.get("/guest/").content.decode()
    assert "陈某甲" in page
    assert DisclosureLog.objects.filter(kind="seen", receiver=unit, actor=None, actor_name=str(post)).exists()
    said = {"sign-version": referral.version, "sign-name": "某主任", "sign-is_unrelated": "on"}
    assert "已签收" in guest.post("/guest/do/sign/", said, follow=True).content.decode()
    referral.refresh_from_db()
    step = referral.steps.last()
    assert (referral.state, step.actor, step.organization, step.guest) == ("received", None, unit, f"某主任（{post}）")
    assert "某主任" in bureau.get(case).content.decode()
    guest.post("/guest/close/")
    assert "陈某甲" not in guest.get("/guest/").content.decode()
    assert enter(a_stranger(browse), access, code).status_code == 403


def test_a_guest_reads_the_needs_of_the_case_and_no_others(cast, unit):
    case = make_referral(cast.bureau_officer, unit, items=["name", "needs"])
    make_need(case.person, wish="别的单位在帮的事")
    access, _code = guests.invite_guest(cast.bureau_officer, case, make_contact_post(unit), "post@example.org")
    _permitted, rows = guests.see_as_guest(access)
    told = {item.code: words for _label, pairs in rows for item, words in pairs}
    assert case.needs.get().private["wish"] in told["needs"]
    assert "别的单位在帮的事" not in told["needs"]


def test_five_wrong_codes_close_the_link_and_are_written_down(invited, browse):
    access, code = invited
    answers = {enter(a_stranger(browse), access, "00000000").status_code for _time in range(5)}
    assert answers == {403}
    assert GuestAccess.objects.get().ended == "locked"
    assert enter(a_stranger(browse), access, code).status_code == 403
    assert AuditEntry.objects.filter(action="referral.refuse_guest").count() == 5
    assert a_stranger(browse).get("/guest/").status_code == 200


def test_a_link_that_is_old_or_closed_opens_nothing(cast, unit, referral, invited, browse):
    access, code = invited
    GuestAccess.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert enter(a_stranger(browse), access, code).status_code == 403
    again, fresh = guests.invite_guest(cast.bureau_officer, referral, access.post, "post@example.org")
    assert GuestAccess.objects.get(pk=access.pk).ended == "replaced"
    guests.end_guest(cast.bureau_officer, again)
    assert enter(a_stranger(browse), again, fresh).status_code == 403
    with pytest.raises(Refusal, match="已经失效"):
        guests.renew_code(cast.bureau_officer, GuestAccess.objects.get(pk=again.pk))


def test_a_new_code_takes_the_place_of_the_used_one(cast, invited, browse):
    access, code = invited
    assert enter(a_stranger(browse), access, code).status_code == 302
    _access, fresh = guests.renew_code(cast.bureau_officer, access)
    assert enter(a_stranger(browse), access, code).status_code == 403
    assert enter(a_stranger(browse), access, fresh).status_code == 302


def test_the_guest_asks_and_rejects_and_does_nothing_else(cast, referral, invited):
    access, _code = invited
    with pytest.raises(Refusal, match="不能“退回补充”"):
        guests.ask_as_guest(access, referral.version, "某主任", ["住在哪里？"])
    guests.sign_as_guest(access, referral.version, "某主任")
    referral.refresh_from_db()
    guests.ask_as_guest(access, referral.version, "某主任", ["住在哪里？"])
    referral.refresh_from_db()
    assert (referral.state, referral.questions.get().asked_by) == ("returned", None)
    with pytest.raises(Refusal, match="刷新"):
        guests.reject_as_guest(access, referral.version, "某主任", "no_capacity.no_funds", "")


def test_a_rejection_closes_the_road(referral, invited, browse):
    access, code = invited
    guest = a_stranger(browse)
    enter(guest, access, code)
    said = {"reject-version": referral.version, "reject-name": "某主任", "reject-reason": "no_capacity.no_funds"}
    page = guest.post("/guest/do/reject/", said, follow=True).content.decode()
    assert "陈某甲" not in page
    assert (Referral.objects.get().state, Referral.objects.get().reason_category) == ("rejected", "no_capacity")


@pytest.mark.parametrize("how", ["withdrawn", "cancelled", "minor", "account"])
def test_what_may_not_be_seen_any_more_is_not_seen_by_a_guest(how, cast, unit, referral, invited, browse):
    access, code = invited
    guest = a_stranger(browse)
    enter(guest, access, code)
    if how == "withdrawn":
        withdraw_consent(cast.bureau_officer, Consent.objects.get(), channel="counter")
    elif how == "cancelled":
        outcomes.cancel_referral(cast.bureau_officer, referral, referral.version, "declined.refuses")
    elif how == "minor":
        type(referral.person).objects.update(birth_date=timezone.localdate() - timedelta(days=3000))
    else:
        make_staff(organization=unit, roles=["charity_reviewer"])
        with pytest.raises(Refusal, match="登录办理"):
            guests.sign_as_guest(access, referral.version, "某主任")
        return
    assert "陈某甲" not in guest.get("/guest/").content.decode()


def test_no_link_where_somebody_signs_in_and_to_no_foreign_post(cast, referral):
    with pytest.raises(Refusal, match="联系岗位"):
        guests.invite_guest(cast.bureau_officer, referral, make_contact_post(cast.charity), "post@example.org")
    signed_in = make_referral(cast.bureau_officer, cast.charity)
    with pytest.raises(Refusal, match="已经有人使用"):
        guests.invite_guest(cast.bureau_officer, signed_in, make_contact_post(cast.charity), "post@example.org")


def test_the_administrator_of_all_units_is_asked_to_invite_it(cast, unit, invited, browse):
    admin = browse(cast.system_admin)
    assert unit.name in admin.get("/guest/units/").content.decode()
    assert "有单位收到转介，还没有账号" in admin.get("/").content.decode()
    make_staff(organization=unit)
    assert unit.name not in admin.get("/guest/units/").content.decode()
