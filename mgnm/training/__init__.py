"""Training: optimisers, schedules, truncated BPTT over shards of a batch, actor-critic where nobody knows the right
answers, checkpoints and the folder of a run."""

from .optimisers import OPTIMISERS, SGD, Adam, RMSProp, clip_by_global_norm, decay_weights
from .run import Run
from .schedules import SCHEDULES
from .settings import TrainingSettings
from .shard import Shard
from .team import Team
from .trainer import Trainer
from .weights import load_network, save_weights

__all__ = ["OPTIMISERS", "SCHEDULES", "Adam", "RMSProp", "Run", "SGD", "Shard", "Team", "Trainer", "TrainingSettings",
           "clip_by_global_norm", "decay_weights", "load_network", "save_weights"]
