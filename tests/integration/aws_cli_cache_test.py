#!/usr/bin/env python3
"""The sessions that the AWS command line keeps: when it uses them again, and what then.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for the command line.
"""

import datetime
import json
import shutil
import subprocess
import unittest

from aws_clients import AWS_FAILED, AwsTest
from aws_world import ADMIN, MARKETING, USER1
from portcullis_process import SECONDS_MAX
from python_tools import require

COMMAND = "aws sts get-caller-identity --profile marketingadmin"
PROFILE = f"""
[profile marketingadmin]
role_arn = {MARKETING}
source_profile = user1
"""


def setUpModule():
    require("aws")


class CacheTest(AwsTest):
    def setUp(self):
        super().setUp()
        self.configure(PROFILE, user1=USER1)

    def cached(self):
        [path] = self.cached_sessions()
        return path, json.loads(path.read_text(encoding="utf-8"))

    def lifetime(self, credentials):
        end = datetime.datetime.fromisoformat(credentials["Expiration"].replace("Z", "+00:00"))
        return (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()

    def test_sessions_are_kept_and_used_again(self):
        first = self.aws(COMMAND)
        path, kept = self.cached()
        self.assertEqual(path.name, "8e3e980585dddb1d2841b4fab7107e2a3ec02cb0.json")
        self.assertAlmostEqual(self.lifetime(kept["Credentials"]), 3600, delta=120)
        self.assertEqual(self.aws(COMMAND), first)  # The session's name is made up: it is the same.
        self.assertEqual(self.cached()[1], kept)

    def test_sessions_are_renewed_before_they_end(self):
        first = self.aws(COMMAND)
        path, kept = self.cached()
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=14)
        kept["Credentials"]["Expiration"] = soon.strftime("%Y-%m-%dT%H:%M:%SZ")
        path.write_text(json.dumps(kept), encoding="utf-8")
        second = self.aws(COMMAND)
        self.assertNotEqual(self.cached()[1]["Credentials"], kept["Credentials"])
        self.assertEqual(second["Arn"].rsplit("/", 1)[0], first["Arn"].rsplit("/", 1)[0])

    def test_duration(self):
        self.configure(PROFILE + "duration_seconds = 43200\n", user1=USER1)
        self.aws(COMMAND)
        self.assertAlmostEqual(self.lifetime(self.cached()[1]["Credentials"]), 43200, delta=120)
        self.configure(PROFILE + "duration_seconds = 43201\n", user1=USER1)
        self.assertIn("An error occurred (ValidationError) when calling the AssumeRole operation: "
                      "1 validation error detected: Value '43201' at 'durationSeconds' failed to "
                      "satisfy constraint: Member must have value less than or equal to 43200",
                      self.aws(COMMAND, expect=AWS_FAILED))

    def test_revoked_sessions_are_refused_until_the_cache_is_removed(self):
        self.aws(COMMAND)
        revoked = self.server.run("revoke", "--role", MARKETING, "--reason", "lost laptop",
                                  "--principal", ADMIN.arn)
        self.assertEqual(revoked.returncode, 0, revoked.stderr)
        for _ in range(2):
            message = self.aws("aws iam list-roles --profile marketingadmin", expect=AWS_FAILED)
            self.assertRegex(message, r"\((AccessDenied|ExpiredToken|InvalidClientTokenId)\) "
                                      "when calling the ListRoles operation")
        # As the guide has it: rm -r ~/.aws/cli/cache. What is issued within the second of a
        # revocation is revoked, too.
        shutil.rmtree(self.home / ".aws/cli/cache")
        subprocess.run(["sleep", "1.1"], check=True, timeout=SECONDS_MAX)
        self.aws("aws iam list-roles --profile marketingadmin")

    def test_one_cache_serves_several_commands(self):
        self.aws(COMMAND)
        kept = self.cached()[1]
        self.aws("aws iam list-roles --profile marketingadmin")
        self.assertEqual(self.cached()[1], kept)


if __name__ == "__main__":
    unittest.main(verbosity=2)
