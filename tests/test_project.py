"""The house rules that a machine can check: who may use whom, what may be imported, which files agree."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ["errors", "device", "kernels", "ops", "layers", "settings", "presets", "networks", "tasks", "training", "figures",
          "cli", "__main__"]
SOURCES = sorted(path for folder in ("mgnm", "gradcheck", "benchmarks", "tests", "tutorials")
                 for path in (ROOT / folder).rglob("*.py"))


def imported(path):
    """Full names of all modules that a file imports."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[:len(package) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (base, node.module) if part)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def floor_of(name):
    parts = name.split(".")
    return parts[1] if parts[0] == "mgnm" and len(parts) > 1 and parts[1] in FLOORS else None


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_uses_only_what_stands_below_it(floor):
    paths = sorted((ROOT / "mgnm" / floor).rglob("*.py")) or [ROOT / "mgnm" / f"{floor}.py"]
    assert all(path.exists() for path in paths)
    for path in paths:
        above = [name for name in imported(path) if floor_of(name) and FLOORS.index(floor_of(name)) > FLOORS.index(floor)]
        assert not above, f"{path.relative_to(ROOT)} uses {above}"


def test_every_part_of_the_package_has_its_floor():
    parts = {path.stem for path in (ROOT / "mgnm").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert parts - {"__init__"} == set(FLOORS)


def test_the_package_does_not_use_its_checker():
    for path in (ROOT / "mgnm").rglob("*.py"):
        assert not [name for name in imported(path) if name.startswith(("gradcheck", "benchmarks", "tests"))], path


def test_no_framework_outside_the_benchmarks():
    frameworks = ("torch", "tensorflow", "jax", "autograd", "chainer")
    for path in SOURCES:
        if path.is_relative_to(ROOT / "benchmarks"):
            continue
        assert not [name for name in imported(path) if name.split(".")[0] in frameworks], path


def test_cupy_is_imported_in_the_device_room_and_the_launcher_only():
    rooms = (ROOT / "mgnm" / "device", ROOT / "mgnm" / "kernels")
    for path in (ROOT / "mgnm").rglob("*.py"):
        if not path.is_relative_to(rooms[0]) and not path.is_relative_to(rooms[1]):
            assert not [name for name in imported(path) if name.split(".")[0] == "cupy"], path


def test_no_pickle():
    for path in SOURCES:
        names = list(imported(path))
        assert not [name for name in names if name.split(".")[0] in ("pickle", "dill", "joblib", "shelve")], path
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert node.value.value is False, path


def test_files_are_short_enough_to_be_one_idea():
    for path in SOURCES:
        lines = path.read_text().splitlines()
        assert len(lines) <= 400, f"{path.relative_to(ROOT)} has {len(lines)} lines"
        assert max(map(len, lines), default=0) <= 125, path


def test_public_functions_and_classes_say_what_they_do():
    for path in (ROOT / "mgnm").rglob("*.py"):
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.relative_to(ROOT)}: {node.name}"


def packages(lines):
    """{name: version range} of requirement lines."""
    return dict(re.fullmatch(r"([a-z0-9-]+)(.*)", line.split("#")[0].strip()).groups() for line in lines)


def test_environment_yml_agrees_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = packages(project["dependencies"] + extras["test"] + extras["tutorials"])
    wanted["python"] = project["requires-python"]
    lines = re.findall(r"^  - ([a-z].*)$", (ROOT / "environment.yml").read_text(), re.MULTILINE)
    assert packages(line for line in lines if not line.startswith(("conda-forge", "pip"))) == wanted


def test_what_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {"pillow": "PIL", "scikit-learn": "sklearn"}    # where a package is imported by another name
    wanted = packages(project["dependencies"] + project["optional-dependencies"]["data"])
    declared = {names.get(name, name) for name in wanted}
    declared |= {"mgnm", "cupy"} | sys.stdlib_module_names
    for path in (ROOT / "mgnm").rglob("*.py"):
        assert not [name for name in imported(path) if name.split(".")[0] not in declared], path


def test_make_help_documents_every_target():
    text = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert all(f"make {target} " in text for target in targets)
