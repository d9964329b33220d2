#!/usr/bin/env python3
"""Checks the tree against the rules of style and layout; prints every finding, exits 1 if any.

Usage: tests/tidy/tidy.py [root]

Exceptions are in tests/tidy/allowed.txt, each with its reason. An exception that no longer excuses
anything is itself a finding.
"""

import pathlib
import re
import sys

import dependencies
import layout_rules
import text_rules
from tree import Finding, Tree

RULES = text_rules.RULES + dependencies.RULES + layout_rules.RULES
ALLOWED_FILE = "tests/tidy/allowed.txt"


def read_allowed(tree):
    """Returns ({(rule, path, symbol): line}, findings about the list itself)."""
    allowed, findings = {}, []
    for number, line in enumerate(tree.text(ALLOWED_FILE).split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\S+) ([^\s#]+)(?:#(.+?))? -- (\S.*)", line)
        if match:
            allowed[(match.group(1), match.group(2), match.group(3) or "")] = number
        else:
            findings.append(Finding("allowed-list", ALLOWED_FILE, number,
                                    "expected `rule path[#symbol] -- reason`"))
    return allowed, findings


def check(root):
    """Returns every finding of every rule in the tree at `root`, exceptions applied."""
    tree = Tree(root)
    allowed, findings = ({}, []) if ALLOWED_FILE not in tree.files else read_allowed(tree)
    used = set()
    for rule in RULES:
        for finding in rule(tree):
            keys = {(finding.rule, finding.path, finding.symbol), (finding.rule, finding.path, "")}
            if keys & allowed.keys():
                used |= keys & allowed.keys()
            else:
                findings.append(finding)
    for key, line in allowed.items():
        if key not in used:
            findings.append(Finding("allowed-list", ALLOWED_FILE, line,
                                    f"excuses nothing any more: remove `{key[0]} {key[1]}`"))
    return findings


def main(arguments):
    root = arguments[1] if len(arguments) > 1 else pathlib.Path(__file__).resolve().parents[2]
    try:
        findings = check(root)
    except dependencies.TableError as error:
        findings = [error]
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
