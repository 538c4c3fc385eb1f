"""`mgnm demo`: the main job from beginning to end. A memory network learns to map and localise, and shows how."""

from ..errors import UserError
from ..presets import load_preset
from ..training import Run, load_network
from . import figures
from . import options as shared
from .evaluate import scores
from .train import train


def add(commands):
    """The command and its options."""
    command = shared.add_command(commands, "demo", run, "Train preset tiny from scratch, evaluate it, draw it.",
                                 "mgnm demo --out runs/demo")
    command.add_argument("--out", default="runs/demo", metavar="FOLDER", help="folder of the run (default: runs/demo)")
    shared.add_set(command)
    shared.add_workers(command)
    shared.add_json(command)
    command.set_defaults(device="cpu")


def run(options):
    """Train (or go on), score on fresh mazes, draw, and say where everything is."""
    shared.check_json(options.json)
    demo = Run(options.out, shared.override(load_preset("tiny"), options.set))
    resume = demo.config.exists()
    if resume and Run.open(options.out).tables != demo.tables:
        raise UserError(f"{options.out} holds a run with other settings: give the same --set as then, or choose another "
                        "--out")
    if demo.weights.exists():
        print(f"{options.out} is trained already; remove it to train again")
    else:
        print(f"{'Going on with' if resume else 'Training'} a memory in {options.out}: it walks through mazes it has never "
              "seen, and learns to answer 'where have I seen this?'")
        status = train(demo, options, resume)
        if status:
            return status
    print("Evaluating on fresh mazes and drawing ...")
    folder = demo.folder.absolute()                         # a path, and no preset of that name
    numbers = scores(*load_network(folder))
    paths = figures.draw(folder)
    print(f"Weights: {options.out}/weights.npz")
    print("\n".join(f"Figure: {path}" for path in paths))
    shared.report(numbers, options.json)
    return 0
