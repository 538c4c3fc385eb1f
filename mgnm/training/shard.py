"""One part of the batch: its own stream of episodes, its own carried memory, its own gradient."""

import json

import numpy as np

from ..device import place, to_numpy


class Shard:
    """Truncated back-propagation through time (BPTT) over endless episodes.

    Every `step` goes over the next chunk of the episode: forward from the carried state, backward to the chunk's start,
    where the gradient stops. A new episode starts from a zero state.
    """

    def __init__(self, network, task, settings, index):
        self.network, self.task, self.settings = network, task, settings
        self.batch = settings.batch // settings.shards
        self.rng = np.random.default_rng([settings.seed, index])
        self._begin_episode()

    def step(self):
        """Fill the network's grads from the next chunk; returns the loss and the Scores of its predictions.

        Data goes to the network's device, and nothing comes back: loss and scores stay there until somebody reads them.
        """
        if self.chunk == len(self.chunks):
            self._begin_episode()
        inputs, targets = self.episode.chunk(*self.chunks[self.chunk])
        targets = place(targets, self.network.xp)
        self.network.training = True
        outputs, self.state, cache = self.network.forward(inputs, self.state)
        self.network.training = False
        loss, doutputs = self.task.loss(outputs, targets, self.settings.loss)
        self.network.grads.fill(0)
        self.network.backward(doutputs, cache)
        self.chunk += 1
        if self.chunk == len(self.chunks):                  # nothing is carried on, least of all the batch of the queries
            self.state = self.network.initial_state(self.batch)
        return loss, self.task.score(outputs, targets)

    def _begin_episode(self):
        self.episode_start = self.rng.bit_generator.state   # from which the same episode can be drawn again
        self.episode = self.task.episode(self.batch, self.rng)
        self.chunks = self.episode.chunks(self.settings.bptt)
        self.chunk, self.state = 0, self.network.initial_state(self.batch)

    def snapshot(self):
        """All that the next steps depend on, besides the parameters: a flat dict of NumPy arrays."""
        where = {"episode_start": self.episode_start, "chunk": self.chunk}
        state = {f"state.{name}": to_numpy(x) for name, x in self.state.items()}
        return {"place": np.array(json.dumps(where)), **state}

    def restore(self, snapshot):
        """Go on exactly where the snapshot was taken."""
        where = json.loads(str(snapshot["place"]))
        self.rng.bit_generator.state = where["episode_start"]
        self._begin_episode()
        self.chunk = where["chunk"]
        self.state = {name: self.network.xp.asarray(snapshot[f"state.{name}"]) for name in self.state}
