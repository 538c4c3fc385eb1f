"""Planting wrong gradients.

A plant takes the right backward pass and returns something wrong in its place, wherever `mgnm` has bound it. It names
the cases that must fail and, for the first of them, exactly the arguments that must be found guilty.
"""

import inspect
import sys
from collections import namedtuple

import gradcheck.cases  # noqa: F401
from gradcheck import CASES, run

Plant = namedtuple("Plant", "wrong target cases culprits")


def planter(plants):
    """A decorator plant(target, cases, culprits) for wrong(right, *arguments): what to call instead of the function
    `target`. It enters the plant into the dict `plants`."""
    def plant(target, cases, culprits):
        def register(wrong):
            plants[wrong.__name__] = Plant(wrong, target, cases.split(), set(culprits.split()))
            return wrong
        return register

    return plant


def overwriting(right, layer, *arguments):
    """A layer's backward pass that puts its gradients in the place of what was there, instead of adding them to it."""
    for parameter in layer.parameters.values():
        parameter.grad.fill(0)
    return right(layer, *arguments)


def put_in_place(monkeypatch, plant):
    """Replace the function under every name that a module or class of mgnm has for it."""
    def planted(*arguments, **options):
        return plant.wrong(plant.target, *arguments, **options)

    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "mgnm"]
    classes = {x for module in modules for x in vars(module).values()
               if inspect.isclass(x) and x.__module__.split(".")[0] == "mgnm"}
    for owner in (*modules, *classes):
        for name, value in list(vars(owner).items()):
            if value is plant.target:
                monkeypatch.setattr(owner, name, planted)


def check(plant, monkeypatch):
    """Plant it, run its cases, and assert that all fail, the first of them for the right reason."""
    put_in_place(monkeypatch, plant)
    first, *others = [run(CASES[case]).report for case in plant.cases]
    assert culprits(first) == plant.culprits, first.faults
    for case, report in zip(plant.cases[1:], others):
        assert not report.passed and "-" not in culprits(report), (case, report.faults)     # "-": it did not even run


def culprits(report):
    return {fault.split(":")[0] for fault in report.faults}
