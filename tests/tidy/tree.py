"""The tree under test: its files, their text, and C++ text without comments and literals."""

import dataclasses
import functools
import pathlib
import re
import subprocess

CPP_SUFFIXES = (".cc", ".h")
TEXT_SUFFIXES = CPP_SUFFIXES + (".py", ".sh", ".proto", ".md", ".txt", ".yaml", ".yml", ".json",
                                ".cmake", ".service", ".test", "")
IGNORED_DIRECTORIES = re.compile(r"^(\.git|build.*|__pycache__|\.cache)$")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One broken rule. `symbol` names what inside the file is meant, if the rule knows."""
    rule: str
    path: str
    line: int
    message: str
    symbol: str = ""

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


class Tree:
    """The files of a working copy. Paths are strings relative to the root, with forward slashes."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = sorted(self._list_files())

    def _list_files(self):
        if (self.root / ".git").exists():
            listing = subprocess.run(
                ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                cwd=self.root, check=True, capture_output=True).stdout.decode()
            names = [name for name in listing.split("\0") if name]
        else:
            names = [path.relative_to(self.root).as_posix() for path in self.root.rglob("*")]
        return [name for name in names
                if (self.root / name).is_file()
                and not any(IGNORED_DIRECTORIES.match(part) for part in name.split("/")[:-1])]

    def exists(self, path):
        return (self.root / path).exists()

    def directories(self, parent):
        """Names of the directories directly under `parent` that hold at least one file."""
        prefix = parent.rstrip("/") + "/"
        return sorted({name[len(prefix):].split("/")[0] for name in self.files
                       if name.startswith(prefix) and "/" in name[len(prefix):]})

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        """The file's text, or an empty string if it is not UTF-8."""
        try:
            return (self.root / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            return ""

    @functools.lru_cache(maxsize=None)
    def code(self, path):
        """C++ text with comments and the insides of literals replaced by blanks; lines are kept."""
        return blank_literals(self.text(path))

    def cpp_files(self):
        return [name for name in self.files if name.endswith(CPP_SUFFIXES)]

    def text_files(self):
        """Files written by people. Generated inputs (corpora, archives) are not text to us."""
        return [name for name in self.files
                if pathlib.PurePosixPath(name).suffix in TEXT_SUFFIXES
                and not name.startswith("tests/fuzz/corpus/")]


_LITERAL = re.compile(
    r"""//(?:\\\n|[^\n])*            # line comment, possibly continued
      | /\*.*?\*/                    # block comment
      | R"([^()\\\s]{0,16})\(.*?\)\1" # raw string
      | "(?:\\.|[^"\\\n])*"          # string
      | (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+' # character, not a digit separator
    """, re.DOTALL | re.VERBOSE)


def blank_literals(text):
    """Replaces comments by blanks and literals by blanks in quotes; keeps every line break."""
    def blank(match):
        token = match.group(0)
        body = re.sub(r"[^\n]", " ", token)
        if token.startswith("/"):
            return body
        quote = "'" if token.startswith("'") else '"'
        return quote + body[1:-1] + quote
    return _LITERAL.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
