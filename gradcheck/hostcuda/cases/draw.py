"""Random arrays for the cases."""


def normal(rng, dtype, *shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape).astype(dtype)


def ties(rng, dtype, *shape):
    """Whole numbers from 0 to 2: many equal ones, so that it shows which of them wins."""
    return rng.integers(0, 3, shape).astype(dtype)
