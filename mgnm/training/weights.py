"""Trained weights: a checkpoint with the parameters alone. Those of some presets come with the package."""

from pathlib import Path

from ..errors import UserError
from ..networks import build
from ..presets import preset_names
from ..settings import check_tables, nearest
from . import checkpoint

SHIPPED = Path(__file__).parents[1] / "weights"


def save_weights(path, network, tables, update):
    """Write the parameters of a network after `update` updates, with the settings (tables) it was trained with."""
    arrays = {f"parameter/{name}": value for name, value in network.state_dict().items()}
    checkpoint.save(path, arrays, tables, update)


def find_weights(source):
    """The file that `source` means: shipped weights by their preset's name, the folder of a run, or a file itself.

    UserError where a name means two of them, or a preset that no weights come with.
    """
    path, shipped = Path(source), SHIPPED / f"{source}.npz"
    here = (path / "config.toml").exists() or path.is_file()
    if str(source) in preset_names() and shipped.exists():
        if here:
            raise UserError(f"{source} is a preset and also a run in this folder: write ./{source} for the run, or go to "
                            "another folder for the weights of the preset")
        return shipped
    if path.is_dir():
        return next((path / name for name in ("weights.npz", "checkpoint.npz") if (path / name).exists()),
                    path / "checkpoint.npz")
    if str(source) in preset_names() and not here:
        raise UserError(f"no trained weights come with preset {source}: train it with mgnm train --preset {source}")
    if not path.exists() and path.name == str(source):
        raise UserError(f"{source} does not exist: give the folder of a run, a checkpoint, or a preset whose weights come "
                        f"with the package; {nearest(source, sorted(file.stem for file in SHIPPED.glob('*.npz')))}")
    return path


def load_weights(source):
    """({parameter name: array}, tables, updates done) of trained weights; see `find_weights`."""
    path = find_weights(source)
    arrays, tables, update = checkpoint.load(path)
    check_tables(tables, path)
    return checkpoint.section(arrays, "parameter"), tables, update


def load_network(source, device="cpu", override=lambda tables: tables):
    """(network, tables, updates done) of trained weights; see `find_weights`. UserError where there are none.

    override: a function of the tables, which gives those to build the network from: a larger network.base, for example,
    makes a larger map, and asks for no other weights. UserError where they do not fit."""
    parameters, tables, update = load_weights(source)
    tables = override(tables)
    network = build(tables["network"], device=device)
    network.load_state_dict(parameters)
    return network, tables, update
