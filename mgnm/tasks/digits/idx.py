"""The IDX format of the public MNIST files: a header of big-endian numbers, then one byte per entry.

    bytes 0, 1      zero
    byte 2          type of the entries; 8 = unsigned byte, the only one read here
    byte 3          number of dimensions, D
    4 D bytes       the dimensions, 32 bits each
    the rest        the entries, last dimension fastest

Files come as they are, or packed by gzip; the first two bytes tell.
"""

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np

from ...errors import UserError

GZIP, UNSIGNED_BYTE = b"\x1f\x8b", 8


def read_idx(path, dimensions):
    """The array of an IDX file: uint8, of so many dimensions.

    UserError, in one line, for a file that is missing, damaged, cut, too long or of another kind.
    """
    try:
        return parse(unpack(Path(path).read_bytes()), dimensions)
    except OSError as error:
        raise UserError(f"cannot read {path} ({error.strerror}): give a folder with the public MNIST files") from None
    except ValueError as error:
        raise UserError(f"{path} is not a whole IDX file ({error}): fetch it again") from None


def unpack(data):
    """The bytes of a file without gzip, if it has it. ValueError for a damaged one."""
    if not data.startswith(GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"its gzip is damaged: {error}") from None


def parse(data, dimensions):
    """uint8 array from the bytes of an IDX file. ValueError for whatever is not as the page says."""
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise ValueError(f"it has {len(data)} bytes and its header alone {start}")
    if data[:4] != bytes((0, 0, UNSIGNED_BYTE, dimensions)):
        raise ValueError(f"it begins with {data[:4].hex(' ')} and should with 00 00 08 {dimensions:02x}")
    shape = tuple(int(x) for x in np.frombuffer(data, ">u4", dimensions, offset=4))
    if len(data) - start != prod(shape):
        raise ValueError(f"it says {' x '.join(map(str, shape))} and has {len(data) - start} entries")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
