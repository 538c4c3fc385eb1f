"""The notebooks run from clean kernels without a warning, say what they say in the repository, and lead where they point."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tutorials import execute

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "tutorials" / "README.md", ROOT / "docs" / "paper-to-code.md"]
MOST_BYTES, MOST_BYTES_IN_ALL = 400_000, 3_000_000
notebooks = pytest.mark.parametrize("path", execute.NOTEBOOKS, ids=lambda path: path.stem)


def run(paths, folder):
    """(exit status, what it says) of a process that runs notebooks: its event loops and sockets are none of ours."""
    done = subprocess.run([sys.executable, "-m", "tutorials.execute", *paths, "--out", folder], cwd=ROOT,
                          capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A folder with all notebooks that could be run, and what was said of the others."""
    folder = tmp_path_factory.mktemp("tutorials")
    return folder, run(execute.NOTEBOOKS, folder)[1]


def markdown(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@notebooks
def test_runs_without_warnings_and_says_what_is_stored(path, fresh):
    folder, errors = fresh
    assert (folder / path.name).exists(), errors
    for stored, now in zip(execute.read(path).cells, execute.read(folder / path.name).cells, strict=True):
        if stored.cell_type == "code" and execute.VARIES not in stored.metadata.get("tags", ()):
            advice = f"run `make tutorials` and commit what it writes; the cell is\n{stored.source}"
            assert execute.words(stored) == execute.words(now), advice


@notebooks
def test_has_an_idea_predictions_exercises_and_outputs(path):
    notebook = execute.read(path)
    text, code = markdown(notebook), [cell for cell in notebook.cells if cell.cell_type == "code"]
    number = int(path.name[:2])
    assert text.startswith(f"# {number}. ") and "**The idea of this page:**" in text
    assert len(re.findall(r"\*\*Predict", text)) >= 4
    assert "## Exercises" in text and text.count("<details><summary>Solution</summary>") >= 3
    assert text.count("<details>") == text.count("</details>")
    assert sum(bool(cell.outputs) for cell in code) >= len(code) / 2
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


@notebooks
def test_is_small_and_knows_no_machine(path):
    text = path.read_text()
    assert path.stat().st_size <= MOST_BYTES
    assert not re.search(r"/(home|root|tmp|work|Users)/|site-packages", text)
    notebook = execute.read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}
        for line in cell.source.splitlines() if cell.cell_type == "code" else ():
            assert len(line) <= 125, line


@notebooks
def test_uses_what_it_imports(path):
    code = [cell.source for cell in execute.read(path).cells if cell.cell_type == "code"]
    tree = ast.parse("\n".join(code + execute.solutions(execute.read(path))))
    imported = [alias.asname or alias.name.split(".")[0] for node in ast.walk(tree)
                if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names]
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert set(imported) <= used


def test_all_of_them_are_small():
    files = [path for path in (ROOT / "tutorials").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES_IN_ALL


def test_numbers_run_from_one_without_a_gap_and_the_list_is_complete():
    names = [path.name for path in execute.NOTEBOOKS]
    assert [int(name[:2]) for name in names] == list(range(1, len(names) + 1))
    listed = re.findall(r"\]\((\d\d_\w+\.ipynb)\)", (ROOT / "tutorials" / "README.md").read_text())
    assert listed == names


def links(text):
    """What a page points to in this repository, without anchors."""
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link.split("#")[0] for link in found if "://" not in link and not link.startswith("#")]


@pytest.mark.parametrize("page", [*PAGES, *execute.NOTEBOOKS], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page):
    text = markdown(execute.read(page)) if page.suffix == ".ipynb" else page.read_text()
    missing = [link for link in links(text) if not (page.parent / link).exists()]
    assert links(text) and not missing


@notebooks
def test_files_that_are_named_exist(path):
    named = re.findall(r"`((?:mgnm|gradcheck|tests|benchmarks|docs|tutorials)/[\w/.-]+)`", markdown(execute.read(path)))
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("cell, says", [
    (execute.nbformat.v4.new_code_cell("import warnings\nwarnings.warn('old')"), "00.ipynb warns"),
    (execute.nbformat.v4.new_code_cell("1 / 0"), "ZeroDivisionError"),
    (execute.nbformat.v4.new_markdown_cell("<details>\n\n```python\nassert 1 + 1 == 3\n```\n\n</details>"),
     "AssertionError")],
    ids=("warning", "error", "solution"))
def test_a_bad_notebook_fails(tmp_path, cell, says):
    path = tmp_path / "00.ipynb"
    execute.nbformat.write(execute.nbformat.v4.new_notebook(cells=[cell]), path)
    (tmp_path / "out").mkdir()
    status, errors = run([path], tmp_path / "out")
    assert status == 1 and says in errors and not list((tmp_path / "out").iterdir())


def test_words_are_compared_without_numbers():
    first, second = (execute.nbformat.v4.new_code_cell("", outputs=[execute.nbformat.v4.new_output("stream", text=text)])
                     for text in ("F  0.987, error 3.0e-10", "F 0.99, error  -1e-09"))
    assert execute.words(first) == execute.words(second) == "F #, error #"
    assert execute.words(first) != execute.words(execute.nbformat.v4.new_code_cell(""))


# ---- from the paper to the file ------------------------------------------------------------------------------------

def test_every_section_of_the_reference_is_led_to_files():
    sections = re.findall(r"^## (\d+)\.", (ROOT / "docs" / "REFERENCE.md").read_text(), re.MULTILINE)
    page = (ROOT / "docs" / "paper-to-code.md").read_text()
    assert re.findall(r"^## (\d+)\.", page, re.MULTILINE) == sections


def test_the_tests_that_are_named_exist():
    page = (ROOT / "docs" / "paper-to-code.md").read_text()
    named = re.findall(r"`(tests/test_\w+\.py)(?:::(\w+))?`", page)
    assert named
    for file, function in named:
        text = (ROOT / file).read_text()
        assert not function or f"def {function}(" in text, f"{file}::{function}"


def test_the_cases_that_are_named_exist():
    import gradcheck.cases  # noqa: F401
    from gradcheck import CASES

    named = re.findall(r"`--filter ([\w/-]+)`", (ROOT / "docs" / "paper-to-code.md").read_text())
    assert named and not [name for name in named if not any(name in case for case in CASES)]
