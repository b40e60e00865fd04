"""The house rules that ruff, mypy and import-linter do not check.

Every file can be held in the head, says what it is for, hides no failure, and carries no trace of
the workplace it was written in.
"""

import ast
import pkgutil
import re
import socket
import sys
import tomllib

import pytest

from tests.conftest import ROOT, NetworkRefused

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
NOT_OURS = {"build", "dist", "htmlcov", "__pycache__"}
TEXT = {".cfg", ".csv", ".html", ".css", ".js", ".json", ".lock", ".md", ".py", ".sh", ".toml"}
TEXT |= {".txt", ".yaml", ".yml", ""}

# Written with brackets and breaks, so that this file passes its own test.
TRACES = {
    "a folder of the workplace": re.compile(r"/wor[k]/"),
    "a programming aid": re.compile(
        r"\b(cla[u]de|copi[l]ot|ai (agen[t]|assistan[t]))\b", re.IGNORECASE
    ),
    "a package registry": re.compile(
        r"pyp[i]\.\w|pythonhoste[d]|npmj[s]\.\w|crate[s]\.io|proxy\.golan[g]|deb\.debia[n]"
        r"|(extra-)?inde[x]-url|find-link[s]",
        re.IGNORECASE,
    ),
}
OUTSIDE = re.compile(r"\.\./share[d]")
MAY_NAME_OUTSIDE = {"tests/conftest.py"}


def _is_ours(path):
    """Say whether a file ships: not hidden (but for .ci), no build, cache or environment."""
    parts = path.relative_to(ROOT).parts
    return not any(
        part in NOT_OURS or part.endswith(".egg-info") or (part.startswith(".") and part != ".ci")
        for part in parts
    )


SHIPPED = sorted(
    path for path in ROOT.rglob("*") if path.suffix in TEXT and path.is_file() and _is_ours(path)
)
MODULES = [path for path in SHIPPED if path.suffix == ".py"]
PACKAGES = {"trd", "ehr", "store", "cds_hooks", "thirdline"}
PACKAGED = [path for path in MODULES if path.relative_to(ROOT).parts[0] in PACKAGES]


def _name(path):
    return path.relative_to(ROOT).as_posix()


each_module = pytest.mark.parametrize("path", MODULES, ids=_name)
each_file = pytest.mark.parametrize("path", SHIPPED, ids=_name)


@each_module
def test_a_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@each_module
def test_a_module_can_be_held_in_the_head(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", PACKAGED, ids=_name)
def test_a_function_can_be_seen_at_a_glance(path):
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert not [node.name for node in functions if _lines_of_code(node) > LONGEST_FUNCTION]


def _lines_of_code(function):
    """Count the lines from its name to its end; its docstring does not count."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        said = function.body[0]
        lines -= said.end_lineno - said.lineno + 1
    return lines


def _catches_everything(handler):
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None
        or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})
        or (isinstance(kind, ast.Attribute) and kind.attr in {"Exception", "BaseException"})
        for kind in caught
    )


@each_module
def test_no_failure_is_caught_unnamed(path):
    """What failed must not look like nothing: isolation is by design, not by catching all."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node)
    ]
    assert not lines


@each_file
def test_no_trace_of_the_workplace(path):
    text = path.read_text(encoding="utf-8")
    found = {what: pattern.findall(text) for what, pattern in TRACES.items()}
    if _name(path) not in MAY_NAME_OUTSIDE:
        found["a folder outside the repository"] = OUTSIDE.findall(text)
    assert not any(found.values()), found


def test_the_core_needs_nothing_installed():
    """Every import of trd is the standard library or trd itself."""
    allowed = {"trd"} | sys.stdlib_module_names
    foreign = {
        f"{_name(path)}: {name}"
        for path in MODULES
        if path.is_relative_to(ROOT / "trd")
        for name in _imported(path)
        if name.partition(".")[0] not in allowed
    }
    assert not foreign


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_every_package_is_built_typed_and_layered():
    """A package added to the build is also type-checked, measured and held to its layer."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = project["tool"]
    built = set(tools["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert built == set(tools["importlinter"]["root_packages"])
    assert built == set(tools["coverage"]["run"]["source"])
    assert built == PACKAGES
    assert built <= set(tools["mypy"]["files"])


def test_every_crisis_module_stands_in_both_contracts():
    """A module split off from crisis.py is kept apart from the trials like crisis.py itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {one["name"]: one for one in project["tool"]["importlinter"]["contracts"]}
    modules = {f"trd.{path.stem}" for path in (ROOT / "trd").glob("crisis*.py")}
    assert set(contracts["Crisis signals know nothing of the trials"]["source_modules"]) == modules
    assert (
        set(contracts["The trials know nothing of crisis signals"]["forbidden_modules"]) == modules
    )


GLOSSARY_NAME = re.compile(r"`((?:trd|ehr|store|cds_hooks|thirdline)(?:\.\w+)+)`")


def test_the_glossary_names_what_exists():
    """Each dotted name of the glossary is a module, or a class, field or function of one."""
    names = GLOSSARY_NAME.findall((ROOT / "GLOSSARY.md").read_text(encoding="utf-8"))
    assert names
    assert not sorted(name for name in set(names) if not _resolves(name))


def _resolves(name):
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_test_cannot_leave_the_machine(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(NetworkRefused):
        sock.connect((host, 443))


def test_a_test_cannot_look_up_a_name():
    with pytest.raises(NetworkRefused):
        socket.getaddrinfo("ehr.example.org", 443)
