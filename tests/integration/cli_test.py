#!/usr/bin/env python3
"""The real server and the real command line: the worked decisions, exit codes, JSON, run-local.

Runs the programs of $PORTCULLIS_BIN_DIR. Vectors come from $PORTCULLIS_VECTORS, else from
../shared/vectors if that is there, else from the sample in the tree.
"""

import gzip
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from cli_world import (ADMIN, BOUNDARY_ARN, DEVELOPER, MFA_SEED, MFA_SERIAL, PARTNER, ROLE, TESTER,
                       PARTNER_ROLE, world)
from portcullis_process import (ALLOWED, BIN, DENIED, ERROR, ROOT, SECONDS_MAX, Server,
                                clean_environment, code_of_device)


class CliTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(world())
        self.addCleanup(self.server.close)
        self.server.start()

    def run_cli(self, *arguments, token=None, expect=ALLOWED, address=None):
        """Runs the command line; returns its output, or its errors if it prints nothing else."""
        environment = clean_environment(PORTCULLIS_ADDRESS=address or self.server.address)
        if token:
            environment["PORTCULLIS_SESSION_TOKEN"] = token
        run = subprocess.run([BIN / "portcullis", *arguments], capture_output=True, text=True,
                             env=environment, timeout=SECONDS_MAX, check=False)
        self.assertEqual(run.returncode, expect, f"{arguments}: {run.stdout}{run.stderr}")
        return run.stdout or run.stderr

    def assume(self, principal, *options, role=ROLE):
        """Assumes a role and returns the session token."""
        answer = json.loads(self.run_cli(
            "assume-role", "--output", "json", "--principal", principal, "--role-arn", role,
            "--session-name", "test", *options))
        return answer["credentials"]["sessionToken"]

    def refuse(self, principal, *options, role=ROLE):
        return self.run_cli("assume-role", "--principal", principal, "--role-arn", role,
                            "--session-name", "test", *options, expect=DENIED)

    def decide(self, token, action, resource):
        """Asks for a decision and returns it as JSON; the exit code must say the same."""
        environment = clean_environment(PORTCULLIS_ADDRESS=self.server.address,
                                        PORTCULLIS_SESSION_TOKEN=token)
        run = subprocess.run(
            [BIN / "portcullis", "--output", "json", "authorize", action, resource],
            capture_output=True, text=True, env=environment, timeout=SECONDS_MAX, check=False)
        answer = json.loads(run.stdout)
        allowed = answer["decision"] == "DECISION_ALLOW"
        self.assertEqual(run.returncode, ALLOWED if allowed else DENIED)
        return answer

    def publish(self, policies):
        self.server.write(policies)
        return self.run_cli("reload", "--principal", ADMIN, "--timeout", "30s")

    # ---- The worked decisions (R-4.88 to) ------------------------------------------------

    def test_developer_assumes_the_role_and_writes(self):
        token = self.assume(DEVELOPER)
        answer = self.decide(token, "s3:PutObject", "arn:aws:s3:::productionapp/x")
        self.assertEqual(answer["decision"], "DECISION_ALLOW")
        self.assertEqual(answer["principalArn"],
                         "arn:aws:sts::123456789012:assumed-role/UpdateApp/test")
        statement = answer["determiningStatements"][0]
        self.assertEqual(statement["sourceFile"], "production.yaml")
        self.assertGreater(statement["sourceLine"], 1)

    def test_tester_may_not_assume_the_role(self):
        self.assertIn("because no identity-based policy allows the sts:AssumeRole action",
                      self.refuse(TESTER))

    def test_trust_names_only_the_other_account(self):
        self.assertIn("AccessDenied", self.refuse(ADMIN))

    def test_session_may_do_nothing_else(self):
        token = self.assume(DEVELOPER)
        for action, resource in (
                ("s3:PutObject", "arn:aws:s3:::otherbucket/x"),
                ("s3:GetObject", "arn:aws:s3:::devbucket/x"),
                ("s3:GetObject", "arn:aws:s3:::openbucket/x")):
            with self.subTest(resource=resource):
                answer = self.decide(token, action, resource)
                self.assertEqual(answer["decision"], "DECISION_IMPLICIT_DENY")

    def test_session_outlives_the_membership(self):
        token = self.assume(DEVELOPER)
        self.publish(world(developer_groups=[]))
        answer = self.decide(token, "s3:PutObject", "arn:aws:s3:::productionapp/x")
        self.assertEqual(answer["decision"], "DECISION_ALLOW")
        self.refuse(DEVELOPER)

    def test_mfa(self):
        self.publish(world(trust_condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
        self.refuse(DEVELOPER)
        self.assume(DEVELOPER, "--serial-number", MFA_SERIAL, "--token-code",
                    code_of_device(MFA_SEED))
        self.refuse(DEVELOPER, "--serial-number", MFA_SERIAL, "--token-code",
                    code_of_device(MFA_SEED, at=1_000_000_000))

    def test_boundary_narrows_the_role(self):
        token = self.assume(DEVELOPER)
        self.publish(world(boundary=BOUNDARY_ARN))
        answer = self.decide(token, "s3:PutObject", "arn:aws:s3:::productionapp/x")
        self.assertEqual(answer["decision"], "DECISION_IMPLICIT_DENY")
        answer = self.decide(token, "s3:GetObject", "arn:aws:s3:::productionapp/x")
        self.assertEqual(answer["decision"], "DECISION_ALLOW")

    def test_session_policy_narrows_the_session(self):
        policy = self.server.path / "session-policy.json"
        policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}}), encoding="utf-8")
        token = self.assume(DEVELOPER, "--policy-file", policy)
        answer = self.decide(token, "s3:GetObject", "arn:aws:s3:::productionapp/x")
        self.assertEqual(answer["decision"], "DECISION_IMPLICIT_DENY")
        answer = self.decide(token, "s3:ListBucket", "arn:aws:s3:::productionapp")
        self.assertEqual(answer["decision"], "DECISION_ALLOW")

    def test_service_control_policy_denies(self):
        token = self.assume(DEVELOPER)
        self.publish(world(organization_denies_writing=True))
        answer = self.decide(token, "s3:PutObject", "arn:aws:s3:::productionapp/x")
        self.assertEqual(answer["decision"], "DECISION_EXPLICIT_DENY")
        self.assertEqual(answer["determiningStatements"][0]["policyKind"],
                         "POLICY_KIND_SERVICE_CONTROL")

    def test_external_id(self):
        self.refuse(PARTNER, role=PARTNER_ROLE)
        self.refuse(PARTNER, "--external-id", "another-customer", role=PARTNER_ROLE)
        self.assume(PARTNER, "--external-id", "customer-42", role=PARTNER_ROLE)

    def test_every_answer_is_recorded(self):
        token = self.assume(DEVELOPER)
        answer = self.decide(token, "s3:PutObject", "arn:aws:s3:::productionapp/x")
        self.run_cli("status", "--principal", ADMIN)
        self.server.stop()
        log = (self.server.path / "audit.jsonl").read_text(encoding="utf-8")
        records = [json.loads(line) for line in log.splitlines()]
        decisions = [record["additionalEventData"].get("decisionId") for record in records]
        self.assertEqual(decisions.count(answer["decisionId"]), 1)
        self.assertNotIn(token, log)
        self.assertIn("portcullis:GetStatus", log)

    # ---- Everything else that the command line does ---------------------------------------------

    def test_exports_are_what_the_shell_needs(self):
        exports = self.run_cli("assume-role", "--principal", DEVELOPER, "--role-arn", ROLE,
                               "--session-name", "test", "--export")
        run = subprocess.run(
            ["bash", "-c", exports + "exec \"$0\" whoami", BIN / "portcullis"], text=True,
            capture_output=True, check=True, timeout=SECONDS_MAX,
            env=clean_environment(PORTCULLIS_ADDRESS=self.server.address))
        self.assertTrue(run.stdout.startswith(
            "arn:aws:sts::123456789012:assumed-role/UpdateApp/test\n"), run.stdout)

    def test_validate_session(self):
        token = self.assume(DEVELOPER, "--tag", "project=x", "--transitive-tag", "project")
        answer = json.loads(self.run_cli("validate-session", "--output", "json", token=token))
        self.assertEqual(answer["status"], "SESSION_STATUS_VALID")
        self.assertEqual(answer["principalTags"], [{"key": "project", "value": "x"}])
        self.assertEqual(answer["transitiveTagKeys"], ["project"])
        self.assertTrue(self.run_cli("validate-session", token=token[:-4] + "AAAA",
                                     expect=DENIED).startswith("UNKNOWN"))

    def test_forged_token_gets_no_decision(self):
        token = self.assume(DEVELOPER)
        self.assertIn("TOKEN_", self.run_cli("authorize", "s3:GetObject", token=token[:-4] + "AAAA",
                                             expect=ERROR))

    def test_assertion_needs_a_trusted_listener(self):
        self.assertIn("ASSERTION_NOT_ALLOWED", self.run_cli(
            "authorize", "s3:GetObject", "--principal", DEVELOPER, expect=ERROR,
            address=self.server.untrusted_address))

    def test_status_and_bad_policies(self):
        status = json.loads(self.run_cli("status", "--output", "json", "--principal", ADMIN))
        self.assertTrue(status["status"]["latestOk"])
        self.assertTrue(self.run_cli("status", "--principal", TESTER, expect=DENIED))

        bad = world()
        bad["development.yaml"]["Users"][0]["Grups"] = []
        self.server.write(bad)
        text = self.run_cli("reload", "--principal", ADMIN, "--timeout", "30s", expect=ERROR)
        self.assertTrue(text.startswith("STALE"), text)
        self.assertRegex(text, r"(?m)^development\.yaml:\d+:\d+: error: .*`Grups`.*`Groups`")
        self.assume(DEVELOPER)  # What was served before is served on.

    def test_health(self):
        self.assertEqual(self.run_cli("healthcheck"), "SERVING\n")
        self.assertEqual(self.run_cli("healthcheck", "--service", "liveness"), "SERVING\n")
        self.run_cli("healthcheck", "--service", "nonsense", expect=ERROR)
        self.run_cli("healthcheck", expect=ERROR, address="127.0.0.1:1")

    def test_policy_check(self):
        text = self.run_cli("policy", "check", self.server.path / "policies")
        self.assertIn("0 errors", text)
        bad = world()
        bad["development.yaml"]["Users"][0]["Grups"] = []
        self.server.write(bad)
        text = self.run_cli("policy", "check", self.server.path / "policies", expect=ERROR)
        self.assertRegex(text, r"(?m)/development\.yaml:\d+:\d+: error: .*`Grups`.*`Groups`")
        self.assertIn("1 error", text)


class SimulateTest(unittest.TestCase):
    def vectors(self):
        beside = ROOT.parent / "shared/vectors/simulate-dev.jsonl.gz"
        sample = ROOT / "tests/conformance/vectors/sample.jsonl"
        path = pathlib.Path(os.environ.get("PORTCULLIS_VECTORS",
                                           beside if beside.exists() else sample))
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.strip()]

    def simulate(self, questions):
        started = time.monotonic()
        run = subprocess.run([BIN / "portcullis", "simulate-custom-policy"], input=questions,
                             capture_output=True, check=True, timeout=300)
        return run.stdout, time.monotonic() - started

    def test_vectors_line_by_line(self):
        vectors = self.vectors()
        questions = "".join(json.dumps(vector["request"]) + "\n" for vector in vectors).encode()
        answers, _ = self.simulate(questions)
        lines = answers.decode().splitlines()
        self.assertEqual(len(lines), len(vectors))
        for vector, line in zip(vectors, lines):
            answer = json.loads(line)
            self.assertEqual(answer["Id"], vector["request"]["Id"])
            self.assertEqual([result["EvalDecision"] for result in answer["EvaluationResults"]],
                             [vector["expect"]], answer["Id"])

        repeated = questions * max(1, 20_000 // len(vectors))
        repeated_answers, seconds = self.simulate(repeated)
        self.assertEqual(repeated_answers, answers * max(1, 20_000 // len(vectors)))
        print(f"simulate-custom-policy: {repeated.count(10) / seconds:,.0f} lines/s")

    def test_answers_each_line_at_once(self):
        process = subprocess.Popen([BIN / "portcullis", "simulate-custom-policy"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for vector in self.vectors()[:20]:
            process.stdin.write(json.dumps(vector["request"]).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            self.assertEqual(answer["Id"], vector["request"]["Id"])
        process.stdin.close()
        self.assertEqual(process.wait(SECONDS_MAX), 0)


class RunLocalTest(unittest.TestCase):
    def test_demonstration(self):
        with tempfile.TemporaryDirectory() as state:
            run = subprocess.run(
                [ROOT / "deploy/run-local", "--once", "--port", "0"],
                capture_output=True, text=True, timeout=120, check=False,
                env=clean_environment(PORTCULLIS_BIN_DIR=str(BIN), PORTCULLIS_STATE_DIR=state))
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("ALLOW  s3:PutObject on arn:aws:s3:::productionapp/", run.stdout)
        self.assertIn("DENY (implicit)  s3:PutObject on ", run.stdout)
        self.assertIn("because no identity-based policy allows the sts:AssumeRole action",
                      run.stdout)


if __name__ == "__main__":
    unittest.main()
