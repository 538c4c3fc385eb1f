"""Layers one after another, with residual connections between their outputs (REFERENCE 3).

    y = step(l, x)  [+ outputs[source], zeros for missing channels, at the levels both have]        outputs[l] = finish(l, y)

This page only knows who is added to whom; what a layer does (`step`), and what is put beside its output (`finish`),
is the caller's. A residual source is a finished output, which already holds its own residual.
"""

from .. import ops


def unchanged(_, y):
    """The finish of a stack that puts nothing beside its outputs."""
    return y


def run(count, residuals, x, step, finish=unchanged):
    """All outputs, and the cache. residuals: {to: source}, layers counted from 0."""
    outputs, widths = [], {}
    for l in range(count):
        y = step(l, x)
        if l in residuals:
            source = outputs[residuals[l]]
            added = {j: ops.residual_add(y[j], source[j]) for j in y if j in source}
            widths[l] = {j: cache for j, (_, cache) in added.items()}
            y = {j: added[j][0] if j in added else y[j] for j in y}
        x = finish(l, y)
        outputs.append(x)
    return outputs, (residuals, widths)


def run_backward(doutputs, cache, step, finish=unchanged):
    """The gradient of x, from the gradients {layer: [pyramids]} that outputs got from outside.

    dx = step(l, dy) takes a layer back and dy = finish(l, dy) its finish. The arrays that `step` returns are added to in
    place; those in `doutputs` stay as they are.
    """
    residuals, widths = cache
    waiting = {l: list(pyramids) for l, pyramids in doutputs.items()}
    last = max(waiting)
    dy = {j: dgrid.copy() for j, dgrid in waiting[last].pop(0).items()}
    for l in reversed(range(last + 1)):
        for branch in waiting.pop(l, ()):
            for j in branch:
                dy[j] += branch[j]
        dy = finish(l, dy)
        if l in residuals:
            branch = {j: ops.residual_add_backward(dy[j], width)[1] for j, width in widths[l].items()}
            waiting.setdefault(residuals[l], []).append(branch)
        dy = step(l, dy)
    return dy
