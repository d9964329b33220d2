#!/usr/bin/env python3
"""What clients make of a server that cannot answer for the moment: they try again, and go on when
it can. What users report afterwards is found in its logs by the request's id.

Runs the programs of $PORTCULLIS_BIN_DIR in a Python environment with boto3; see python_tools.py.
"""

import signal
import time
import unittest

from aws_boto3 import WORKER, Boto3Test, client
from aws_clients import REGION
from aws_errors_test import NOBODY, Calls
from aws_world import AUDITOR, TESTER, USER1, world
from portcullis_process import SECONDS_MAX, Server

import botocore.exceptions  # noqa: E402: aws_boto3 has seen to the environment

ATTEMPTS = 3


class Overloaded(Boto3Test):
    def setUp(self):
        super().setUp()
        self.calls = Calls(self)

    def client(self, service, mode="standard", attempts=ATTEMPTS, user=AUDITOR):
        return client(service, url=self.url, user=user,
                      retries={"mode": mode, "total_max_attempts": attempts})

    def status(self):
        """Of one call that there is nothing wrong with."""
        try:
            return self.client("sts", attempts=1).get_caller_identity()[
                "ResponseMetadata"]["HTTPStatusCode"]
        except botocore.exceptions.ClientError as refused:
            return refused.response["ResponseMetadata"]["HTTPStatusCode"]

    def wait_for(self, status):
        deadline = time.monotonic() + SECONDS_MAX
        while self.status() != status:
            self.assertLess(time.monotonic(), deadline, self.server.log_text())
            time.sleep(0.05)

    def assert_answered_after(self, mend):
        """A client that was told 503 has its answer at the next attempt, if the cause is gone."""
        sts = self.client("sts")
        seen = []

        def mend_once(response_dict, **_):
            seen.append(response_dict["status_code"])
            if len(seen) == 1:
                mend()
                self.wait_for(200)

        sts.meta.events.register("before-parse", mend_once)
        answer = sts.get_caller_identity()
        self.assertEqual(seen, [503, 200])
        self.assertEqual(answer["ResponseMetadata"]["RetryAttempts"], 1)
        self.assertEqual(answer["Arn"], AUDITOR.arn)


class NothingLoadedTest(Overloaded):
    BROKEN = {"broken.yaml": "Account: [\n"}

    @classmethod
    def make_server(cls):
        return Server(world() | cls.BROKEN, options=(
            "--query-listen", "tcp://127.0.0.1:0", "--region", REGION, "--start-closed"))

    def test_clients_try_again(self):
        for mode in ("legacy", "standard"):
            for service, operation, parameters in (
                    ("sts", "get_caller_identity", {}), ("iam", "list_users", {}),
                    ("sts", "assume_role", {"RoleArn": WORKER, "RoleSessionName": "x1"})):
                with self.subTest(mode=mode, operation=operation):
                    refused = self.calls.fail(
                        self.client(service, mode), operation, 503, "ServiceUnavailable",
                        attempts=ATTEMPTS, **parameters).response
                    self.assertEqual(refused["Error"]["Type"], "Receiver")
                    self.assertIn(refused["ResponseMetadata"]["RequestId"],
                                  self.server.log_text())
        # Who was refused may not be told so before anybody can know.
        self.calls.fail(self.client("sts", user=NOBODY), "get_caller_identity", 503,
                        "ServiceUnavailable", attempts=ATTEMPTS)

        def mend():
            (self.server.path / "policies/broken.yaml").unlink()
            self.server.process.send_signal(signal.SIGHUP)

        self.assert_answered_after(mend)


class NoRecordTest(Overloaded):
    @classmethod
    def make_server(cls):
        server = Server(world(), options=("--query-listen", "tcp://127.0.0.1:0", "--region",
                                          REGION, "--audit-on-full", "fail_closed"))
        (server.path / "audit.jsonl").symlink_to("/dev/full")
        return server

    def test_no_answer_without_a_record(self):
        self.wait_for(503)  # The log learns of it by the first record, a moment after that.
        for mode in ("legacy", "standard"):
            for operation, parameters in (
                    ("get_caller_identity", {}),
                    ("assume_role", {"RoleArn": WORKER, "RoleSessionName": "x1"})):
                with self.subTest(mode=mode, operation=operation):
                    refused = self.calls.fail(
                        self.client("sts", mode), operation, 503, "ServiceUnavailable",
                        attempts=ATTEMPTS, **parameters).response
                    self.assertNotIn("Credentials", refused)
                    self.assertIn(refused["ResponseMetadata"]["RequestId"],
                                  self.server.log_text())
        # What is refused in any case is refused for good.
        self.calls.fail(self.client("sts", user=NOBODY), "get_caller_identity", 403,
                        "InvalidClientTokenId")

        def mend():
            (self.server.path / "audit.jsonl").unlink()
            self.server.process.send_signal(signal.SIGUSR1)

        self.assert_answered_after(mend)
        self.check_records()

    def check_records(self):
        """The ids that clients show are those of the records."""
        answered = self.client("iam").list_users()["ResponseMetadata"]["RequestId"]
        denied = self.calls.fail(self.client("iam", user=TESTER), "list_users", 403,
                                 "AccessDenied").response["ResponseMetadata"]["RequestId"]
        wrong = type(USER1)(USER1.account, USER1.name)
        wrong.secret = TESTER.secret
        forged = self.calls.fail(self.client("sts", user=wrong), "get_caller_identity", 403,
                                 "SignatureDoesNotMatch").response["ResponseMetadata"]["RequestId"]
        self.server.stop()
        records = self.server.audit_records()

        def told(request_id):
            return {(record["eventName"], record["userIdentity"].get("arn"),
                     record.get("errorCode"))
                    for record in records if record.get("requestID") == request_id}

        self.assertEqual(told(answered), {("Authorize", AUDITOR.arn, None),
                                          ("ListUsers", AUDITOR.arn, None)})
        self.assertEqual(told(denied), {("Authorize", TESTER.arn, "AccessDenied"),
                                        ("ListUsers", TESTER.arn, "AccessDenied")})
        self.assertEqual(told(forged), {("GetCallerIdentity", None, "SignatureDoesNotMatch")})


if __name__ == "__main__":
    unittest.main()
