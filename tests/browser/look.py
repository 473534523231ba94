"""What a page must be: accessible, within the content security policy, without errors, no wider than a phone."""

from pathlib import Path

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

# Runs before any script of a page: a violation that happens while loading is not missed.
WATCH = """
window.seen = [];
document.addEventListener("securitypolicyviolation", (e) => seen.push(`CSP ${e.violatedDirective} ${e.blockedURI}`));
addEventListener("error", (e) => seen.push(`script: ${e.message}`), true);
addEventListener("unhandledrejection", (e) => seen.push(`script: ${e.reason}`));
"""
# Nothing is loaded for it beforehand: only rules about sound and films, and one that is no standard yet, want that.
RUN_AXE = """async ([without, runOnly]) =>
    (await axe.run({exclude: without}, {runOnly, resultTypes: ["violations"], preload: false})).violations
    .filter((v) => ["serious", "critical"].includes(v.impact))
    .map((v) => `axe ${v.id} (${v.impact}): ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`)"""
# What the same page may lack on a phone alone: there other things are shown, smaller, and some scroll by themselves.
ON_A_PHONE = {
    "type": "rule",
    "values": ["target-size", "scrollable-region-focusable", "button-name", "link-name", "aria-hidden-focus"],
}
# The same on every page of a person.
FRAME = [".frame > header", ".rail"]
OVERFLOW = """() => {
    const wide = document.documentElement.scrollWidth;
    if (wide <= innerWidth) return [];
    const isOut = (e) => e.getBoundingClientRect().right > innerWidth + 1;
    const out = [...document.querySelectorAll("body *")].filter(isOut);
    return [`overflow: ${wide} > ${innerWidth}: ` + out.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ")];
}"""


def problems_of(page, rules=TAGS, without=()):
    """Everything wrong with the page as it now stands, in words; empty when nothing is."""
    if not page.evaluate("() => 'axe' in window"):
        page.context.add_init_script(AXE)  # the next pages of this window have it from the beginning
        page.evaluate(AXE)
    found = page.evaluate(RUN_AXE, [list(without), rules])
    found += page.evaluate("() => window.seen.splice(0)")
    return found + page.evaluate(OVERFLOW)


def problems_in_both_widths(page, *, is_frame_known=False):
    """For many pages of one person: their frame was looked at once, and the phone is asked for what depends on it."""
    found, without = [], FRAME if is_frame_known else ()
    for name, size in (("1440", WIDE), ("390", PHONE)):
        page.set_viewport_size(size)
        page.evaluate("scrollTo(0, 0)")  # what stays at the foot of the window half covers what happens to be under it
        rules = ON_A_PHONE if is_frame_known and size == PHONE else TAGS
        found += [f"{name}: {problem}" for problem in problems_of(page, rules, without)]
    page.set_viewport_size(WIDE)
    return found


def assert_no_violations(page):
    problems = problems_in_both_widths(page)
    assert problems == [], "\n".join(problems)
