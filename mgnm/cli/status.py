"""What a program's shell is told when the work is over: 0, or a line about what was wrong and another number."""

import os
import sys

from ..errors import UserError


def exit_status(program, work):
    """Do work(); its exit status (None: 0), or 2 after bad input, told in one line that begins with the name of the
    program, 130 after Ctrl-C, 141 where nobody reads on what it prints, as after `| head`."""
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))      # closed ones
    try:
        status = work() or 0
        sys.stdout.flush()
        return status
    except UserError as error:
        message, status = str(error), 2
    except MemoryError as error:
        message, status = f"not enough memory ({error}): make the batch, the network or the task smaller", 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())      # what is still to be flushed goes nowhere
        return 141
    except OSError as error:
        message, status = f"a file cannot be used ({error}): see to the path, the rights and the disk", 2
    except KeyboardInterrupt:
        message, status = "stopped", 130
    print(f"{program}: {' '.join(message.splitlines())}", file=sys.stderr)
    return status
