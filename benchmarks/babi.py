"""`python -m benchmarks.babi SOURCE`: how fast bAbI stories are read, and what becomes of damaged files.

A mutation damages the file of a task in one of the ways of MUTATIONS. It must give stories, or one line of UserError.
"""

import argparse
import resource
import sys
import time

import numpy as np

from mgnm.cli.status import exit_status
from mgnm.errors import UserError
from mgnm.settings import check_whole
from mgnm.tasks.babi import parse
from mgnm.tasks.babi.archive import read_texts

LINES = 60              # of a file are damaged and read; the others are like them


def flip_bytes(data, rng):
    """Some bytes become other ones."""
    damaged = bytearray(data)
    for place in rng.integers(len(data), size=rng.integers(1, 6)):
        damaged[place] = rng.integers(256)
    return bytes(damaged)


def cut_lines(data, rng):
    """A line is lost."""
    lines = data.split(b"\n")
    del lines[rng.integers(len(lines))]
    return b"\n".join(lines)


def cut_end(data, rng):
    """The end is lost."""
    return data[:rng.integers(len(data))]


def lose_tabs(data, rng):
    """A TAB is lost, or becomes a space."""
    parts = data.split(b"\t")
    place = rng.integers(1, max(2, len(parts)))
    return b"\t".join(parts[:place]) + rng.choice([b"", b" "]) + b"\t".join(parts[place:])


def huge_numbers(data, rng):
    """A number gets a great many digits, a sign, or none at all."""
    lines = data.split(b"\n")
    place = rng.integers(len(lines))
    number = rng.choice([b"9" * 5000, b"-1", b"0", b"", b"1e9", b"\xd9\xa3", b"01"])
    head, space, rest = lines[place].partition(b" ")
    lines[place] = number + space + rest if rng.integers(2) else head + space + rest + number
    return b"\n".join(lines)


def swap_lines(data, rng):
    """Two lines change places."""
    lines = data.split(b"\n")
    a, b = rng.integers(len(lines), size=2)
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def put_in_bytes(data, rng):
    """Something is put in that some reader somewhere stumbles over."""
    place = rng.integers(len(data))
    odd = rng.choice([b"\0", b"\r", b"\n\n", b"\t\t", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"?" * 300, b" ",
                      b"a " * 2000, b",", b".", b"\x0b"])
    return data[:place] + odd + data[place:]


MUTATIONS = (flip_bytes, cut_lines, cut_end, lose_tabs, huge_numbers, swap_lines, put_in_bytes)


def survive(data, name, count, seed=0):
    """(read, refused): what became of so many mutations of a file. Whatever is neither raises."""
    rng, read, refused = np.random.default_rng(seed), 0, 0
    for number in range(count):
        mutate = MUTATIONS[number % len(MUTATIONS)]
        try:
            check_stories(parse(mutate(data, rng), name))
            read += 1
        except UserError as error:
            if "\n" in str(error) or name not in str(error):
                raise AssertionError(f"{mutate.__name__}: {error!s} is no line that names the file") from None
            refused += 1
    return read, refused


def check_stories(stories):
    """AssertionError unless these are whole stories."""
    for story in stories:
        assert any(line.answer for line in story)
        for before, line in enumerate(story):
            assert line.words and all(line.words) and bool(line.answer) == bool(line.facts)
            assert all(0 < fact <= before for fact in line.facts)


def head(data):
    """The stories within the first LINES lines."""
    lines = data.split(b"\n")
    last = max((k for k, line in enumerate(lines[:LINES + 1]) if line.startswith(b"1 ")), default=0) or LINES
    return b"\n".join(lines[:last]) + b"\n"


def main(argv=None):
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.babi", description=__doc__.split("\n")[0])
    parser.add_argument("source", help="the public archive, or a folder of its layout")
    parser.add_argument("--language", default="", help="the folder of a language, where there are several")
    parser.add_argument("--mutations", type=int, default=10_000, metavar="N", help="damaged files (default: 10,000)")
    return exit_status("benchmarks.babi", lambda: measure(parser.parse_args(argv)))


def measure(options):
    """Read, damage, count."""
    check_whole("--mutations", options.mutations, 0, 10_000_000)
    start = time.perf_counter()
    texts = read_texts(options.source, options.language)
    stories = [story for name, data in texts.values() for story in parse(data, name)]
    print(f"tasks: {len(texts)}\nstories: {len(stories)}\nlines: {sum(map(len, stories))}")
    print(f"seconds: {time.perf_counter() - start:.1f}")
    print(f"peak_megabytes: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")
    counts = [survive(head(data), name, -(-options.mutations // len(texts)), task)
              for task, (name, data) in texts.items()]
    print(f"mutations_read: {sum(read for read, _ in counts)}\nmutations_refused: {sum(refused for _, refused in counts)}")


if __name__ == "__main__":
    sys.exit(main())
