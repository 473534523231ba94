"""The house, held up by a test: who imports whom, who points at whom, who may be reached without a permission."""

import ast
import functools
import io
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import get_resolver
from django.urls.resolvers import URLPattern

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["members", "programs", "referrals", "portal"]  # each may import those before it
# Inside a room a module imports only from modules to its left. Those between two dots stand side by side.
SHELVES = [
    {"workflow", "roles", "facts", "derived", "kinds", "board_kinds", "deeds", "role_words", "words", "timeline_words"}
    | {"items", "coverage", "row_policies", "aid_moves", "list_kinds"},
    {"models"},
    {
        "audit",
        "access",
        "names",
        "disclosure",
        "permissions",
        "passwords",
        "handover",
        "invitation_links",
        "guest_links",
        "relations",
    }
    | {
        "turns",
        "fields",
        "finding",
        "minors",
        "safeguards",
        "wordings",
        "consent_papers",
        "lead_figures",
        "need_figures",
        "visit_figures",
        "check_figures",
        "affected",
        "retention",
        "local_facts",
        "groups",
    }
    | {"import_columns", "import_places", "import_templates", "case_notes", "viewers", "shares"},
    {
        "rules",
        "benefits",
        "ceilings",
        "matching",
        "screening",
        "next_steps",
        "proposals",
        "likely_aid",
        "entitlements",
        "earlier_grants",
        "aid_returns",
        "sentences",
        "papers",
        "payments",
        "reading",
        "catalogue",
    }
    | {
        "compiled",
        "queries",
        "examples",
        "checks",
        "questions",
        "definitions",
        "wording",
        "targets",
        "trials",
        "touched",
        "booked",
        "rounds",
        "versions",
        "remarks",
        "differences",
        "routes",
        "previews",
        "sheets",
        "hsds",
        "supply",
        "all_pairs",
        "bitmaps",
        "planes",
        "fact_table",
        "given",
        "reverse",
        "leaflets",
        "blank_forms",
        "funds",
        "fund_sheets",
        "fund_figures",
        "fund_statements",
        "interview",
        "places",
        "outcomes",
    },
    {"outbox"},
    {
        "timeline",
        "notifications",
        "exports",
        "imports",
        "listings",
        "reports",
        "webhooks",
        "announcements",
        "minor_reports",
        "uptake",
        "mails",
        "jobs",
        "calendar",
        "seals",
        "archives",
    },
    {"profiles", "notices", "candidates"},
    {
        "profile_words",
        "tokens",
        "clocks",
        "receivers",
        "receiver_routes",
        "paces",
        "least_items",
        "limits",
        "overlaps",
        "referral_papers",
    }
    | {"tellings", "double_loop", "verification", "urgent_lanes", "guests", "chain"}
    | {"case_verdicts"}
    | {"instalments", "papers_kept", "review_draws", "listed", "batch_routes", "batch_lists", "aid_turns"},
    {"actions"},
    {
        "rest",
        "boards",
        "pairings_shown",
        "callers",
        "form_pages",
        "editing",
        "aid_shown",
        "cases_shown",
        "desk_rows",
        "desk_choices",
        "desk_people",
        "fhir",
        "desks",
        "desks_drawn",
        "two_ways",
        "case_lines",
        "case_events",
        "batches_shown",
        "writing_shown",
        "consents_shown",
        "own_copies",
        "held",
        "imports_shown",
    },
    {"forms", "views", "api", "fund_api", "lead_api", "match_api", "supply_api", "import_api", "tasks", "middleware"}
    | {"people_api", "need_api", "visit_api", "check_api", "consent_api", "received_api", "document_api"}
    | {"referral_api", "move_api", "batch_api", "fhir_api", "share_api", "aid_api"}
    | {"management"}
    | {"migrations", "urls", "apps", "data", "sign_in"},
]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "service", "manager"}


def modules():
    for room in ROOMS:
        yield from (ROOT / room).rglob("*.py")


@functools.cache
def imports_of(path):
    """(module, line) of every import in a file, at any depth, with relative ones made absolute."""
    return tuple(_imports_of(path))


def _imports_of(path):
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module, node.lineno
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def test_rooms_import_downward_only():
    wrong = []
    for path in modules():
        room = path.relative_to(ROOT).parts[0]
        is_library = path.relative_to(ROOT).parts[:2] == ("portal", "lib")
        for module, line in imports_of(path):
            top = module.split(".")[0]
            if top not in ROOMS or module.startswith("portal.lib"):
                continue
            if is_library or ROOMS.index(top) > ROOMS.index(room):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {module}")
    assert wrong == []


def shelf_of(parts):
    name = parts[1].removesuffix(".py") if len(parts) > 1 else ""
    return next((number for number, shelf in enumerate(SHELVES) if name in shelf), None)


def test_modules_import_from_their_left():
    wrong = []
    for path in modules():
        parts = path.relative_to(ROOT).parts
        if parts[0] == "portal" or shelf_of(parts) is None:
            continue
        for module, line in imports_of(path):
            target = module.split(".")
            if target[0] != parts[0] or shelf_of(target) is None:
                continue
            if shelf_of(target) > shelf_of(parts):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {module}")
    assert wrong == []


def test_entry_points_are_not_imported_by_another_app():
    entrances = SHELVES[-1]
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in modules()
        for module, line in imports_of(path)
        if path.relative_to(ROOT).parts[0] != "portal"
        and (target := module.split("."))[0] in ROOMS[:3]
        and target[0] != path.relative_to(ROOT).parts[0]
        and len(target) > 1
        and target[1] in entrances
    ]
    assert wrong == []


def test_every_module_of_a_room_stands_on_a_shelf():
    known = set().union(*SHELVES) | {"__init__"}
    strays = [
        str(path.relative_to(ROOT))
        for room in ROOMS[:3]
        for path in (ROOT / room).iterdir()
        if path.name != "__pycache__" and path.suffix in {"", ".py"} and path.stem not in known
    ]
    assert strays == []


def test_imports_stand_at_the_top_of_rooms():
    """A cycle is not to be hidden inside a function."""
    inside = []
    for room in ROOMS[:3]:
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.parse(path.read_text())
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    inside += [
                        f"{path.relative_to(ROOT)}:{node.lineno}"
                        for node in ast.walk(function)
                        if isinstance(node, ast.Import | ast.ImportFrom)
                    ]
    assert inside == []


def test_foreign_keys_point_downward_only():
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in ROOMS
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model
        and (target := field.related_model._meta.app_label) in ROOMS
        and ROOMS.index(target) > ROOMS.index(model._meta.app_label)
    ]
    assert wrong == []


def test_no_module_is_named_after_nothing():
    assert [str(p.relative_to(ROOT)) for p in modules() if p.stem in FORBIDDEN_NAMES] == []


def test_no_module_is_longer_than_600_lines():
    long = [str(p.relative_to(ROOT)) for p in modules() if len(p.read_text().splitlines()) > 600]
    assert long == []


def patterns(resolver=None, prefix=""):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry
        else:
            yield from patterns(entry, prefix + str(entry.pattern))


def test_every_view_of_ours_names_its_permission():
    nameless = []
    for route, entry in patterns():
        view = getattr(entry.callback, "view_class", None) or getattr(entry.callback, "cls", None) or entry.callback
        if view.__module__.split(".")[0] in ROOMS and not (
            getattr(entry.callback, "permission", None) or getattr(view, "permission", None)
        ):
            nameless.append(route)
    assert nameless == []


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, stdout=io.StringIO())


def test_readme_tree_matches_the_disk():
    """The tree in README.md names what is there, and what is there is in the tree, two levels deep."""
    block = re.search(r"```tree\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert block, "README.md has no tree"
    named = {line.split()[0] for line in block.group(1).splitlines() if line.strip()}
    missing = sorted(path for path in named if not (ROOT / path).exists())
    assert missing == []
    present = {
        f"{room}/{path.name}/" if path.is_dir() else f"{room}/{path.name}"
        for room in ROOMS
        for path in (ROOT / room).iterdir()
        if path.name not in {"__pycache__", "__init__.py", "apps.py", "migrations", "management"}
    }
    assert sorted(present - named) == []
