"""`mgnm babi generate`: stories of the twenty bAbI tasks from the simulator."""

from ..errors import UserError
from ..tasks.babi.generate import NOTICE, TASKS, write
from . import options as shared


def add(parts):
    """The command and its options."""
    command = shared.add_command(parts, "generate", generate, "Make stories of the 20 tasks, in the format of the public "
                                 f"archive, without a download. {NOTICE}",
                                 "mgnm babi generate --tasks 1,2 --stories 1000 --seed 0 --out stories")
    command.add_argument("--tasks", default=",".join(map(str, TASKS)), metavar="N,N,...",
                         help="numbers from 1 to 20 with commas between them (default: all)")
    command.add_argument("--stories", type=int, default=1000, metavar="N",
                         help="of every task for training, and as many for testing (default: 1000)")
    command.add_argument("--seed", type=int, default=0, help="the same seed makes the same stories (default: 0)")
    command.add_argument("--out", required=True, metavar="FOLDER", help="new folder for the files")


def generate(options):
    """Write the files, list them, and say what they are not."""
    try:
        tasks = tuple(int(task) for task in options.tasks.split(","))
    except ValueError:
        raise UserError(f"--tasks {options.tasks} is no list of tasks: give numbers with commas between them, such as "
                        "1,2") from None
    for path in write(options.out, tasks, options.stories, options.seed):
        print(path)
    print(NOTICE)
