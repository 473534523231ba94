"""The route of an application: which steps it goes through, who takes them, and what each of them asks for.

How casework reads it from a `reading.Program`:

- `program.applicants` may apply; the papers go to `program.texts["handed_to"]`.
- `program.steps` stand in order. `step.actor` takes the step, `step.to` gets what comes out of it, and `step.kind`
  says what has to be recorded before the next one: a visit, a notice with its dates and objections, a receipt.
  A step without a kind is text only: somebody ticks it off.
- `sample`: of the proposed list `step.sampled(number)` are drawn at random and visited; the draw is recorded.
- `approve` with `is_drawn`: a second approver is drawn by lot from those who may; the draw is recorded.
- `sign_off`: each of `step.bodies` says yes or no; the step is over when all have.
- `notice`: hangs for `step.days` calendar days; without days, as long as the region's settings say.
- `working_days` count from the end of the step before, by members.calendar; `every` is the rhythm of a step that is
  taken for many cases at once (a quarter's summary, a half-year's meeting).
- `return` is for refused cases, `apply_again` for a supplement after an event: neither stands in the way of the rest.
- `approvals(program)` is the chain an application passes upward.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

# fmt: off
KINDS = (
    "apply", "select", "check", "visit", "sample", "notice", "consult", "sign_off", "forward", "approve", "pay",
    "provide", "receive", "return", "apply_again",
)
# fmt: on
RHYTHMS = ("month", "quarter", "half_year", "year", "term")


@dataclass(frozen=True, eq=False)
class Step:
    actor: str
    texts: tuple
    kind: str = ""
    to: str = ""
    bodies: tuple = ()
    share: Decimal | None = None
    days: int | None = None
    every: str = ""
    deadline: str = ""
    working_days: int | None = None
    sheets: int | None = None
    # Of an approval: a second person looks at it, drawn by lot.
    is_drawn: bool = False

    def sampled(self, number):
        """How many of a proposed list are visited: the share rounded up, and at least one."""
        if self.share is None or number <= 0:
            return 0
        return max(1, int((self.share * number).to_integral_value(ROUND_CEILING)))


def approvals(program):
    """(who, to whom) for every hand an application passes through on its way up, the one who decides last."""
    return [(step.actor, step.to) for step in program.steps if step.kind in {"forward", "approve"}]
