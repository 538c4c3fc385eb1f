"""Runs the notebooks from clean kernels: `make tutorials`, which writes their outputs anew, and the tests, which compare.

A notebook that raises, or writes to stderr as every warning does, fails. So does a solution of an exercise: the Python
blocks inside <details> are run after the notebook's own cells.
"""

import argparse
import asyncio
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).parent
NOTEBOOKS = sorted(FOLDER.glob("[0-9]*.ipynb"))
LIMIT = 300                     # seconds for one cell
NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(e[-+]?\d+)?|\binf\b|\bnan\b")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")        # several notebooks run at a time
VARIES = "varies"               # the tag of a cell whose words depend on the machine


class Failed(Exception):
    """A notebook that raises or warns; says where."""


def read(path):
    """The notebook in a file."""
    return nbformat.read(path, as_version=4)


def solutions(notebook):
    """The Python of all hidden solutions, in order."""
    hidden = [text for cell in notebook.cells if cell.cell_type == "markdown"
              for text in re.findall(r"<details>(.*?)</details>", cell.source, re.S)]
    return [code for text in hidden for code in re.findall(r"```python\n(.*?)```", text, re.S)]


def run(path):
    """The notebook of a file with fresh outputs; its solutions are run, too, and leave none. Failed if anything is wrong."""
    notebook = read(path)
    count = len(notebook.cells)
    notebook.cells += [nbformat.v4.new_code_cell(code) for code in solutions(notebook)]
    kernels = KernelSpecManager(kernel_dirs=[])             # this Python's own kernel, whatever else is installed
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=kernels)
    client = NotebookClient(notebook, km=manager, timeout=LIMIT, extra_arguments=["--log-level=ERROR"],
                            resources={"metadata": {"path": str(FOLDER)}})
    try:
        asyncio.run(client.async_execute(env={**os.environ, **ONE_THREAD}))
    except CellExecutionError as error:
        raise Failed(f"{path.name}: {error}") from None
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.get("name") == "stderr":
                raise Failed(f"{path.name} warns: {output.text}\nin the cell\n{cell.source}")
    del notebook.cells[count:]
    return cleaned(notebook)


def cleaned(notebook):
    """The notebook without what differs from run to run and from machine to machine."""
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                         "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {name: value for name, value in cell.metadata.items() if name == "tags"}
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
            for output in cell.outputs:
                output.pop("execution_count", None)
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
                if "image/png" in output.get("data", {}):
                    output.data = {"image/png": output.data["image/png"]}
                    output.metadata = {}
    return notebook


def merged(outputs):
    """Neighbouring pieces of the printed text as one: where it was cut depends on the clock."""
    found = []
    for output in outputs:
        if found and output.output_type == found[-1].output_type == "stream":
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def words(cell):
    """What a cell says, without its numbers, whose last digits are the machine's."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "a picture") for output in cell.outputs]
    return " ".join(NUMBER.sub("#", " ".join(texts)).split())


def run_all(paths, workers=2):
    """[(path, the notebook run, or the Failed)] of several notebooks, `workers` at a time."""
    def attempt(path):
        try:
            return path, run(path)
        except Failed as failed:
            return path, failed

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(attempt, paths))


def main(arguments=None):
    """Run notebooks and write them with their outputs. Returns the exit status: 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tutorials.execute", description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, default=NOTEBOOKS, help="files (default: all)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to write (default: into the files themselves)")
    options = parser.parse_args(arguments)
    status = 0
    for path, result in run_all(options.notebooks):
        if isinstance(result, Failed):
            print(result, file=sys.stderr)
            status = 1
        else:
            nbformat.write(result, options.out / path.name if options.out else path)
            print(path.name)
    return status


if __name__ == "__main__":
    sys.exit(main())
