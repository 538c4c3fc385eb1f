"""Finds a C++ compiler, and compiles and links a kernel's text with the runtime, once: the result is kept on disk.

The cache is a folder of the user's, keyed by everything that goes in (text, flags, compiler, headers, runtime). A file
is written aside and then renamed, so two processes may compile the same kernel and none reads half a file.
"""

import functools
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mgnm.errors import UserError

HERE = Path(__file__).parent
RUNTIME = sorted((HERE / "runtime").glob("*.cpp"))
HEADERS = sorted([*(HERE / "include").glob("*.h"), *(HERE / "runtime").glob("*.h")])

COMMON = ("-std=c++17", "-fPIC", "-fno-exceptions", "-fno-rtti", "-U_FORTIFY_SOURCE", "-w")
RUNTIME_FLAGS = (*COMMON, "-O2", "-fvisibility=hidden")
KERNEL_FLAGS = (
    *COMMON, "-O1", "-ffp-contract=off", "-fno-strict-aliasing", "-fno-delete-null-pointer-checks", "-gdwarf-4", "-g1",
    "-fsanitize=thread,undefined", "-fno-sanitize-recover=all", "-fno-sanitize=null,object-size,pointer-overflow,"
    "float-cast-overflow,shift-base,bool,enum,return,unreachable,builtin,vla-bound,nonnull-attribute,"
    "returns-nonnull-attribute")                # what is left: bounds, alignment, integer overflow, division, shifts
GCC_FLAGS = ("-fno-gnu-unique", "-fno-tree-loop-im")                        # no load where the text has none
CLANG_FLAGS = ("-fno-vectorize", "-fno-slp-vectorize", "-mllvm", "-tsan-instrument-read-before-write")      # every load
LINK_FLAGS = ("-shared", "-Wl,-Bsymbolic")      # a kernel called sync is the kernel, not the C library's function


class CompileError(Exception):
    """The C++ compiler refuses a kernel's text; the message is the compiler's."""


@functools.cache
def compiler():
    """The C++ compiler's command: $CXX, else g++, else clang++, else the ziglang wheel. UserError without any."""
    if os.environ.get("CXX"):
        return tuple(shlex.split(os.environ["CXX"]))
    for name in ("g++", "clang++"):
        if path := shutil.which(name):
            return (path,)
    if importlib.util.find_spec("ziglang"):
        return (sys.executable, "-m", "ziglang", "c++")
    raise UserError("no C++ compiler, which running CUDA kernels on the CPU needs: install g++ or clang++ with the"
                    " system's package manager, or `pip install ziglang`, or name one in $CXX")


@functools.cache
def version():
    """The compiler's own words about itself, part of the cache's key. UserError where it does not run."""
    try:
        return subprocess.run([*compiler(), "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise UserError(f"the C++ compiler {shlex.join(compiler())} does not run ({error}); set $CXX to one that"
                        " does") from None


def cache_folder():
    """$MGNM_CACHE, else mgnm/hostcuda in $XDG_CACHE_HOME or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("MGNM_CACHE") or Path(base) / "mgnm") / "hostcuda"


def shared_object(text):
    """The path of the shared object for a complete C++ text; compiled unless the cache has it."""
    objects = [made(".o", path.name, lambda out, path=path: run(*RUNTIME_FLAGS, "-c", path, "-o", out))
               for path in RUNTIME]

    def compile_and_link(out):
        with tempfile.TemporaryDirectory(prefix="hostcuda-") as folder:
            source, kernel = Path(folder, "kernel.cpp"), Path(folder, "kernel.o")
            source.write_text(text)
            own = GCC_FLAGS if "Free Software Foundation" in version() else CLANG_FLAGS
            run(*KERNEL_FLAGS, *own, "-I", HERE / "include", "-c", source, "-o", kernel)
            run(*LINK_FLAGS, kernel, *objects, "-lm", "-o", out, command=linker())
    return made(".so", text, compile_and_link)


def made(suffix, content, make):
    """The cached file for this content; `make(path)` writes it where it is missing."""
    path = cache_folder() / (hashlib.sha256("\0".join([content, toolchain()]).encode()).hexdigest()[:32] + suffix)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.stem}.{os.getpid()}{suffix}")
        try:
            make(aside)
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    return path


@functools.cache
def toolchain():
    """Everything but the text that a compiled kernel depends on."""
    flags = (*RUNTIME_FLAGS, *KERNEL_FLAGS, *GCC_FLAGS, *CLANG_FLAGS, *LINK_FLAGS)
    return "\0".join([shlex.join(compiler()), version(), *flags, *(p.read_text() for p in (*HEADERS, *RUNTIME))])


def linker():
    """The compiler; for zig its C half, as `zig c++` would first build a C++ library that nothing here needs."""
    *command, last = compiler()
    return (*command, "cc") if command and last == "c++" else compiler()


def run(*arguments, command=None):
    result = subprocess.run([*(command or compiler()), *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        raise CompileError(re.sub(r"/\S*/kernel\.cpp", "kernel.cpp", result.stderr.strip()))
