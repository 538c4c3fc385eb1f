"""Optimisers on one flat vector of parameters, a pass each, in place; and the clipping of its gradient.

The decays are given as what is NEW in a mean, 1 - decay: in float32, 1 - 0.99f is off by a millionth. `rate` and
`squares` may be numbers or arrays of one entry, so that nothing has to be fetched from the device to make a step. The
twins change what they are given in place, as the kernels do.
"""

import numpy as np

from mgnm.kernels.kernel import Elementwise


def sgd(grads, rate, momentum, values, velocity):
    """v <- momentum v + lr g,  w <- w - v."""
    velocity *= momentum
    velocity += rate * grads
    values -= velocity
    return values, velocity


def rmsprop(grads, rate, fresh, epsilon, momentum, values, mean_square, velocity):
    """As TensorFlow 1 has it (REFERENCE 5): the mean square starts at 1, and epsilon stands inside the root.

    ms <- ms + (g^2 - ms) fresh,  v <- momentum v + lr g / sqrt(ms + epsilon),  w <- w - v
    """
    mean_square += (grads * grads - mean_square) * fresh
    velocity *= momentum
    velocity += rate * grads / np.sqrt(mean_square + epsilon)
    values -= velocity
    return values, mean_square, velocity


def adam(grads, rate, new_mean, new_square, growth, epsilon, values, mean, square):
    """m <- m + (g - m) new_mean,  s <- s + (g^2 - s) new_square,  w <- w - rate m / (sqrt(growth s) + epsilon).

    The corrections for moments that start at zero are in rate = lr / (1 - b1^n) and growth = 1 / (1 - b2^n).
    """
    mean += (grads - mean) * new_mean
    square += (grads * grads - square) * new_square
    values -= rate * mean / (np.sqrt(growth * square) + epsilon)
    return values, mean, square


def decay(share, values):
    """w <- w - share w."""
    values -= share * values
    return values


def clip(squares, limit, grads):
    """All gradients times limit / norm where the global norm, the root of `squares`, is above the limit.

    norm / norm is 1, and NaN where the squares overflow: a gradient that explodes must not pass for one that is 0.
    """
    norm = np.sqrt(squares)
    if np.any(norm > limit):
        grads *= limit / norm * (norm / norm)
    return grads


SGD = Elementwise("sgd", "T grads, T rate, T momentum", "T values, T velocity", """
    velocity = momentum * velocity + rate * grads;
    values -= velocity;""", twin=sgd)

RMSPROP = Elementwise(
    "rmsprop", "T grads, T rate, T fresh, T epsilon, T momentum", "T values, T mean_square, T velocity", """
    mean_square += (grads * grads - mean_square) * fresh;
    velocity = momentum * velocity + rate * grads / sqrt(mean_square + epsilon);
    values -= velocity;""", twin=rmsprop)

ADAM = Elementwise(
    "adam", "T grads, T rate, T new_mean, T new_square, T growth, T epsilon", "T values, T mean, T square", """
    mean += (grads - mean) * new_mean;
    square += (grads * grads - square) * new_square;
    values -= rate * mean / (sqrt(growth * square) + epsilon);""", twin=adam)

DECAY = Elementwise("decay", "T share", "T values", "values -= share * values;", twin=decay)

CLIP = Elementwise("clip", "T squares, T limit", "T grads", """
    const T norm = sqrt(squares);
    if (norm > limit) grads *= limit / norm * (norm / norm);""", twin=clip)
