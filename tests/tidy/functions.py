"""Finds the function bodies of a C++ file, well enough to measure them. Not a parser."""

import dataclasses
import re

_CONTAINER = re.compile(r"^(?:inline\s+|export\s+)?(?:namespace|class|struct|union|enum)\b")
_TEMPLATE = re.compile(r"^template\s*<")
_ACCESS = re.compile(r"^(?:public|protected|private)\s*:\s*")
_TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST|BENCHMARK_F)\s*\([^)]*\)")
_INITIALIZERS = re.compile(r"\)[^:]*:[^:]")
_NAME = re.compile(r"([A-Za-z_~][\w:~]*|operator\s*[^\s\w(]+|operator\s*\(\s*\))\s*\($")


@dataclasses.dataclass(frozen=True)
class Function:
    name: str
    line: int        # Of the opening brace.
    line_count: int  # Both braces included.


def find_functions(code):
    """Returns the outermost function bodies of `code`, whose literals must have been blanked.

    A brace opens a function if it stands at namespace or class level after a closed parameter list.
    Lambdas and local classes belong to the function around them.
    """
    code = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$",
                  lambda match: re.sub(r"[^\n]", " ", match.group(0)), code, flags=re.MULTILINE)
    functions = []
    stack = []  # For each open brace: the function's name or None, the line, what stood before.
    line = 1
    header = ""
    depth_in_function = 0
    for position, character in enumerate(code):
        if character == "\n":
            line += 1
        if character == "{":
            name = None if depth_in_function else _function_name(header)
            stack.append((name, line, header))
            depth_in_function += 1 if (depth_in_function or name) else 0
            header = ""
        elif character == "}":
            name, first_line, before = stack.pop() if stack else (None, line, "")
            depth_in_function -= 1 if depth_in_function else 0
            header = ""
            if name and _is_member_initializer(before, code, position):
                header = before
            elif name:
                functions.append(Function(name, first_line, line - first_line + 1))
        elif character == ";":
            header = header + ";" if header.count("(") > header.count(")") else ""
        else:
            header += character
    return functions


def _is_member_initializer(before, code, closing):
    """Whether the brace at `closing` ends a `member_{x}` in front of a constructor's body."""
    follows = re.compile(r"\s*[,{]").match(code, closing + 1)
    return bool(follows and _INITIALIZERS.search(before))


def _function_name(header):
    """The name of the function that `header` declares, or None if it is no function's header."""
    header = _ACCESS.sub("", header.strip())
    if _TEMPLATE.match(header):
        header = _skip_template(header)
    if _CONTAINER.match(header) or ")" not in header:
        return None
    if header.count("(") != header.count(")") or header.endswith(("=", ",", "return")):
        return None
    test = _TEST.match(header)
    if test:
        return re.sub(r"\s+", " ", test.group(0))
    name = _NAME.search(header[:header.index("(") + 1])
    return name.group(1) if name else "lambda"


def _skip_template(header):
    angles = parentheses = 0
    for position, character in enumerate(header):
        parentheses += (character == "(") - (character == ")")
        if parentheses:
            continue  # A comparison, not a bracket.
        if character == "<":
            angles += 1
        elif character == ">" and header[position - 1] != "-":
            angles -= 1
            if angles == 0:
                return header[position + 1:].strip()
    return header
