"""The 3x3 convolution in two forms: the direct kernel, or columns in memory and a product of matrices (cuBLAS).

    y[n, h] = W^T columns[n, h]         dW = the sum over n, h of  columns[n, h] dy[n, h]^T

The direct form reads x once and writes nothing on the way; the product multiplies faster, but writes and reads columns
nine times as large as x. So few channels are for the first and many for the second, and somewhere they cross.
"""

from mgnm.errors import first_line
from mgnm.kernels.convolution import CONV3X3, CONV3X3_WEIGHTS
from mgnm.kernels.convolve import Direct, Product, direct_weight_gradient, product_weight_gradient

from .shapes import conv3x3_arguments, conv3x3_weights_arguments, draw, fitting

AGREE = 1e-4            # relative to the largest entry; sums of many terms in different orders
COLUMNS = "{:8} {:>4} {:>6} {:>6} {:>6} {:>10} {:>10} {:>16}"


def forward(size, B, xp):
    """(direct, product, their two results) of a convolution; size (N, side, C_in, C_out)."""
    N, side, C_in, C_out = size
    given = draw(CONV3X3, conv3x3_arguments(N, side, B, C_in, C_out, False)[1], xp)
    results = given["y"], xp.empty(given["y"].shape, "float32")
    direct, product = (form(given["w"], given["x"], given["bias"]) for form in (Direct, Product))
    return lambda: direct(given["x"], results[0]), lambda: product(given["x"], results[1]), results


def weights(size, B, xp):
    """The same of the weight gradient."""
    N, side, C_in, C_out = size
    given = draw(CONV3X3_WEIGHTS, conv3x3_weights_arguments(N, side, B, C_in, C_out)[1], xp)
    results = xp.empty((2, 3, 3, C_in, C_out), given["x"].dtype)

    def direct():
        results[0] = direct_weight_gradient(given["dy"], given["x"])

    def product():
        results[1] = product_weight_gradient(given["dy"], given["x"])

    return direct, product, (results[0], results[1])


FORMS = {"forward": forward, "weights": weights}


def compare(clock, nets):
    """One row for every size of the nets, which are Sizes, and both passes. The input gradient is a forward pass with
    the channels exchanged; the weight gradient takes all steps at once, in the recurrence, too."""
    found = {"forward": set(), "weights": set()}
    for net in nets:
        for N, side, C_in, C_out in net.convolutions:
            for a, b in ((C_in, C_out), (C_out, C_in)):
                found["forward"].add((fitting(N, side, a, net.B), side, a, b))
            found["weights"].add((fitting(net.T, side, C_in, net.B), side, C_in, C_out))
    return [row(name, size, nets[0].B, clock) for name, sizes in found.items() for size in sorted(sizes)]


def row(name, size, B, clock):
    """{"pass", "N", "side", "C_in", "C_out", "direct_us", "product_us"} or, in place of the times, "failure"."""
    found = {"pass": name, **dict(zip(("N", "side", "C_in", "C_out"), size))}
    try:
        direct, product, results = FORMS[name](size, B, clock.backend.xp)
        times = {f"{form}_us": 1e6 * clock.measure([call]).seconds
                 for form, call in (("direct", direct), ("product", product))}
        a, b = (result.ravel() for result in results)
        error = float(abs(a - b).max() / abs(b).max())
    except Exception as failure:                            # a kernel may be refused, or memory too small
        return found | {"failure": first_line(failure)}
    return found | (times if error <= AGREE else {"failure": f"the two forms differ by {error:.0e}"})


def crossings(rows):
    """{"forward, N = 20": (up, start)}: by C_in C_out, up to where the direct form won at every size, and from where on
    the product did; None where that never was so. Between the two it depends on the side."""
    found = {}
    for key in sorted({(row["pass"], row["N"]) for row in rows if "failure" not in row}):
        group = [(row["C_in"] * row["C_out"], row["direct_us"] <= row["product_us"])
                 for row in rows if (row["pass"], row["N"]) == key and "failure" not in row]
        lost = [channels for channels, direct in group if not direct]
        won = [channels for channels, direct in group if direct]
        up = max((c for c in won if not lost or c < min(lost)), default=None)
        start = min((c for c in lost if not won or c > max(won)), default=None)
        found[f"{key[0]}, N = {key[1]}"] = up, start
    return found


def lines(rows):
    """The table, and where the two forms cross."""
    text = [COLUMNS.format("pass", "N", "side", "C_in", "C_out", "direct us", "product us", "direct / product")]
    for row in rows:
        head = [row[what] for what in ("pass", "N", "side", "C_in", "C_out")]
        if "failure" in row:
            text.append(COLUMNS.format(*head, "", "", "").rstrip() + f"  FAILED  {row['failure']}")
        else:
            text.append(COLUMNS.format(*head, f"{row['direct_us']:.1f}", f"{row['product_us']:.1f}",
                                       f"{row['direct_us'] / row['product_us']:.2f}"))
    for what, (up, start) in crossings(rows).items():
        text.append(f"crossover, {what}: the direct form wins up to C_in C_out = {up or 'none'}, "
                    f"the product from {start or 'none'}, whatever the side")
    return text
