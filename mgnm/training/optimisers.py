"""Optimisers on one flat vector of parameters.

`step(values, grads, learning_rate, update)` changes values in place; `update` counts from 0. `state` holds the arrays that
a checkpoint must keep.
"""

from ..device import array_module
from ..kernels import launch, optimisers
from ..kernels.sums import SQUARES


class SGD:
    """Stochastic gradient descent with momentum:  v <- momentum v + lr g,  w <- w - v."""

    def __init__(self, values, momentum=0.9):
        self.momentum = momentum
        self.state = {"velocity": array_module(values).zeros_like(values)}

    def step(self, values, grads, learning_rate, update):
        """One update of values from grads, vectors of the same length."""
        launch(optimisers.SGD, grads, learning_rate, self.momentum, values, self.state["velocity"])


class RMSProp:
    """As TensorFlow 1 has it (REFERENCE 5): the mean square starts at 1, and epsilon stands inside the root.

        ms <- ms + (g^2 - ms)(1 - decay)      v <- momentum v + lr g / sqrt(ms + epsilon)      w <- w - v
    """

    def __init__(self, values, decay=0.99, epsilon=0.1, momentum=0.0):
        self.decay, self.epsilon, self.momentum = decay, epsilon, momentum
        xp = array_module(values)
        self.state = {"mean_square": xp.ones_like(values), "velocity": xp.zeros_like(values)}

    def step(self, values, grads, learning_rate, update):
        """One update of values from grads, vectors of the same length."""
        launch(optimisers.RMSPROP, grads, learning_rate, 1 - self.decay, self.epsilon, self.momentum, values,
               self.state["mean_square"], self.state["velocity"])


class Adam:
    """Adam (Kingma and Ba, 2015), with the corrections for moments that start at zero.

        m <- b1 m + (1 - b1) g      s <- b2 s + (1 - b2) g^2      w <- w - lr (m / (1 - b1^n)) / (sqrt(s / (1 - b2^n)) + eps)
    """

    def __init__(self, values, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        xp = array_module(values)
        self.state = {"mean": xp.zeros_like(values), "square": xp.zeros_like(values)}

    def step(self, values, grads, learning_rate, update):
        """One update of values from grads, vectors of the same length."""
        n = update + 1
        launch(optimisers.ADAM, grads, learning_rate / (1 - self.beta1 ** n), 1 - self.beta1, 1 - self.beta2,
               1 / (1 - self.beta2 ** n), self.epsilon, values, self.state["mean"], self.state["square"])


def decay_weights(values, share):
    """Decoupled weight decay (Loshchilov and Hutter, 2019), before a step of any optimiser:  w <- w - share w.

    It is no part of the gradient: neither a norm nor a moment knows of it. share = lr decay; 0 costs nothing.
    """
    if share:
        launch(optimisers.DECAY, share, values)


OPTIMISERS = {"sgd": SGD, "rmsprop": RMSProp, "adam": Adam}


def clip_by_global_norm(grads, limit):
    """Scale all gradients by the same factor, in place, so that their global norm is at most `limit`.

    Returns the square of the norm as it was, an array of one entry: it stays on the device, and nobody waits for it.
    """
    squares = launch(SQUARES, grads)
    launch(optimisers.CLIP, squares, limit, grads)
    return squares
