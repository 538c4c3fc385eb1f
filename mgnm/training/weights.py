"""Trained weights: a checkpoint with the parameters alone. Those of some presets come with the package."""

from pathlib import Path

from ..errors import UserError
from ..networks import build
from ..presets import preset_names
from ..settings import check_tables
from . import checkpoint

SHIPPED = Path(__file__).parents[1] / "weights"


def save_weights(path, network, tables, update):
    """Write the parameters of a network after `update` updates, with the settings (tables) it was trained with."""
    arrays = {f"parameter/{name}": value for name, value in network.state_dict().items()}
    checkpoint.save(path, arrays, tables, update)


def find_weights(source):
    """The file that `source` means: shipped weights by their preset's name, the folder of a run, or a file itself."""
    shipped = SHIPPED / f"{source}.npz"
    if shipped.exists():
        return shipped
    path = Path(source)
    if path.is_dir():
        return next((path / name for name in ("weights.npz", "checkpoint.npz") if (path / name).exists()),
                    path / "checkpoint.npz")
    if str(source) in preset_names():
        raise UserError(f"no trained weights come with preset {source}: train it with mgnm train --preset {source}")
    return path


def load_weights(source):
    """({parameter name: array}, tables, updates done) of trained weights; see `find_weights`."""
    path = find_weights(source)
    arrays, tables, update = checkpoint.load(path)
    check_tables(tables, path)
    return checkpoint.section(arrays, "parameter"), tables, update


def load_network(source, device="cpu"):
    """(network, tables, updates done) of trained weights; see `find_weights`. UserError where there are none."""
    parameters, tables, update = load_weights(source)
    network = build(tables["network"], device=device)
    network.load_state_dict(parameters)
    return network, tables, update
