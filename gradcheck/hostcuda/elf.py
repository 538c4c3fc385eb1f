"""What hostcuda reads out of a compiled kernel: its __shared__ variables, and the line of each machine instruction.

Sources: the ELF-64 object format (System V ABI) and the line number program of DWARF 4, section 6.2.
"""

import bisect
import functools
import re
import struct
from dataclasses import dataclass

SYMBOL_TABLE, THREAD_LOCAL = 2, 6       # SHT_SYMTAB, STT_TLS


@dataclass(frozen=True)
class SharedVariable:
    name: str
    offset: int                         # bytes from the start of the image's thread-local block
    bytes: int


class Image:
    """A shared object as a file: `Image(path)`. Raises ValueError where it is not 64-bit little-endian ELF."""

    def __init__(self, path):
        self.content = path.read_bytes()
        if self.content[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path} is not a 64-bit little-endian ELF file; hostcuda runs on Linux")
        start, = struct.unpack_from("<Q", self.content, 40)
        size, count, names = struct.unpack_from("<HHH", self.content, 58)
        headers = [struct.unpack_from("<IIQQQQIIQQ", self.content, start + k * size) for k in range(count)]
        name_table = self._bytes(headers[names])
        self.sections = {text(name_table, header[0]): header for header in headers}

    def _bytes(self, header):
        return self.content[header[4]:header[4] + header[5]]

    def section(self, name):
        """The bytes of a section, empty where there is none."""
        return self._bytes(self.sections[name]) if name in self.sections else b""

    def thread_locals(self):
        """{symbol: SharedVariable} of all thread-local variables: that is what __shared__ becomes."""
        names, table = self.section(".strtab"), self.section(".symtab")
        symbols = [struct.unpack_from("<IBBHQQ", table, at) for at in range(0, len(table), 24)]
        return {text(names, name): SharedVariable(plain_name(text(names, name)), value, size)
                for name, kind, _, section, value, size in symbols if kind & 15 == THREAD_LOCAL and section}

    @functools.cached_property
    def lines(self):
        """(addresses, places): places[k] = (file, line) holds from addresses[k] on; (None, 0) where a sequence ends."""
        rows = sorted(line_rows(self.section(".debug_line")), key=lambda row: (row[0], row[1] is not None))
        return [row[0] for row in rows], [row[1:] for row in rows]

    def place(self, address):
        """(file name, line) of the instruction that returns to this address; (None, 0) where it is unknown."""
        addresses, places = self.lines
        k = bisect.bisect_right(addresses, address - 1) - 1
        return places[k] if k >= 0 else (None, 0)


def text(table, at):
    return table[at:table.index(b"\0", at)].decode()


def plain_name(symbol):
    """The variable's own name: "tile" for _ZZ7conv3x3E4tile, a local variable of conv3x3."""
    for length in re.finditer(r"(?=E(\d+)([A-Za-z_]\w*))", symbol):
        name = length[2][:int(length[1])]
        if re.fullmatch(r"(_\d+|__\d+_)?", length[2][int(length[1]):]):
            return name
    return symbol


# ---- the line table of DWARF 4 -------------------------------------------------------------------------------------

def line_rows(section):
    """Yield (address, file name, line) for every row, and (address, None, 0) where a sequence ends."""
    at = 0
    while at < len(section):
        length, version, header_length = struct.unpack_from("<IHI", section, at)
        if version == 4:                # other versions come from objects of the system's own, not from a kernel
            yield from unit_rows(section[at:at + 4 + length], 10 + header_length)
        at += 4 + length


def unit_rows(unit, program):
    """Run the line number program of one unit."""
    shortest, _, _, line_base, line_range, opcode_base = struct.unpack_from("<BBBbBB", unit, 10)
    argument_counts = unit[16:15 + opcode_base]
    files = file_names(unit, 15 + opcode_base)
    reader = Reader(unit, program)
    address, file, line = 0, 1, 1
    while reader.at < len(unit):
        opcode = reader.byte()
        if opcode >= opcode_base:                                           # special: moves both, then makes a row
            step = opcode - opcode_base
            address += step // line_range * shortest
            line += line_base + step % line_range
            yield address, files.get(file), line
        elif opcode == 0:                                                   # extended
            length = reader.unsigned()
            end, kind = reader.at + length, unit[reader.at]
            if kind == 1:
                yield address, None, 0
                address, file, line = 0, 1, 1
            elif kind == 2:
                address, = struct.unpack_from("<Q", unit, reader.at + 1)
            reader.at = end
        elif opcode == 1:                                                   # copy: a row
            yield address, files.get(file), line
        elif opcode == 2:
            address += reader.unsigned() * shortest
        elif opcode == 3:
            line += reader.signed()
        elif opcode == 4:
            file = reader.unsigned()
        elif opcode == 8:                                                   # as special opcode 255, without a row
            address += (255 - opcode_base) // line_range * shortest
        elif opcode == 9:
            address += reader.half()
        else:                                                               # what is left does not move address or line
            for _ in range(argument_counts[opcode - 1]):
                reader.unsigned()


def file_names(unit, at):
    """{number: name}, from 1."""
    reader = Reader(unit, at)
    while reader.string():              # the directories
        pass
    files = {}
    while name := reader.string():
        files[len(files) + 1] = name
        for _ in range(3):              # directory, time, length
            reader.unsigned()
    return files


class Reader:
    """Reads DWARF's integers and strings one after another."""

    def __init__(self, data, at):
        self.data, self.at = data, at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def half(self):
        self.at += 2
        return int.from_bytes(self.data[self.at - 2:self.at], "little")

    def string(self):
        start, self.at = self.at, self.data.index(b"\0", self.at) + 1
        return self.data[start:self.at - 1].decode()

    def unsigned(self):
        """LEB128: seven bits a byte, the lowest first."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def signed(self):
        start = self.at
        value, bits = self.unsigned(), 7 * (self.at - start)
        return value - (1 << bits) if value >> (bits - 1) & 1 else value
