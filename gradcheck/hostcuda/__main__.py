"""python -m gradcheck.hostcuda [NAME ...]"""

import sys

from gradcheck.hostcuda.cli import main
from mgnm.errors import UserError

if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        print(f"gradcheck.hostcuda: {error}", file=sys.stderr)
        sys.exit(2)
