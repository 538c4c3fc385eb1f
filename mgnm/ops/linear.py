"""The fully connected map."""


def linear(x, w, b):
    """y = x w + b: (..., C_in), (C_in, C_out), (C_out,) -> (..., C_out)."""
    return x @ w + b, (x, w)


def linear_backward(dy, cache):
    """Gradients of x, w and b; w and b were used at every leading position, so they collect from all of them."""
    x, w = cache
    rows, drows = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])      # (N, C_in), (N, C_out)
    return dy @ w.T, rows.T @ drows, drows.sum(0)
