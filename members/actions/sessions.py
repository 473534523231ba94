"""Ending sessions: one's own on other machines, or all of somebody whose rights have just changed."""

from allauth.usersessions.models import UserSession

from members import audit


def end_sessions(actor, staff, *, reason, keep=""):
    """All sessions of a person end now, except the one whose key is given. Returns how many."""
    ended = 0
    for session in UserSession.objects.filter(user=staff).exclude(session_key=keep):
        session.end()
        ended += 1
    if ended:
        audit.record(actor, "session.end", staff, organization=staff.organization, reason=reason)
    return ended


def keep_newest_sessions(staff, limit, current):
    """Where the policy limits how many places one person may be signed in at, the oldest go."""
    sessions = UserSession.objects.filter(user=staff).exclude(session_key=current).order_by("-created_at")
    for session in list(sessions[max(limit - 1, 0) :]):
        session.end()
