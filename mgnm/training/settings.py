"""The [training] table of a preset: everything that decides the numbers of a training run."""

import inspect
from dataclasses import dataclass, field

import numpy as np

from ..errors import UserError
from ..settings import check_fraction, check_size, nearest, read_table
from ..tasks.episodes import MOST
from .optimisers import OPTIMISERS
from .schedules import SCHEDULES

MOST_SEQUENCES = 10_000     # at once; more do not fit into any memory


@dataclass(frozen=True)
class ActorCriticSettings:
    """What weighs how much in `actor_critic` (REFERENCE 9). discount: gamma, of a reward one step later; trace: lambda, of
    what is known only later; entropy: beta, of staying open; localisation: kappa, of the drawn map."""

    discount: float = 0.99
    trace: float = 0.95
    entropy: float = 0.01
    localisation: float = 1.0

    def __post_init__(self):
        for name in ("discount", "trace"):
            check_fraction(f"training.actor_critic.{name}", getattr(self, name))
        for name in ("entropy", "localisation"):
            if getattr(self, name) < 0:
                raise UserError(f"training.actor_critic.{name} = {getattr(self, name)} is negative: give 0 or more")


@dataclass(frozen=True)
class TrainingSettings:
    """updates, batch, bptt: number of updates, sequences per update, most steps per chunk of truncated BPTT,
    or steps of a roll-out;
    shards: parts of the batch that draw their own data and add up their gradients, on one process each where there are
    cores; loss: "mean" or "sum" over cells, steps and sequences; clip: largest global norm of the gradient;
    weight_decay: share of every weight that an update takes away, times the learning rate (see `decay_weights`);
    optimiser with optimiser_settings; learning_rate -> final_learning_rate by schedule over schedule_updates (0: all),
    of which the first warmup_updates get a share that rises from nothing to all of it;
    start_from: trained weights to begin with (a preset, a run, a file), "" for fresh ones;
    actor_critic: ActorCriticSettings, for a task that is learned by reward;
    log_every, evaluate_every, checkpoint_every: updates; evaluate_sequences: sequences of an evaluation on the way.
    """

    updates: int
    learning_rate: float
    final_learning_rate: float = 0.0
    schedule: str = "linear"
    schedule_updates: int = 0
    warmup_updates: int = 0
    batch: int = 32
    bptt: int = 20
    shards: int = 2
    loss: str = "mean"
    clip: float = 1.0
    weight_decay: float = 0.0
    optimiser: str = "adam"
    optimiser_settings: dict = field(default_factory=dict)
    actor_critic: dict = field(default_factory=dict)
    seed: int = 0
    start_from: str = ""
    log_every: int = 10
    evaluate_every: int = 250
    evaluate_sequences: int = 32
    checkpoint_every: int = 250

    def __post_init__(self):
        for name, choices in (("schedule", SCHEDULES), ("optimiser", OPTIMISERS), ("loss", ("mean", "sum"))):
            value = getattr(self, name)
            if value not in choices:
                raise UserError(f"training.{name} = {value!r} is unknown: {nearest(value, list(choices))}")
        for name in ("updates", "batch", "bptt", "shards", "log_every", "evaluate_every", "evaluate_sequences",
                     "checkpoint_every", "clip", "learning_rate"):
            if not getattr(self, name) > 0:
                raise UserError(f"training.{name} = {getattr(self, name)} is too small: give a number above 0")
        for name in ("final_learning_rate", "schedule_updates", "warmup_updates", "weight_decay", "seed"):
            if getattr(self, name) < 0:
                raise UserError(f"training.{name} = {getattr(self, name)} is negative: give 0 or more")
        for name, most in (("batch", MOST_SEQUENCES), ("evaluate_sequences", MOST_SEQUENCES), ("bptt", MOST)):
            if getattr(self, name) > most:
                raise UserError(f"training.{name} = {getattr(self, name)} is too large: give at most {most}")
        if self.batch % self.shards:
            raise UserError(f"training.batch = {self.batch} cannot be cut into {self.shards} equal shards: change "
                            "training.batch or training.shards")
        self._check_optimiser_settings()
        self.actor_critic_settings()

    def _check_optimiser_settings(self):
        known = list(inspect.signature(OPTIMISERS[self.optimiser]).parameters)[1:]
        for name, value in self.optimiser_settings.items():
            where = f"training.optimiser_settings.{name}"
            if name not in known:
                raise UserError(f"{where} is not a setting of {self.optimiser}: {nearest(name, known)}")
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise UserError(f"{where} = {value!r} is of the wrong type: give a number")
            check_size(where, value)
            if name == "epsilon" and not np.float32(value) > 0:
                raise UserError(f"{where} = {value} is too small: give a number above 0")
            if name != "epsilon" and not 0 <= value < 1:
                raise UserError(f"{where} = {value} is no share: give a number from 0 to below 1")

    def actor_critic_settings(self):
        """The table actor_critic, read; UserError for unknown names and bad values."""
        return read_table(ActorCriticSettings, self.actor_critic, "training.actor_critic")

    def learning_rate_at(self, update):
        """The learning rate of this update, counted from 0."""
        done = update / (self.schedule_updates or self.updates)
        warm = min(1.0, (update + 1) / self.warmup_updates) if self.warmup_updates else 1.0
        return warm * SCHEDULES[self.schedule](self.learning_rate, self.final_learning_rate, done)

    def make_optimiser(self, values):
        """The optimiser for a vector of parameters."""
        return OPTIMISERS[self.optimiser](values, **self.optimiser_settings)
