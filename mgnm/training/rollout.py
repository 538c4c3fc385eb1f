"""Acting: environments, the memory that is carried through them, and what happened in a few steps of all (REFERENCE 9)."""

import json
from dataclasses import dataclass

import numpy as np

from ..device import place, to_numpy
from ..tasks.exploration import draw


@dataclass(frozen=True)
class Rollout:
    """T steps of B environments, NumPy arrays.

    inputs      what the network was given: {name: (T, B, ...)}, with "keep" (T, B), 0 where an episode began
    state       its state before the first step
    targets     float32 (T, B, S, S, 1), the right answers to the queries
    actions     int64 (T, B)
    rewards     float32 (T, B)
    ends        float32 (T, B), 1 where the step was the last of its episode
    coverage    float64 (T, B), after the step
    last_value  (B,), what the network expects after the last step; an array of its device
    """

    inputs: dict
    state: dict
    targets: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    ends: np.ndarray
    coverage: np.ndarray
    last_value: object


class Actors:
    """B environments that begin anew whenever an episode ends, with a network's memory of each.

    The memory is carried from roll-out to roll-out, and emptied where an episode begins. Before the first roll-out one
    episode is played in which every environment begins anew at a time of its own: from then on they are of all ages, and a
    roll-out of a few steps shows whole episodes.
    """

    def __init__(self, network, task, batch, rng):
        self.network, self.rng = network, rng
        self.environment = task.environment(batch)
        self.observation = self.environment.reset(rng)
        self.keep = np.zeros(batch, np.float32)             # of the next step
        self.state = network.initial_state(batch)
        starts = rng.integers(task.steps, size=batch)
        for t in range(task.steps):
            self._step(starts == t)

    def roll_out(self, steps):
        """Act for this many steps: a Rollout."""
        state, taken = self.state, [self._step() for _ in range(steps)]
        inputs, *rest = zip(*taken)
        last_value = self._decide()[0]["value"][0]          # of a step that is not made yet: its state is not kept
        inputs = {name: np.stack([step[name] for step in inputs]) for name in inputs[0]}
        return Rollout(inputs, state, *map(np.stack, rest), last_value)

    def _decide(self):
        """(outputs, state) of one step: from what is seen now, and the memory."""
        seen = {"observation": self.observation["observation"][None], "keep": self.keep[None]}
        outputs, state, _ = self.network.forward(seen, self.state)
        return outputs, state

    def _step(self, begin_anew=False):
        """One step of all environments; begin_anew (B,): whose episode ends with it in any case."""
        inputs, targets = {**self.observation, "keep": self.keep}, self.environment.targets()
        outputs, self.state = self._decide()
        actions = draw(to_numpy(outputs["policy"][0]), self.rng)
        self.observation, rewards, ends = self.environment.step(actions)
        coverage, ends = self.environment.coverage, ends | begin_anew
        if ends.any():
            self.observation = self.environment.reset(self.rng, ends)
        ends = ends.astype(np.float32)
        self.keep = 1 - ends
        return inputs, targets, actions, rewards, ends, coverage

    def snapshot(self):
        """All that the next steps depend on, besides the parameters: a flat dict of NumPy arrays."""
        environment = {f"environment.{name}": x for name, x in self.environment.snapshot().items()}
        state = {f"state.{name}": to_numpy(x) for name, x in self.state.items()}
        return {"chance": np.array(json.dumps(self.rng.bit_generator.state)), "keep": self.keep, **environment, **state}

    def restore(self, snapshot):
        """Go on exactly where the snapshot was taken."""
        self.rng.bit_generator.state = json.loads(str(snapshot["chance"]))
        self.environment.restore({name.removeprefix("environment."): x for name, x in snapshot.items()
                                  if name.startswith("environment.")})
        self.observation, self.keep = self.environment.observation(), snapshot["keep"]
        self.state = place({name: snapshot[f"state.{name}"] for name in self.state}, self.network.xp)
