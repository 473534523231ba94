"""Reading of the draws of reviewers: does the program ask for one, who may be drawn, whose turn it is, is it right."""

from members import relations
from members.models import Staff
from portal.lib import draws
from programs import catalogue
from referrals.models import ReviewerDraw, ReviewerTurn


def is_asked(line):
    """Does the version of its program want the second approver drawn by lot?"""
    if line.program_version is None:
        return False
    program = catalogue.parsed(line.program_version, catalogue.vocabulary())
    return any(step.is_drawn for step in program.steps)


def able(line):
    """Whoever may approve at this unit, had no part in it, and has not declared a relation with the person."""
    related = set(relations.staff_related_to(line.person.number))
    took_part = {line.proposed_by_id, line.first_approved_by_id}
    staff = Staff.objects.filter(organization=line.organization_id, is_active=True).order_by("code")
    return [
        one for one in staff if "aid.approve" in one.permissions and one.pk not in took_part and one.pk not in related
    ]


def draw_of(line):
    return ReviewerDraw.objects.filter(line=line).first()


def turns_of(draw):
    return list(draw.turns.select_related("staff", "drawn_by"))


def reviewer_of(line):
    """Whose turn it is; None where nobody was drawn."""
    turn = ReviewerTurn.objects.filter(draw__line=line).select_related("staff").order_by("number").last()
    return turn.staff if turn else None


def reviewers_of(lines):
    """id of a line -> whose turn it is, for lists; one query."""
    turns = ReviewerTurn.objects.filter(draw__line__in=lines).select_related("staff", "draw").order_by("number")
    return {turn.draw.line_id: turn.staff for turn in turns}


def text_of(line, pool):
    """What is drawn from, the same on every machine."""
    head = f"aid {line.code}\nprogram {line.program.code} {line.program_version.number}\n"
    return head + "".join(f"{code}\n" for code in pool)


def verify(draw):
    """Everything reckoned again: the turns are the first places in their order."""
    drawn = [turn.staff.code for turn in turns_of(draw)]
    return draws.verify(
        commitment_said=draw.commitment, secret=draw.secret, text=draw.text, digest_said=draw.digest,
        seed_said=draw.seed, keys=draw.pool, number=len(drawn), drawn_said=drawn,
    )  # fmt: skip
