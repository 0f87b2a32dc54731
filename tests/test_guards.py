"""What may stand nowhere in the package: ways to run a file's content, to unpack by its own paths, to show raw data."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for group in ("app.py", "pages/**/*.py", "aedash/**/*.py") for path in ROOT.glob(group))
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml", "jsonpickle", "torchfile"}
CALLS = {"eval", "exec", "compile", "__import__", "extractall", "unpack_archive", "exception_dialog"}
OF = {
    ("torch", "load"),
    ("torch", "save"),
    ("st", "exception"),
    ("streamlit", "exception"),
    ("os", "system"),
    ("os", "popen"),
    ("np", "fromregex"),
    ("tempfile", "mktemp"),
    ("hub", "load"),
}
ARGUMENTS = {"unsafe_allow_html": True, "allow_pickle": True, "shell": True, "weights_only": False, "trust_repo": True}
OURS = ROOT / "aedash" / "training" / "executors"  # whose processes send messages to one another, and read no file
MESSAGES = {"pickle"}
OWN = {"eval", "compile"}  # torch's modules have a method eval, re a function compile


def wrong(tree):
    """(line, what) of everything that may not be there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from ((node.lineno, name) for name in names if name.split(".")[0] in MODULES)
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, what) for what in called(node))


def called(node):
    """What is wrong with a call."""
    function = node.func
    if isinstance(function, ast.Name) and function.id in CALLS:
        yield function.id
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else getattr(function.value, "attr", "")
        if (owner, function.attr) in OF or (function.attr in CALLS - OWN):
            yield f"{owner}.{function.attr}"
    for argument in node.keywords:
        if argument.arg in ARGUMENTS and getattr(argument.value, "value", None) is not (not ARGUMENTS[argument.arg]):
            yield f"{argument.arg}="


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_of_it_stands_in_the_package(path):
    found = {what for _, what in wrong(ast.parse(path.read_text()))}
    assert found - (MESSAGES if path.parent == OURS else set()) == set()


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "import yaml.loader",
        "torch.load(path)",
        "torch.load(path, weights_only=True)",
        "torch.hub.load(name)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=given)",
        "archive.extractall(folder)",
        "shutil.unpack_archive(path)",
        "st.markdown(text, unsafe_allow_html=True)",
        "eval(text)",
        "exec(text)",
        "subprocess.run(text, shell=True)",
        "os.system(text)",
        "st.exception(error)",
    ],
)
def test_each_of_it_would_be_found(line):
    assert len(list(wrong(ast.parse(line)))) >= 1


@pytest.mark.parametrize(
    "line", ["model.eval()", "re.compile(text)", "np.load(path, allow_pickle=False)", "f(shell=False)"]
)
def test_what_only_looks_like_it_is_left_alone(line):
    assert list(wrong(ast.parse(line))) == []
