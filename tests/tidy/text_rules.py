"""Rules that look at one file at a time."""

import re

from functions import find_functions
from tree import Finding, line_of

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
LINE_LENGTH_MAX = 100

# What is banned, and what to write instead. Patterns meet C++ text without comments and literals.
BANNED = [
    (r"\bstd::w?regex\b|#\s*include\s*<regex>",
     "std::regex takes exponential time and unbounded stack: write a matcher or absl::StrSplit"),
    (r"\bstd::sto(?:i|l|ll|ul|ull|f|d|ld)\b",
     "std::sto* accepts prefixes, blanks and locales: use the parsers of server/base/numbers.h"),
    (r"\b(?:strto(?:l|ul|ll|ull|f|d|ld|imax|umax)|ato(?:i|l|ll|f)|v?sscanf)\s*\(",
     "accepts prefixes and hides overflow: use the parsers of server/base/numbers.h"),
    (r"\busing\s+namespace\b", "name what you use, by a using declaration or its qualified name"),
    (r"\bstd::atomic\s*<\s*std::shared_ptr\b",
     "neither lock-free nor clean under ThreadSanitizer: hold a mutex for one pointer copy"),
    (r"\b(?:v?sprintf|strcpy|strcat)\s*\(",
     "writes past its buffer: use absl::StrCat or absl::StrFormat"),
    (r"\bs?rand\s*\(|\brandom_shuffle\b",
     "unseeded or predictable: use RAND_bytes for secrets, a seeded std::mt19937_64 in tests"),
    (r"\b(?:localtime|gmtime|asctime|ctime)\s*\(", "shares a static buffer: use absl::Time"),
    (r"#\s*pragma\s+once\b", "write an include guard named after the path"),
    (r"(?:\b(?:if|while|for|switch)\s*\((?:[^;{}()]|\([^;{}()]*\))*|(?:&&|\|\||[!?])\s*\(?\s*)"
     r"\bco_await\b",
     "GCC 12 makes wrong code of co_await in conditions: initialize a variable with it"),
]

BANNED_IN_PRODUCT = [
    (r"\bthrow\b", "no exception crosses a directory: return absl::Status or absl::StatusOr"),
]

# Words for unfinished work. Each is spelled as a pattern that does not match itself.
_LOOSE_END = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b(?!\([^)\s][^)]*\): \S)")
_DISABLED = re.compile(r"\bDISABLE[D]_|\bGTEST_SKI[P]\b")
_LINT_OFF = re.compile(r"\bNOLIN[T](?:NEXTLINE|BEGIN)?\b(?!\([a-z*.,\s-]+\): \S)")
_MACHINE_PATH = re.compile(r"(?:^|[\s\"'`=(:,>])(/(?:work|root)/[\w.-]*)")
_HOME_PATH = re.compile(r"(?:^|[\s\"'`=(:,>])(/(?:home|Users)/[\w.-]+)")


def check_function_length(tree):
    for path in tree.cpp_files():
        for function in find_functions(tree.code(path)):
            if function.line_count > FUNCTION_LINES_MAX:
                yield Finding("function-length", path, function.line,
                              f"`{function.name}` has {function.line_count} lines, "
                              f"at most {FUNCTION_LINES_MAX} are allowed: keep the branches, move "
                              "the leaves to functions of their own", function.name)


def check_file_length(tree):
    for path in tree.text_files():
        if path.endswith((".cc", ".h", ".py", ".proto", ".sh")):
            count = tree.text(path).count("\n")
            if count > FILE_LINES_MAX:
                yield Finding("file-length", path, count,
                              f"{count} lines, at most {FILE_LINES_MAX}: divide it by subject")


def check_line_length(tree):
    for path in tree.text_files():
        if not path.endswith((".cc", ".h", ".py", ".proto", ".sh", "CMakeLists.txt")):
            continue
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            if len(line) > LINE_LENGTH_MAX and "://" not in line and "#include" not in line:
                yield Finding("line-length", path, number,
                              f"{len(line)} characters, at most {LINE_LENGTH_MAX}")


def check_banned(tree):
    for path in tree.cpp_files():
        product = path.startswith(("server/", "client/"))
        code = tree.code(path)
        for pattern, instead in BANNED + (BANNED_IN_PRODUCT if product else []):
            for match in re.finditer(pattern, code):
                yield Finding("banned", path, line_of(code, match.start()),
                              f"`{match.group(0).strip()}`: {instead}")


def check_loose_ends(tree):
    for path in tree.text_files():
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            if _LOOSE_END.search(line):
                yield Finding("loose-end", path, number,
                              "unfinished work without a reason: finish it, or write "
                              "`WORD(what it waits for): what is missing`")
            if path.endswith((".cc", ".h")) and _DISABLED.search(line):
                yield Finding("loose-end", path, number,
                              "a test is switched off: mend it or remove it")
            if path.endswith((".cc", ".h")) and _LINT_OFF.search(line):
                yield Finding("loose-end", path, number,
                              "the linter is silenced without check and reason: write "
                              "`NOLINT(check): reason`".replace("NOLINT", "NOLIN" + "T"))


def check_machine_paths(tree):
    for path in tree.text_files():
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            match = _MACHINE_PATH.search(line)
            if not match and not path.startswith("tests/"):  # There it is a resource's name.
                match = _HOME_PATH.search(line)
            if match:
                yield Finding("machine-path", path, number,
                              f"`{match.group(1)}` exists on one machine only: use a relative path")


def check_include_guards(tree):
    for path in tree.cpp_files():
        if not path.endswith(".h"):
            continue
        guard = "PORTCULLIS_" + re.sub(r"[^A-Z0-9]", "_", path.upper()) + "_"
        directives = [line.strip() for line in tree.code(path).split("\n")
                      if line.lstrip().startswith("#")]
        expected = [f"#ifndef {guard}", f"#define {guard}"]
        if directives[:2] != expected or not directives[-1].startswith("#endif"):
            yield Finding("include-guard", path, 1, f"the include guard must be `{guard}`")


RULES = [check_function_length, check_file_length, check_line_length, check_banned,
         check_loose_ends, check_machine_paths, check_include_guards]
