"""Is a hand-written backward pass the derivative of its forward pass? Ask the forward pass.

A function f with arguments x and outputs y has a Jacobian J = dy/dx. Its backward pass computes J^T v for a cotangent
v (the gradient that arrives from above); its forward pass, run twice, gives J u for a direction u. The two meet in the
middle:

    < J^T v, u >  =  < v, J u >         left: analytic, one backward pass.   right: numeric, forward passes alone.

Let the rows of V be cotangents and those of U directions. The whole check compares one table, V J U^T, made both ways:

    full          U holds all unit vectors, V a random multiple of each (a backward pass that forgets to multiply by
                  its cotangent is wrong): the table is the Jacobian, every output entry against every input entry.
    directions    U and V are one random vector each: the table is one number for each argument. A wrong entry anywhere
                  in a gradient changes it, and as only one argument moves at a time, a failure names the culprit.

All of it runs in float64. `numeric_table` says how the numeric side is made, `relative_error` how wrong is wrong.
Meeting in the middle is how the tests of HIPS autograd do it; random directions are Chainer's.
"""

from dataclasses import dataclass, field

import numpy as np

from gradcheck.draw import away_from_zero

TOLERANCE = 1e-8                # float32 anywhere on the way costs 6e-8, and is caught
STEPS = (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)      # tried in this order until the numeric derivative settles


@dataclass
class Report:
    """What `check` found: the relative error of every argument, and a line for everything that is wrong."""

    errors: dict = field(default_factory=dict)      # argument: relative error; infinite where none can be computed
    faults: list = field(default_factory=list)      # "argument: what is wrong"

    @property
    def passed(self):
        return not self.faults

    @property
    def worst(self):
        """(argument, error) for the largest error."""
        return max(self.errors.items(), key=lambda item: item[1])

    def fail(self, name, fault, error=np.inf):
        self.errors[name] = error
        self.faults.append(f"{name}: {fault}")


def check(function, arguments, rng, full=False, tolerance=TOLERANCE):
    """Compare the backward pass of `function` with central differences of its forward pass.

    function    outputs, backward = function(arguments); gradients = backward(cotangents). All four are dicts of
                arrays; gradients have the names and shapes of arguments, cotangents those of outputs.
    arguments   dict name: float64 array, the point where the derivative is taken. Not on a kink.
    rng         numpy Generator, for the random directions and cotangents.
    full        True: the whole Jacobian (for tiny shapes); False: one random direction for each argument.

    Returns a Report. It has a fault for every argument whose gradient is missing, has another shape or dtype, is not
    finite or differs by more than `tolerance` - and for one that cannot be tested at this point.
    """
    report = Report()
    before = {name: x.copy() for name, x in arguments.items()}
    outputs, _ = function(arguments)
    for name, y in outputs.items():
        if fault := malformed(y, np.shape(y)):
            report.fail(f"output {name}", fault)
    if report.faults:
        return report

    n = pack(outputs).size
    V = np.diag(away_from_zero(rng, n)) if full else away_from_zero(rng, (1, n))    # (cotangents, output entries)
    pulled = [pull_back(function, arguments, outputs, v, report) for v in V]        # a dict of gradients for every v
    for name, x in arguments.items():
        gradients = [gradient.get(name) for gradient in pulled]
        if fault := next(filter(None, (malformed(g, x.shape) for g in gradients)), None):
            report.fail(name, fault)
            continue
        G = np.stack([g.ravel() for g in gradients])                                # (cotangents, entries of x)
        U = np.eye(x.size) if full else away_from_zero(rng, (1, x.size))            # (directions, entries of x)
        analytic = G @ U.T                                                          # (cotangents, directions)
        numeric, scale, settled = numeric_table(function, arguments, name, U, V, tolerance)
        error = relative_error(analytic, numeric, max(scale, size_of_terms(G, U)))
        if not (scale or G.any()):
            report.fail(name, "its gradient is zero here, which proves nothing: choose another point")
        elif not settled:
            report.fail(name, "no numeric derivative here: a kink too near, or rounding larger than the gradient")
        elif not error <= tolerance:
            report.fail(name, worst_entry(analytic, numeric, V, outputs, x.shape, full), error)
        else:
            report.errors[name] = error

    for name, x in arguments.items():
        if not np.array_equal(x, before[name]):
            report.fail(name, "the function changed its own argument")
    for name in sorted(set().union(*pulled) - set(arguments)):
        report.fail(name, "a gradient for something that is no argument")
    return report


def pull_back(function, arguments, outputs, v, report):
    """J^T v: a fresh forward pass, then one backward pass. Returns the gradients by name, leaving out None."""
    _, backward = function(arguments)
    cotangents = unpack(v, outputs)
    gradients = backward(cotangents)
    if not np.array_equal(pack(cotangents), v):
        report.fail("cotangent", "the backward pass changed the gradient that it was given")
    return {name: gradient for name, gradient in gradients.items() if gradient is not None}


def numeric_table(function, arguments, name, U, V, tolerance):
    """V J U^T from forward passes alone. Returns the table, the typical size of its entries, and whether it settled.

    A central difference with step h is wrong by about h^2. Halving h twice and extrapolating (Richardson) cancels that
    term and leaves h^4, and does so twice over: from h and h/2, and from h/2 and h/4. Where f is smooth the two agree.
    Where a kink (relu, max-pool) lies between they do not, and a shorter step is tried; where there is nothing to see
    but rounding, none makes them agree. The forward pass alone decides, so it cannot favour the gradient under test.

    h = 1e-3 leaves about 1e-12 from the series (h^4) and 1e-12 from rounding (2e-16 / (h/4)); h = 1e-6, for networks
    with kinks everywhere, up to 1e-9 from rounding.
    """
    for h in STEPS:
        coarse, middle, fine = (central_difference(function, arguments, name, U, h / k) for k in (1, 2, 4))
        rough, JU = (4 * middle - coarse) / 3, (4 * fine - middle) / 3          # (output entries, directions)
        scale = size_of_terms(V, JU.T)
        settled = np.abs(V @ (JU - rough)).max() <= tolerance / 10 * scale
        if settled:
            break
    return V @ JU, scale, settled


def central_difference(function, arguments, name, U, h):
    """(f(x + h u) - f(x - h u)) / 2h for every direction u, where x is one of the arguments."""
    def f(displacement):
        moved = arguments[name] + displacement.reshape(arguments[name].shape)
        return pack(function({**arguments, name: moved})[0])

    return np.stack([(f(h * u) - f(-h * u)) / (2 * h) for u in U], axis=1)      # (output entries, directions)


def size_of_terms(A, B):
    """The largest || a o b || over all rows a of A and b of B: the size of < a, b > if its terms had random signs.

    Unlike < a, b > itself it is not small because terms happen to cancel. For unit vectors it is the largest entry.
    """
    return np.sqrt((A**2 @ (B**2).T).max())


def relative_error(analytic, numeric, scale):
    """max |analytic - numeric| / scale, with the typical size of the larger of both tables as the scale.

    - An entry divided by itself would make a failure of every entry that is zero and every sum that happens to cancel.
    - Dividing by 1 where gradients are small (by max(1, ...), or with an absolute tolerance) would hide what is wrong
      with them. Nothing is added here: gradients of size 1e-4 are held to 1e-10.
    - With the larger of both, a gradient that is lost (all zero) is an error of 1 and a doubled one of 1/2.
    """
    return float(np.abs(analytic - numeric).max() / scale) if scale > 0 else np.inf


def malformed(array, shape):
    """What is wrong with something that should be a finite float64 array of this shape; None if nothing is."""
    if array is None:
        return "no gradient"
    if np.shape(array) != shape:
        return f"shape {np.shape(array)} where {shape} is due"
    if np.asarray(array).dtype != np.float64:
        return f"{np.asarray(array).dtype} where float64 is due"
    if bad := np.size(array) - np.isfinite(array).sum():
        return f"{bad} of {np.size(array)} entries are not finite"
    return None


def worst_entry(analytic, numeric, V, outputs, shape, full):
    """One line: where backward is most wrong, what it says there, and what it should say."""
    k, d = np.unravel_index(np.abs(analytic - numeric).argmax(), analytic.shape)
    where, multiple = "along a random direction", 1.0
    if full:
        where, multiple = f"at d {labels(outputs)[k]} / d {labels({'': np.empty(shape)})[d]}", V[k, k]
    return (f"{where} backward says {analytic[k, d] / multiple:.9g}, "
            f"central differences say {numeric[k, d] / multiple:.9g}")


def labels(arrays):
    """A name for every entry of the packed arrays, such as y[0, 2]."""
    return [f"{name}{list(place)}" for name, array in arrays.items() for place in np.ndindex(np.shape(array))]


def pack(arrays):
    """All arrays of a dict, one after another, as one vector."""
    return np.concatenate([np.ravel(array) for array in arrays.values()])


def unpack(vector, like):
    """The inverse of `pack`: the vector cut into fresh arrays with the names and shapes of the dict `like`."""
    ends = np.cumsum([np.size(array) for array in like.values()])
    pieces = np.split(vector.copy(), ends[:-1])
    return {name: piece.reshape(np.shape(like[name])) for name, piece in zip(like, pieces, strict=True)}
