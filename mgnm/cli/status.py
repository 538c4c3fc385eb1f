"""What a program's shell is told when the work is over: 0, or a line about what was wrong and another number."""

import sys

from ..errors import UserError


def exit_status(program, work):
    """Do work(); its exit status (None: 0), or 2 after bad input, told in one line that begins with the name of the
    program, or 130 after Ctrl-C."""
    try:
        return work() or 0
    except UserError as error:
        message, status = str(error), 2
    except MemoryError as error:
        message, status = f"not enough memory ({error}): make the batch, the network or the task smaller", 2
    except OSError as error:
        message, status = f"a file cannot be used ({error}): see to the path, the rights and the disk", 2
    except KeyboardInterrupt:
        message, status = "stopped", 130
    print(f"{program}: {' '.join(message.splitlines())}", file=sys.stderr)
    return status
