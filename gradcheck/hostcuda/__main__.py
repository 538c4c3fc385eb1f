"""python -m gradcheck.hostcuda [NAME ...]"""

import sys

from gradcheck.hostcuda.cli import main
from mgnm.cli.status import exit_status

if __name__ == "__main__":
    sys.exit(exit_status("gradcheck.hostcuda", main))
