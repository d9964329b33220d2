"""The dependency table of server/README.md, and the rules that hold code and build against it."""

import dataclasses
import re

from tree import Finding

TABLE_FILE = "server/README.md"
BUILD_FILE = "CMakeLists.txt"

# Third-party headers, by the name their library has in the table's last column.
THIRD_PARTY = [
    (r"absl/", "abseil"),
    (r"rapidjson/", "rapidjson"),
    (r"openssl/", "openssl"),
    (r"zlib\.h$", "zlib"),
    (r"yaml-cpp/", "yaml-cpp"),
    (r"prometheus/", "prometheus-cpp"),
    (r"civetweb\.h$", "civetweb"),
    (r"grpc(?:pp)?/|google/(?:protobuf|rpc)/|grpc\+\+/", "grpc"),
    (r"CLI/", "cli11"),
    (r"utf8proc\.h$", "utf8proc"),
    (r"rhonabwy\.h$|orcania\.h$|jansson\.h$", "rhonabwy"),
    (r"xmlsec/", "xmlsec"),
    (r"libxml/", "libxml2"),
    (r"boost/smart_ptr/", "boost_smart_ptr"),
    (r"boost/", "boost"),
    (r"sqlite3\.h$", "sqlite"),
    (r"qrencode\.h$", "qrencode"),
    (r"curl/", "curl"),
    (r"systemd/", "systemd"),
    (r"(?:gtest|gmock)/", "gtest"),
    (r"benchmark/", "benchmark"),
    (r"nlohmann/", "nlohmann_json"),
]

_STANDARD = re.compile(r"^[a-z_0-9]+$")
_POSIX = re.compile(
    r"^(?:sys/[a-z_]+|netinet/[a-z0-9]+|arpa/inet|linux/[a-z_]+|unistd|fcntl|signal|poll|pthread|"
    r"dirent|netdb|termios|pwd|grp|sched|dlfcn|syslog|ifaddrs|net/if|endian|malloc)\.h$")

# The core takes values: nothing in it may wait, look at the clock or touch a file.
_IMPURE = re.compile(
    r"^(?:mutex|shared_mutex|thread|condition_variable|future|semaphore|fstream|iostream|"
    r"filesystem|cstdio|absl/synchronization/.*|absl/time/clock\.h|unistd\.h|fcntl\.h|sys/.*)$")


@dataclasses.dataclass
class Row:
    """What one module may use. `only` restricts a module to some of its headers."""
    line: int
    modules: set
    third_party: set
    only: dict = dataclasses.field(default_factory=dict)


class TableError(Exception):
    """The table cannot be read; without it nothing can be checked."""


def read_table(tree):
    """Returns {module: Row} from the README's table whose first heading is `from \\ to`."""
    lines = tree.text(TABLE_FILE).split("\n") if TABLE_FILE in tree.files else []
    start = next((number for number, line in enumerate(lines) if line.startswith("| from \\ to |")),
                 None)
    if start is None:
        raise TableError(f"{TABLE_FILE}: no table that starts with `| from \\ to |`")
    heads = [cell.strip() for cell in lines[start].strip().strip("|").split("|")][1:-1]
    footnotes = {}
    for line in lines:
        match = re.match(r"^([¹²³⁴⁵⁶⁷⁸⁹]) Only (.*)", line)
        if match:
            footnotes[match.group(1)] = re.findall(r"`([^`]+\.h)`", match.group(2))
    table = {}
    for number in range(start + 2, len(lines)):
        if not lines[number].startswith("|"):
            break
        cells = [cell.strip() for cell in lines[number].strip()[1:-1].split("|")]
        if len(cells) != len(heads) + 2:
            raise TableError(f"{TABLE_FILE}:{number + 1}: {len(cells)} cells, "
                             f"expected {len(heads) + 2}")
        table[cells[0].strip("`")] = _read_row(number + 1, heads, cells[1:], footnotes)
    return table


def _read_row(line, heads, cells, footnotes):
    row = Row(line, set(), {name.strip() for name in cells[-1].split(",") if name.strip()})
    for head, cell in zip(heads, cells):
        if not cell:
            continue
        if not re.fullmatch("x[¹²³⁴⁵⁶⁷⁸⁹]?", cell):
            raise TableError(f"{TABLE_FILE}:{line}: `{cell}` is not x with an optional footnote")
        row.modules.add(head)
        if footnotes.get(cell[1:]):
            row.only[head] = footnotes[cell[1:]]
    return row


def module_of(path):
    """`server/policy/x.cc` is of `policy`, `client/x.cc` of `client`, the rest of no module."""
    match = re.match(r"server/([^/]+)/.", path)
    return match.group(1) if match else ("client" if path.startswith("client/") else None)


def includes_of(tree, path):
    """Yields (line number, "quoted" or "angled", included name)."""
    for number, line in enumerate(tree.code(path).split("\n"), 1):
        if re.match(r"\s*#\s*include\b", line):
            original = tree.text(path).split("\n")[number - 1]
            match = re.search(r'#\s*include\s*(?:"([^"]*)"|<([^>]*)>)', original)
            if match:
                yield (number, "quoted", match.group(1)) if match.group(1) else (
                    number, "angled", match.group(2))


def check_includes(tree):
    table = read_table(tree)
    for path in tree.cpp_files():
        module = module_of(path)
        for number, form, name in includes_of(tree, path):
            if module in table:
                problem = _judge_include(module, table[module], form, name)
                if problem:
                    yield Finding("include", path, number, problem)
            if path.startswith("tests/oracle/") and not path.endswith("_main.cc") \
                    and name.startswith(("server/", "client/")):
                yield Finding("include", path, number,
                              f"the oracle may not use `{name}`: a shared mistake would go unseen")


def _judge_include(module, row, form, name):
    """Says what is wrong with `module` including `name`, or None."""
    if module == "policy" and _IMPURE.match(name):
        return f"`{name}`: the policy core is pure, no clock, lock or I/O"
    library = next((library for pattern, library in THIRD_PARTY if re.match(pattern, name)), None)
    if library:
        return None if library in row.third_party else (
            f"`{module}` may not use `{library}` (`{name}`), says {TABLE_FILE}:{row.line}")
    if form == "angled":
        if _STANDARD.match(name) or _POSIX.match(name):
            return None
        return f"`{name}` is of no library known here: add it to the table and to THIRD_PARTY"
    target = "proto" if name.startswith(("portcullis/", "envoy/")) else module_of(name)
    if target is None:
        return f"`{name}`: write includes from the root of the repository"
    if target == module:
        return None
    if target not in row.modules:
        return f"`{module}` may not include `{target}` (`{name}`), says {TABLE_FILE}:{row.line}"
    if name.endswith("_internal.h"):
        return None  # Reported by check_internal_headers, for tests and tools as well.
    if target in row.only and name not in row.only[target]:
        return (f"of `{target}`, `{module}` may include {', '.join(row.only[target])} only, "
                f"not `{name}`, says the footnote in {TABLE_FILE}")
    return None


def check_internal_headers(tree):
    for path in tree.cpp_files():
        for number, _, name in includes_of(tree, path):
            if not name.endswith("_internal.h"):
                continue
            home = name.rsplit("/", 1)[0]
            unit_tests = "tests/unit/" + home.removeprefix("server/")
            if path.rsplit("/", 1)[0] not in (home, unit_tests):
                yield Finding("internal-header", path, number, f"`{name}` is private to {home}/")


def read_build_lists(tree):
    """Returns {module: (line, DEPS, THIRD_PARTY)} from the portcullis_module() calls."""
    text = tree.text(BUILD_FILE)
    lists = {}
    for match in re.finditer(r"^portcullis_module\(\s*([^)]*)\)", text, re.MULTILINE):
        words = match.group(1).split()
        current, found = None, {"DEPS": set(), "THIRD_PARTY": set(), "DIR": set()}
        for word in words[1:]:
            if word in found:
                current = word
            else:
                found[current].add(word)
        lists[words[0]] = (text.count("\n", 0, match.start()) + 1, found["DEPS"],
                           found["THIRD_PARTY"])
    return lists


def check_build_lists(tree):
    table = read_table(tree)
    lists = read_build_lists(tree)
    for module in sorted(table.keys() | lists.keys()):
        if module not in lists:
            yield Finding("build-list", TABLE_FILE, table[module].line,
                          f"`{module}` is in the table, but {BUILD_FILE} declares no such module")
            continue
        line, modules, third_party = lists[module]
        if module not in table:
            yield Finding("build-list", BUILD_FILE, line,
                          f"`{module}` is declared, but has no row in {TABLE_FILE}")
            continue
        for kind, built, allowed in (("DEPS", modules, table[module].modules),
                                     ("THIRD_PARTY", third_party, table[module].third_party)):
            if built != allowed:
                yield Finding("build-list", BUILD_FILE, line,
                              f"{kind} of `{module}`: {_difference(built, allowed)}")


def _difference(built, allowed):
    parts = [f"`{name}` is not in the table" for name in sorted(built - allowed)]
    parts += [f"`{name}` of the table is missing" for name in sorted(allowed - built)]
    return ", ".join(parts)


RULES = [check_includes, check_internal_headers, check_build_lists]
