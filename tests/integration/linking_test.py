#!/usr/bin/env python3
"""portcullisd is linked in the order of server/app/call_path.txt: what a call runs through stands
together."""

import os
import pathlib
import subprocess
import unittest

PROGRAM = pathlib.Path(os.environ["PORTCULLIS_BIN_DIR"]) / "portcullisd"
LIST = pathlib.Path(__file__).resolve().parents[2] / "server" / "app" / "call_path.txt"
BYTES_MAX = 256 << 10  # Of 10 MB.
# From each layer one, by mangled name: what no call of Authorize can do without.
PATH = (
    "_ZN10portcullis6engine10Authorizer9AuthorizeERKNS0_5QueryEPNS0_6AnswerE",
    "_ZN10portcullis6policy8EvaluateERKNS0_17EffectivePoliciesERKNS0_20AuthorizationRequestE",
    "_ZN10portcullis3rpc9PeerFacts4ReadERKN4grpc13ServerContextERKNS0_13ListenerTrustE",
)


def symbols():
    """Names with their addresses; None of what the program does not have itself."""
    listed = subprocess.run(["nm", PROGRAM], check=True, capture_output=True,
                            encoding="utf-8").stdout
    found = {}
    for line in listed.splitlines():
        *address, _, name = line.split()
        found[name] = int(address[0], 16) if address else None
    return found


class LinkingTest(unittest.TestCase):
    def test_what_a_call_runs_through_stands_together(self):
        found = symbols()
        if "__asan_init" in found or "__tsan_init" in found:
            self.skipTest("a build with a sanitizer is linked in no order")
        listed = LIST.read_text(encoding="ascii").split()
        for name in PATH:
            self.assertIn(name, listed)
            self.assertIn(name, found)
        ours = [found[name] for name in listed if "portcullis" in name and name in found]
        self.assertGreater(len(ours), 100)
        self.assertLess(max(ours) - min(ours), BYTES_MAX)


if __name__ == "__main__":
    unittest.main()
