"""What was measured, as a table and as JSON. Those of one family stand in one line, a column for each kind of unit."""

import json
import os
import platform
import subprocess
from dataclasses import asdict
from pathlib import Path

from django.utils import timezone

from portal.lib import embedded

WIDTH = 46


def table(results) -> str:
    alone = [result for result in results if not result.family]
    return "\n\n".join(part for part in (_lines(alone), _matrix([r for r in results if r.family])) if part)


def _lines(results):
    """One line for each: what it took, how many times the floor, and whether that is the goal."""
    if not results:
        return ""
    lines = [f"{'measured':<{WIDTH}} {'once':>10}  {'×':>6}  {'reach':>6}     against"]
    for result in results:
        verdict = {None: "", True: "ok", False: "NO"}[result.is_reached]
        mine, floor = shown(result.seconds, result.unit), shown(result.floor_seconds, result.unit)
        lines.append(
            f"{result.name:<{WIDTH}} {mine:>10}  {result.ratio:>6.2f}  {_goal(result):>6}  {verdict:<2} "
            f"{result.against} ({floor})"
        )
    return "\n".join(lines)


def _goal(result):
    return "" if result.reach is None else f"≤{result.reach:g}"


def _matrix(results):
    """A line for each family: its ratio in each column, with a `!` where it is beyond the goal."""
    if not results:
        return ""
    columns = list(dict.fromkeys(result.column for result in results))
    families = {}
    for result in results:
        families.setdefault(result.family, {})[result.column] = result
    head = "".join(f"{column:>16}" for column in columns)
    lines = [f"{'times what stands beside it':<{WIDTH}}{head}  {'reach':>6}  against"]
    for family, found in families.items():
        one = next(iter(found.values()))
        cells = "".join(f"{_cell(found.get(column)):>16}" for column in columns)
        lines.append(f"{family:<{WIDTH}}{cells}  {_goal(one):>6}  {one.against}")
    return "\n".join(lines)


def _cell(result):
    if result is None:
        return "–"
    ratio = f"{result.ratio:.3f}" if result.ratio < 0.1 else f"{result.ratio:.2f}"
    return f"{'! ' * (result.is_reached is False)}{ratio} {shown(result.seconds)}"


def shown(seconds: float, unit_of_result="s") -> str:
    if unit_of_result == "/s":
        return f"{1 / seconds:.0f}/s"
    if unit_of_result != "s":
        return f"{seconds:.0f} {unit_of_result}"
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.2f} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def write(results, options) -> Path:
    """One file, the newest run; what ran it stands beside the numbers, for they mean nothing without."""
    path = embedded.var_dir() / "results.json"
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=embedded.BASE_DIR)
    described = {
        "at": timezone.now().isoformat(),
        "size": options.size,
        "people": options.people,
        "referrals": options.referrals,
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
        "load": os.getloadavg(),
        "results": [{**asdict(result), "is_reached": result.is_reached} for result in results],
    }
    path.write_text(json.dumps(described, ensure_ascii=False, indent=1))
    return path
