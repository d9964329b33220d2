"""Rules about which files and directories there are."""

import re

from dependencies import TABLE_FILE, read_table
from tree import Finding

README_LINES_MAX = 70
TOP_LEVEL = {"CMakeLists.txt", "README.md", "proto", "server", "client", "config", "deploy",
             "tests"}

_NAMED_PATH = re.compile(r"`((?:server|client|proto|config|deploy|tests)/[A-Za-z0-9_./-]*)`")
_LINKED_PATH = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")


def check_top_level(tree):
    for entry in sorted({name.split("/")[0] for name in tree.files}):
        if entry not in TOP_LEVEL and not entry.startswith("."):
            yield Finding("top-level", entry, 1,
                          "the top level is fixed; there is a place for this further down, see "
                          f"{TABLE_FILE}")


def check_directories(tree):
    """Every directory under server/ has a README and a row in the table; every row a directory."""
    table = read_table(tree)
    present = tree.directories("server")
    for directory in present:
        readme = f"server/{directory}/README.md"
        if readme not in tree.files:
            yield Finding("readme", f"server/{directory}", 1,
                          "no README.md: say what it is, its one rule, its main types and where to "
                          "start reading")
        elif tree.text(readme).count("\n") > README_LINES_MAX:
            yield Finding("readme", readme, README_LINES_MAX + 1,
                          f"longer than one screen ({README_LINES_MAX} lines)")
        if directory not in table:
            yield Finding("readme", f"server/{directory}", 1,
                          f"no row in the dependency table of {TABLE_FILE}")
    for module, row in table.items():
        if module != "client" and module not in present:
            yield Finding("readme", TABLE_FILE, row.line, f"there is no directory server/{module}")


def check_named_paths(tree):
    """What a README names in backticks from the root, or links to, exists."""
    for path in tree.files:
        if not path.endswith("README.md"):
            continue
        directory = path.rsplit("/", 1)[0] + "/" if "/" in path else ""
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            names = list(_NAMED_PATH.findall(line))
            names += [directory + name for name in _LINKED_PATH.findall(line)]
            for name in names:
                if not tree.exists(name):
                    yield Finding("named-path", path, number, f"`{name}` does not exist", name)


def check_mirrored_tests(tree):
    """server/policy/x.cc is tested by tests/unit/policy/x_test.cc. main.cc only wires."""
    for path in tree.files:
        match = re.fullmatch(r"server/(.+)\.cc", path)
        if not match or path.endswith("/main.cc"):
            continue
        test = f"tests/unit/{match.group(1)}_test.cc"
        if test not in tree.files:
            yield Finding("mirrored-test", path, 1, f"no test at {test}")


RULES = [check_top_level, check_directories, check_named_paths, check_mirrored_tests]
