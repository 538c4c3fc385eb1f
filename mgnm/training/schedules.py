"""Learning rates over the course of a training: rate(done), with `done` the share of the schedule that lies behind."""

from math import cos, pi


def constant(first, last, done):
    """Always the first rate."""
    return first


def linear(first, last, done):
    """A straight line from the first rate to the last, then flat."""
    return last + (first - last) * (1 - min(done, 1.0))


def cosine(first, last, done):
    """Half a cosine from the first rate to the last: slow at both ends, then flat."""
    return last + (first - last) * (1 + cos(pi * min(done, 1.0))) / 2


def late(first, last, done):
    """The first rate for 60 % of the schedule, then a straight line to the last, then flat."""
    return linear(first, last, max(0.0, done - 0.6) / 0.4)


SCHEDULES = {"constant": constant, "linear": linear, "cosine": cosine, "late": late}
