"""One step of a DNC's memory for one sequence, from the equations (REFERENCE 6), number by number: slow, and independent
of the package. Vectors are lists, matrices lists of rows."""

from math import exp, log, prod, sqrt


def sigmoid(x):
    return 1 / (1 + exp(-x))


def softmax(x):
    total = sum(exp(each) for each in x)
    return [exp(each) / total for each in x]


def cosine(a, b, smoothing):
    lengths = sqrt(sum(x * x for x in a) + smoothing) * sqrt(sum(x * x for x in b) + smoothing)
    return sum(x * y for x, y in zip(a, b)) / lengths if lengths else 0.0


def content(memory, key, strength, smoothing):
    return softmax([strength * cosine(key, slot, smoothing) for slot in memory])


def cut(x, width, heads):
    """The parts of an interface vector, by their names in the paper."""
    x = iter(x)
    some = lambda count: [next(x) for _ in range(count)]      # noqa: E731
    strength = lambda: 1 + log(1 + exp(next(x)))              # noqa: E731
    return {"k_r": [some(width) for _ in range(heads)], "beta_r": [strength() for _ in range(heads)], "k_w": some(width),
            "beta_w": strength(), "e": [sigmoid(each) for each in some(width)], "v": some(width),
            "f": [sigmoid(each) for each in some(heads)], "g_a": sigmoid(next(x)), "g_w": sigmoid(next(x)),
            "pi": [softmax(some(3)) for _ in range(heads)]}


def allocation(u):
    """a[n] = (1 - u[n]) times the usage of all slots that are more free; among equals, of the first ones."""
    order = sorted(range(len(u)), key=lambda n: (u[n], n))
    return [(1 - u[n]) * prod(u[k] for k in order[:order.index(n)]) for n in range(len(u))]


def step(x, state, width, heads, smoothing=0.0, order=("backward", "content", "forward")):
    """(reads, state after) from an interface vector x and the state before: a dict of lists, named as in MemoryState."""
    says, N = cut(x, width, heads), len(state["usage"])
    slots, words, everyone = range(N), range(width), range(heads)
    M, w, r = state["memory"], state["write_weights"], state["read_weights"]

    psi = [prod(1 - says["f"][h] * r[h][n] for h in everyone) for n in slots]
    u = [(state["usage"][n] + w[n] - state["usage"][n] * w[n]) * psi[n] for n in slots]
    a, c = allocation(u), content(M, says["k_w"], says["beta_w"], smoothing)
    w = [says["g_w"] * (says["g_a"] * a[n] + (1 - says["g_a"]) * c[n]) for n in slots]
    M = [[M[n][k] * (1 - w[n] * says["e"][k]) + w[n] * says["v"][k] for k in words] for n in slots]

    p, L = state["precedence"], state["links"]
    L = [[0.0 if i == j else (1 - w[i] - w[j]) * L[i][j] + w[i] * p[j] for j in slots] for i in slots]
    p = [(1 - sum(w)) * p[n] + w[n] for n in slots]

    after = []
    for h in everyone:
        ways = {"forward": [sum(L[n][m] * r[h][m] for m in slots) for n in slots],
                "backward": [sum(L[m][n] * r[h][m] for m in slots) for n in slots],
                "content": content(M, says["k_r"][h], says["beta_r"][h], smoothing)}
        after.append([sum(says["pi"][h][k] * ways[mode][n] for k, mode in enumerate(order)) for n in slots])
    reads = [[sum(M[n][k] * after[h][n] for n in slots) for k in words] for h in everyone]
    return reads, {"memory": M, "usage": u, "links": L, "precedence": p, "write_weights": w, "read_weights": after}
