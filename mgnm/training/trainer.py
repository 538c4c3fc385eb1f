"""The training loop: one update is a chunk for every shard, a clipped gradient, and a step of the optimiser."""

import functools
import json
import math
import signal
import sys
import time
from contextlib import ExitStack, suppress

import numpy as np
from tqdm import tqdm

from ..device import to_numpy
from ..errors import UserError
from ..networks import build
from ..settings import read_table
from ..tasks import build_task, complete
from . import checkpoint
from .optimisers import clip_by_global_norm, decay_weights
from .settings import TrainingSettings
from .team import Team, on_ctrl_c
from .weights import load_weights, save_weights


class NotFinite(UserError):
    """A training diverged: loss, gradient or weights are not finite any more."""


class Unbreakable:
    """A stream that may be closed, full or read by nobody any more, and ends no training: what it cannot take is lost."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        """Write what can be written."""
        with suppress(OSError, ValueError, AttributeError):         # AttributeError: there is no stream at all
            self.stream.write(text)

    def flush(self):
        """Flush what can be flushed."""
        with suppress(OSError, ValueError, AttributeError):
            self.stream.flush()


class Trainer:
    """Trains the network of a Run on its task. After `train`, `network` holds the result.

    device: "cpu", "gpu" or "auto"; workers: number of processes, which changes the speed and nothing else.
    Raises UserError for settings that do not fit together.
    """

    def __init__(self, run, device="cpu", workers=1):
        self.run, self.workers = run, workers
        self.settings = read_table(TrainingSettings, run.tables["training"], "training")
        begun, weights = None, {}
        if self.settings.start_from and not run.has_checkpoint:
            weights, begun, _ = load_weights(self.settings.start_from)
        run.tables = complete(run.tables, begun)            # what follows from the data goes with the weights
        self.task = build_task(run.tables["task"])
        self.network = build(run.tables["network"], self.settings.seed, device=device)
        self.task.check(self.network)
        if weights:
            self.network.load_state_dict(weights)
        self.optimiser = self.settings.make_optimiser(self.network.values)
        self.update, self.seconds = 0, 0.0
        self.squares = np.zeros(1)                          # of the last gradient
        self.loss_sum, self.scores = 0.0, self.task.no_scores      # since the last logged update
        self.last_evaluation, self.interrupted = "", False

    @functools.cached_property
    def baseline(self):
        """The numbers to read all scores by, those of the best guess without memory mostly: {name: number}."""
        return self.task.baseline()

    def train(self, resume=False, progress=True):
        """Run to the last update, which returns True, or to Ctrl-C, which ends this update, saves, and returns False.

        With `resume`, go on from the run's checkpoint, or begin again where none was saved. Without, the run's folder is
        made when everything else is ready: settings that fail leave nothing behind.
        """
        with ExitStack() as held:
            held.enter_context(on_ctrl_c(self._interrupt))
            team = held.enter_context(Team(self.network, self.task, self.settings, self.run.tables, self.workers))
            if not resume:
                self.run.begin()
            held.enter_context(self.run.locked())
            if resume:
                self._go_back(team)
            begun_at = self.update
            bar = tqdm(total=self.settings.updates, initial=self.update, unit="update", disable=not progress,
                       file=Unbreakable(sys.stderr))
            with bar:
                while not self._ended:
                    self._one_update(team, bar)
                    if self.update % self.settings.checkpoint_every == 0 or self._ended:
                        self._save(team)
            finished = self.update == self.settings.updates
            if finished and (self.update > begun_at or not self.run.weights.exists()):
                save_weights(self.run.weights, self.network, self.run.tables, self.update)
        return finished

    @property
    def _ended(self):
        return self.interrupted or self.update == self.settings.updates

    def _interrupt(self, *_):
        self.interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)        # a second one does not wait

    @np.errstate(over="ignore", invalid="ignore")           # found out by _require_finite, in one place
    def step(self, team):
        """One update with this Team, everything but the book-keeping of `train`."""
        settings, network = self.settings, self.network
        loss, scores = team.step()
        self.squares = clip_by_global_norm(network.grads, settings.clip)
        rate = settings.learning_rate_at(self.update)
        decay_weights(network.values, rate * settings.weight_decay)
        self.optimiser.step(network.values, network.grads, rate, self.update)
        self.update += 1
        self.loss_sum, self.scores = self.loss_sum + loss, self.scores + scores

    @np.errstate(over="ignore", invalid="ignore")
    def _one_update(self, team, bar):
        started = time.perf_counter()
        self.step(team)
        settings = self.settings
        logged = self.update % settings.log_every == 0 or self.update % settings.evaluate_every == 0
        norm = self._require_finite() if logged else None
        self.seconds += time.perf_counter() - started
        if logged:
            self._log(norm, bar)
        bar.update()

    def _require_finite(self):
        """The norm of the last gradient; UserError where it, the loss or a weight is not finite any more.

        What is not finite makes all weights so, for good (`kernels.optimisers.clip` sees to it). So it is enough to look
        before anything is logged or saved: reading a number makes the program wait for the GPU.
        """
        norm, loss = float(self.squares[0]) ** 0.5, float(self.loss_sum)
        largest = float(abs(self.network.values).max())
        if not all(map(math.isfinite, (loss, norm, largest))):
            kept = f"{self.run.checkpoint} keeps the last good state" if self.run.has_checkpoint else "nothing is saved"
            raise NotFinite(f"not finite any more at update {self.update} (loss {loss}, gradient norm {norm}, "
                            f"largest weight {largest}): {kept}; start a new run with a smaller training.learning_rate")
        return norm

    def _log(self, norm, bar):
        settings = self.settings
        last = max((self.update - 1) // every * every for every in (settings.log_every, settings.evaluate_every))
        line = {"update": self.update, "seconds": round(self.seconds, 3),
                "loss": float(self.loss_sum) / (self.update - last), **self.scores.summary(), "gradient_norm": norm,
                "learning_rate": settings.learning_rate_at(self.update - 1)}
        if self.update % settings.evaluate_every == 0:
            fresh = self.task.evaluate(self.network, settings.evaluate_sequences, [settings.seed, self.update],
                                       batch=settings.batch // settings.shards, chunk=settings.bptt)
            line["evaluation"] = {**self.baseline, **fresh.summary()}
            others = ", ".join(f"{name} {number:.3g}" for name, number in self.baseline.items())
            self.last_evaluation = f"; fresh {fresh} ({others})"
        self.run.append(line)
        bar.set_postfix_str(f"loss {line['loss']:.4g}, {self.scores}{self.last_evaluation}", refresh=False)
        self.loss_sum, self.scores = 0.0, self.task.no_scores

    def _save(self, team):
        self._require_finite()
        checkpoint.save(self.run.checkpoint, self._arrays(team), self.run.tables, self.update)

    def _arrays(self, team):
        """All that the next updates depend on, and what the next line of the metrics is made of."""
        arrays = {f"parameter/{name}": value for name, value in self.network.state_dict().items()}
        arrays |= {f"optimiser/{name}": to_numpy(x) for name, x in self.optimiser.state.items()}
        arrays |= {f"shard/{k}/{name}": x for k, shard in team.snapshot().items() for name, x in shard.items()}
        progress = {"seconds": self.seconds, "loss_sum": float(self.loss_sum), "scores": self.scores.counts()}
        return arrays | {"progress": np.array(json.dumps(progress))}

    def _go_back(self, team):
        """To the last checkpoint; to the beginning where there was none yet. UserError where there must have been one."""
        if self.run.has_checkpoint:
            self._restore(team)
        elif self.run.weights.exists() or any(x["update"] > self.settings.checkpoint_every for x in self.run.metrics()):
            raise UserError(f"{self.run.checkpoint} is lost: restore it, or start a new run, which may begin with "
                            "training.start_from = the weights of this one")
        self.run.rewind(self.update)

    def _restore(self, team):
        arrays, settings, update = checkpoint.load(self.run.checkpoint)
        if settings != self.run.tables:
            raise UserError(f"{self.run.checkpoint} was made with other settings than {self.run.folder}/config.toml: "
                            "restore that file, or start a new run")
        if not 0 <= update <= self.settings.updates:
            raise UserError(f"{self.run.checkpoint} is of update {update}, and the run has {self.settings.updates}: restore "
                            "the file, or start a new run")
        checkpoint.check(self.run.checkpoint, arrays, self._arrays(team))
        self.network.load_state_dict(checkpoint.section(arrays, "parameter"))
        for name, x in checkpoint.section(arrays, "optimiser").items():
            self.optimiser.state[name][...] = self.network.xp.asarray(x)
        team.restore({k: checkpoint.section(arrays, f"shard/{k}") for k in range(self.settings.shards)})
        progress = json.loads(str(arrays["progress"]))
        self.seconds, self.loss_sum = progress["seconds"], progress["loss_sum"]
        self.scores = type(self.task.no_scores)(*progress["scores"])
        self.update = update
