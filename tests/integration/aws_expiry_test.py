#!/usr/bin/env python3
"""Sessions that have ended, seen by clients: server and clients are moved ahead in time.

Runs the programs of $PORTCULLIS_BIN_DIR with shifted_clock.c in them; see python_tools.py for the
command line.
"""

import json
import signal
import unittest

from aws_clients import AWS_FAILED, AwsTest
from aws_world import MARKETING, USER1
from python_tools import require
from shifted_clock import ShiftedClock

LATER = 2 * 3600
PROFILE = f"""
[profile marketingadmin]
role_arn = {MARKETING}
source_profile = user1
"""


def setUpModule():
    require("aws")


class ExpiryTest(AwsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = ShiftedClock(cls.server.path)

    def move_on(self):
        self.server.stop()
        self.server.environment = self.clock.ahead(LATER)
        self.server.start()
        # Waits with a deadline are the kernel's, which has another time: it would end slowly.
        self.addCleanup(self.server.stop, signal.SIGKILL)
        type(self).url = self.server.query_urls[0]

    def test_sessions_end(self):
        self.configure(PROFILE, user1=USER1)
        profile = "aws sts get-caller-identity --profile marketingadmin"
        self.aws(profile)
        [path] = self.cached_sessions()
        kept = json.loads(path.read_text(encoding="utf-8"))["Credentials"]
        by_hand = {"AWS_ACCESS_KEY_ID": kept["AccessKeyId"],
                   "AWS_SECRET_ACCESS_KEY": kept["SecretAccessKey"],
                   "AWS_SESSION_TOKEN": kept["SessionToken"]}
        self.aws("aws sts get-caller-identity", **by_hand)
        self.move_on()
        now = self.clock.ahead(LATER)
        for command, operation in (("aws sts get-caller-identity", "GetCallerIdentity"),
                                   ("aws iam list-roles", "ListRoles")):
            self.assertIn(f"An error occurred (ExpiredToken) when calling the {operation} "
                          "operation: The security token included in the request is expired",
                          self.aws(command, expect=AWS_FAILED, **by_hand, **now))
        # A stranger who has the id and no secret does not learn that it was a session's.
        self.assertIn("(SignatureDoesNotMatch)", self.aws(
            "aws sts get-caller-identity", expect=AWS_FAILED, **now,
            **by_hand | {"AWS_SECRET_ACCESS_KEY": "wrong"}))
        self.aws(profile, **now)  # Who has a profile notices nothing.
        [path] = self.cached_sessions()
        self.assertNotEqual(json.loads(path.read_text(encoding="utf-8"))["Credentials"], kept)
        # A clock that is behind is refused, and the message tells the server's time.
        self.assertIn("(SignatureDoesNotMatch) when calling the AssumeRole operation: Signature "
                      "expired: ", self.aws("aws sts assume-role --profile user1 "
                                            f"--role-arn {MARKETING} --role-session-name late",
                                            expect=AWS_FAILED))


if __name__ == "__main__":
    unittest.main(verbosity=2)
