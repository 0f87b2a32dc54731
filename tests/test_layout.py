"""Who may import whom, and how large things may grow: the rules of DESIGN.md, held by reading the source."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [path.relative_to(ROOT) for group in ("app.py", "pages/**/*.py", "aedash/**/*.py") for path in ROOT.glob(group)]
FILES.sort()

# from the outermost room to the innermost; those of one line do not import one another, but for NEIGHBOURS
FLOORS = [
    {"__main__"},
    {"app", "pages", "commands"},
    {"ui"},
    {"wire"},
    {"figures", "training"},
    {"analysis"},
    {"recipes"},
    {"store", "presets"},
    {"objectives"},
    {"models"},
    {"data"},
    {"kinds", "recipe_words"},
    {"atomic", "config", "events", "changes", "history", "sweep", "formatting", "words", "glossary"},
    {"log"},
    {"registry", "settings"},
    {"__init__"},
]
FLOOR = {room: i for i, floor in enumerate(FLOORS) for room in floor}
NEIGHBOURS = {"formatting", "words", "config", "events", "changes", "history", "registry", "settings", "sweep"}
WITHOUT_TORCH = {"app", "pages", "ui", "wire", "figures"} | (NEIGHBOURS - {"formatting", "words", "sweep"})
ONLY_IN = {
    "starlette": lambda path, room: room in ("app", "ui", "wire"),
    "streamlit": lambda path, room: (
        room in ("app", "pages", "ui") or path.as_posix() == "aedash/commands/soak/links.py"
    ),
    "plotly": lambda path, room: room == "figures",
    "torch": lambda path, room: room not in WITHOUT_TORCH,
    "torchvision": lambda path, room: path.as_posix() == "aedash/commands/bench/rows.py",
    "ray": lambda path, room: path.as_posix() == "aedash/training/executors/ray.py",
}

# within ui: from the outermost folder to the innermost; a page's folder imports no other page's
PAGES = {"data_page", "home", "train", "explore", "runs", "compare", "start", "lambdas", "noise", "sweeps", "twins"}
UI_FLOORS = [PAGES, {"shared"}, {"specimen", "own_data"}, {"widgets"}, {"shell"}, {"desk"}, {"components"}]
UI_FLOOR = {folder: i for i, floor in enumerate(UI_FLOORS) for folder in floor}

SLOW = ("skimage", "sklearn.manifold", "scipy.stats", "scipy.signal", "scipy.ndimage", "scipy.optimize")
ONE_SYSTEM = {"fcntl", "grp", "msvcrt", "pty", "pwd", "resource", "termios", "winreg"}


def room_of(path):
    return path.with_suffix("").parts[1 if path.parts[0] == "aedash" else 0]


def imported(tree):
    """Dotted names of all modules that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def running(tree):
    """The file without what it imports to name types alone, which never runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    return tree


def allowed(room, other):
    if room == other:
        return True
    if (room, other) == ("commands", "ui") or {room, other} <= {"app", "pages"}:
        return False
    return FLOOR[room] < FLOOR[other] or ({room, other} <= NEIGHBOURS and FLOOR[room] == FLOOR[other])


def folder_of(name):
    """The folder of `ui` of a dotted module name, of a comparison page its own one; empty for another room's."""
    parts = name.split(".")
    if parts[:2] != ["aedash", "ui"] or len(parts) < 3:
        return ""
    return parts[3] if parts[2] == "experiments" and len(parts) > 3 else parts[2]


def lines(text):
    return [line for line in text.splitlines() if line.strip()]


@pytest.fixture(params=FILES, ids=str)
def source(request):
    text = (ROOT / request.param).read_text()
    return request.param, text, ast.parse(text)


def test_imports_follow_the_arrows(source):
    path, _, tree = source
    room = room_of(path)
    tree = running(tree) if room == "registry" else tree  # it says what it holds of every room, and imports none
    others = {name.split(".")[1] for name in imported(tree) if name.startswith("aedash.")}
    against = sorted(other for other in others - {"__version__"} if not allowed(room, other))
    assert not against, f"{path}: {room} imports {', '.join(against)}"


def test_a_page_s_folder_imports_no_other_page_s(source):
    path, _, tree = source
    here = folder_of(".".join(path.with_suffix("").parts))
    if not here or path.stem == "__init__":
        return
    others = {folder_of(name) for name in imported(tree)} - {"", here}
    assert {other for other in others if UI_FLOOR[other] <= UI_FLOOR[here]} == set(), path


def test_every_folder_of_ui_has_its_floor():
    folders = {folder_of(".".join(path.with_suffix("").parts)) for path in FILES if path.stem != "__init__"}
    assert folders - {""} == set(UI_FLOOR)


def test_no_page_runs_by_the_clock(source):
    """What moves comes by the wire; a script runs when something happened."""
    path, text, _ = source
    assert "run_every" not in text, path


def test_heavy_libraries_stay_in_their_rooms(source):
    path, _, tree = source
    used = {name.split(".")[0] for name in imported(tree)} & set(ONLY_IN)
    assert [name for name in sorted(used) if not ONLY_IN[name](path, room_of(path))] == []


def test_nothing_is_imported_at_start_that_one_system_alone_has(source):
    """A `try` around such an import, or a function that needs it, may hold one."""
    path, _, tree = source
    names = imported(ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], []))
    assert {name.split(".")[0] for name in names}.isdisjoint(ONE_SYSTEM), path


def test_what_takes_a_second_to_import_is_imported_where_it_is_used(source):
    """A server starts, and a child trains, without it."""
    path, _, tree = source
    names = imported(ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], []))
    assert [name for name in names if name.startswith(SLOW)] == [], path


def test_files_and_functions_stay_small(source):
    path, text, tree = source
    assert len(lines(text)) <= (60 if path.parts[0] == "pages" else 400)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            count = len(lines("\n".join(text.splitlines()[body[0].lineno - 1 : body[-1].end_lineno]))) if body else 0
            assert count <= 50, f"{path}:{node.lineno} {node.name}: {count} lines"


def test_modules_have_names_and_docstrings(source):
    path, text, tree = source
    assert path.stem not in ("utils", "util", "helpers", "misc", "common")
    assert path.parts[0] == "pages" or not text.strip() or ast.get_docstring(tree)


def test_every_room_is_in_the_design():
    assert {room_of(path) for path in FILES} == set(FLOOR)
    assert len(FILES) > 40


def test_the_rules_catch_what_they_forbid():
    assert not allowed("models", "training")
    assert not allowed("figures", "training")
    assert not allowed("store", "presets")
    assert not allowed("commands", "ui")
    assert not allowed("registry", "config")
    assert allowed("history", "events")
    assert allowed("pages", "analysis")
    assert not ONLY_IN["torch"](Path("aedash/figures/curves.py"), "figures")
