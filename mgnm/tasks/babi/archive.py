"""Where the bAbI stories lie: the public archive, or a folder of the same layout. Nothing is ever unpacked onto the disk.

    tasks_1-20_v1-2/<language>/qa<task>_<name>_train.txt        (REFERENCE 8; also ..._test.txt, ..._valid.txt)

A language is the name of a folder: "en", "en-10k", "hn", ... Any tasks may be missing. A folder may hold the files itself,
or the folders of languages, or a folder of those, as an archive (.tar, .tar.gz) does. An archive is read as a stream that
may be written by anybody: names that lead out of it, files that are there twice, and sizes out of all proportion are
refused; links are left out.
"""

import gzip
import os
import re
import tarfile
from collections import Counter
from pathlib import Path, PurePosixPath

from ...errors import UserError, first_line

FILE_NAME = re.compile(r"qa([1-9][0-9]?)(?:_[\w.-]+)?_(train|valid|test)\.txt")
MOST_FILE, MOST_ARCHIVE = 1 << 27, 1 << 30      # bytes of a file; of an archive without its compression
GZIP = b"\x1f\x8b"


def read_texts(source, language="", part="train", tasks=()):
    """{task: (path, bytes)} of the files of one language and part ("train", "valid" or "test").

    language: "" where there is only one; tasks: numbers, none for all that are there. UserError, in one line, where the
    source or a file of it cannot be had.
    """
    opened = _Folder(source) if os.path.isdir(source) else _Archive(source)
    names = _choose(opened.names(), source, language, part)
    missing = sorted(set(tasks) - names.keys())
    if missing:
        raise UserError(f"{source} has no {part} file of task {missing[0]}: it has those of {_listed(names)}; change "
                        "task.tasks")
    wanted = {names[task]: task for task in sorted(names) if not tasks or task in tasks}
    texts = opened.read(wanted)
    return {task: (name, texts[name]) for name, task in wanted.items()}


def _choose(names, source, language, part):
    """{task: name}, of all names, for one language; UserError where that is not one clear choice."""
    found = {}                                              # {(folder, task): name}
    for name in names:
        path = PurePosixPath(name)
        match = FILE_NAME.fullmatch(path.name)
        if match and match[2] == part and found.setdefault((path.parent, int(match[1])), name) != name:
            raise UserError(f"{source} has two {part} files of task {match[1]} in {path.parent}: remove one")
    folders = sorted({folder for folder, _ in found})
    if not folders:
        raise UserError(f"{source} has no files of the form qa1_NAME_{part}.txt: give the public bAbI archive, a folder "
                        "of the same layout, or one that `mgnm babi generate` made")
    fitting = [folder for folder in folders if language in ("", language_of(folder, source))]
    if len(fitting) != 1:
        known = ", ".join(sorted({language_of(folder, source) for folder in folders}))
        raise UserError(f"{source} has {'several folders of stories' if fitting else f'no language {language!r}'}: set "
                        f"task.language to one of {known}")
    return {task: name for (folder, task), name in found.items() if folder == fitting[0]}


def language_of(folder, source):
    """The name of a folder in a source, or of the source itself where it holds the files."""
    return PurePosixPath(folder).name or Path(source).resolve().name


def _listed(tasks):
    return ", ".join(map(str, sorted(tasks))) or "none"


class _Folder:
    """Files on the disk, named by their paths below the folder."""

    def __init__(self, source):
        self.source = Path(source)

    def names(self):
        depths = ("qa*.txt", "*/qa*.txt", "*/*/qa*.txt")
        return sorted(path.relative_to(self.source).as_posix() for depth in depths for path in self.source.glob(depth))

    def read(self, names):
        texts = {}
        for name in names:
            try:
                with open(self.source / name, "rb") as file:
                    texts[name] = _limited(file, name)
            except OSError as error:
                raise UserError(f"cannot read {self.source / name} ({error.strerror}): see to the file") from None
        return texts


class _Archive:
    """Members of a .tar or .tar.gz, in one pass over the stream for the names and one for the texts."""

    def __init__(self, source):
        self.source = source

    def names(self):
        names = self._pass(lambda member, archive: member.name)
        double = next((name for name, count in Counter(names).items() if count > 1), None)
        if double:
            raise UserError(f"{self.source} has the file {double} twice: give another archive")
        return names

    def read(self, names):
        def text(member, archive):
            return (member.name, _limited(archive.extractfile(member), member.name)) if member.name in names else None

        return dict(found for found in self._pass(text) if found)

    def _pass(self, look):
        """[look(member, archive)] of the regular files; UserError for an archive that cannot be trusted or read."""
        try:
            with open(self.source, "rb") as file:
                packed = file.read(2) == GZIP
                file.seek(0)
                stream = _Counted(gzip.GzipFile(fileobj=file) if packed else file, self.source)
                with tarfile.open(fileobj=stream, mode="r|") as archive:
                    return [look(_inside(member, self.source), archive) for member in archive if member.isfile()]
        except UserError:
            raise
        except FileNotFoundError:
            raise UserError(f"task.source = {str(self.source)!r} does not exist: give the public bAbI archive, a folder of "
                            "the same layout, or one that `mgnm babi generate` made") from None
        except Exception as error:                          # every library on the way has its own types for a bad byte
            raise UserError(f"{self.source} is not a whole archive ({first_line(error)}): give a .tar.gz, a .tar or a "
                            "folder") from None


class _Counted:
    """A stream that ends in a UserError after MOST_ARCHIVE bytes: a small file can unpack to any length."""

    def __init__(self, stream, source):
        self.stream, self.source, self.count = stream, source, 0

    def read(self, size=-1):
        data = self.stream.read(size)
        self.count += len(data)
        if self.count > MOST_ARCHIVE:
            raise UserError(f"{self.source} unpacks to more than {MOST_ARCHIVE >> 20} MiB: give another archive")
        return data


def _inside(member, source):
    """The member; UserError where its name leads out of the archive."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise UserError(f"{source} has a file {member.name!r}, which leads out of the archive: give another one")
    return member


def _limited(file, name):
    data = file.read(MOST_FILE + 1)
    if len(data) > MOST_FILE:
        raise UserError(f"{name} has more than {MOST_FILE >> 20} MiB: give a smaller file")
    return data
