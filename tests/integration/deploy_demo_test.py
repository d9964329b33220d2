#!/usr/bin/env python3
"""deploy/demo: the script runs from nothing, its page shows what it runs, everything is answered as
the page says, and nothing is left behind.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for Envoy and the AWS command line.
"""

import json
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from portcullis_process import BIN, ROOT, clean_environment
from proxy_processes import envoy_program
from python_tools import require

DEMO = ROOT / "deploy/demo"
SECONDS_MAX = 120
ROLE = "arn:aws:iam::123456789012:role/UpdateApp"
SESSION = "arn:aws:sts::123456789012:assumed-role/UpdateApp/ana"


def transcript(text):
    """(command, status or None) of each command in a page or an output."""
    commands = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("$ "):
            commands.append([line.removeprefix("$ "), None])
        elif match := re.match(r"HTTP/1\.1 (\d{3})", line):
            commands[-1][1] = match.group(1)
    return [tuple(command) for command in commands]


class DemoTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)
        (self.home / "tmp").mkdir()
        self.environment = clean_environment(
            HOME=str(self.home), TMPDIR=str(self.home / "tmp"), PORTCULLIS_BIN_DIR=str(BIN),
            PORTCULLIS_ENVOY=str(envoy_program()),
            # What the caller has of their own is not for the people of the demonstration.
            AWS_ACCESS_KEY_ID="AKIAOFSOMEBODYELSE", PORTCULLIS_SESSION_TOKEN="x")

    def run_once(self, *arguments):
        run = subprocess.run([DEMO / "run", "--once", *arguments], capture_output=True, text=True,
                             env=self.environment, timeout=SECONDS_MAX, check=False,
                             stdin=subprocess.DEVNULL, cwd=self.home)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(run.stderr, "")
        return run.stdout

    def assert_nothing_is_left(self):
        self.assertEqual(list((self.home / "tmp").iterdir()), [])
        left = subprocess.run(["pgrep", "--full", f"{self.home}/tmp/portcullis-demo"],
                              capture_output=True, text=True, check=False).stdout
        self.assertEqual(left, "")

    def test_as_its_page_says(self):
        output = self.run_once()
        page = transcript((DEMO / "README.md").read_text(encoding="utf-8"))
        self.assertEqual(transcript(output), page)
        self.assertEqual([status for _, status in page if status],
                         "401 403 200 200 200 200 200 403 400 401 403".split())
        self.assertIn("release 7", output)
        self.assertIn("<Key>release.txt</Key>", output)
        self.assertIn(f"x-portcullis-principal: {SESSION}", output)
        self.assertNotIn("user/paula\n", output.replace('user/paula" "$DOOR', ""))
        self.assertIn("is not authorized to perform: sts:AssumeRole", output)
        self.assertIn("GET /productionapp/release.txt 403 decision=", output)
        self.assert_no_secret(output)
        self.assert_nothing_is_left()

    def assert_no_secret(self, output):
        for path in (ROOT / "config/secrets").iterdir():
            self.assertNotIn(path.read_text(encoding="utf-8").strip(), output)
        self.assertNotRegex(output, r"[A-Za-z0-9+/_=-]{80,}")  # No session token.

    def test_on_a_port_that_is_named_and_one_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            taken.listen()
            run = subprocess.run([DEMO / "run", "--once", "--port", str(port)], text=True,
                                 capture_output=True, env=self.environment, timeout=SECONDS_MAX,
                                 check=False, stdin=subprocess.DEVNULL)
            self.assertEqual(run.returncode, 1)
            self.assertRegex(run.stderr, "(?i)envoy")
            self.assert_nothing_is_left()
        self.assertIn(f"The door is at http://localhost:{port}", self.run_once("--port", str(port)))

    def test_wrong_words(self):
        for arguments in (["--port"], ["--port", "x"], ["--twice"]):
            run = subprocess.run([DEMO / "run", *arguments], capture_output=True, text=True,
                                 env=self.environment, timeout=SECONDS_MAX, check=False)
            self.assertEqual(run.returncode, 2, run.stderr)

    def test_going_on_by_hand(self):
        """Without --once it waits; the lines that it prints then lead a second terminal to it."""
        aws = require("aws") / "bin/aws"
        with open(self.home / "output", "w", encoding="utf-8") as output:
            demo = subprocess.Popen([DEMO / "run"], stdout=output, stderr=subprocess.STDOUT,
                                    env=self.environment, stdin=subprocess.DEVNULL,
                                    start_new_session=True)
        try:
            deadline = time.monotonic() + SECONDS_MAX
            text = ""
            while "Ctrl-C" not in text and time.monotonic() < deadline and demo.poll() is None:
                time.sleep(0.1)
                text = (self.home / "output").read_text(encoding="utf-8")
            self.assertIn("Ctrl-C", text)
            lines = [line.strip() for line in text.splitlines()
                     if line.startswith(("  cd ", "  export "))]
            credentials = self.shell(
                lines, 'AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE '
                'AWS_SECRET_ACCESS_KEY=$(cat "$SECRETS/example-ana-secret-access-key") '
                f'{aws} --endpoint-url "$QUERY" sts assume-role --role-arn {ROLE} '
                '--role-session-name ana --output json')
            self.use_aws(lines, aws, json.loads(credentials)["Credentials"])
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            try:
                demo.wait(30)
            finally:
                if demo.poll() is None:
                    os.killpg(demo.pid, signal.SIGKILL)
        self.assert_nothing_is_left()

    def use_aws(self, lines, aws, credentials):
        """The AWS command line at the door, as it works with S3."""
        variables = " ".join(f"{name}={shlex.quote(credentials[key])}" for name, key in (
            ("AWS_ACCESS_KEY_ID", "AccessKeyId"), ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken")))
        s3 = f'{variables} {aws} --endpoint-url "$DOOR" s3api'
        bucket = "--bucket productionapp"
        body = self.home / "body"
        body.write_text("by the AWS command line\n", encoding="utf-8")
        self.shell(lines, f"{s3} put-object {bucket} --key notes/1.txt --body {body}")
        self.shell(lines, f"{s3} get-object {bucket} --key notes/1.txt {self.home}/copy")
        self.assertEqual((self.home / "copy").read_text(encoding="utf-8"), body.read_text())
        listing = self.shell(lines, f"{s3} list-objects-v2 {bucket} --output json")
        self.assertEqual([entry["Key"] for entry in json.loads(listing)["Contents"]],
                         ["notes/1.txt", "release.txt"])
        for refused in (f"delete-object {bucket} --key notes/1.txt",
                        "head-object --bucket developmentapp --key x"):
            self.assertIn("403", self.shell(lines, f"{s3} {refused}", expect=255))

    def shell(self, lines, command, expect=0):
        """Runs a command in a shell that has seen `lines`."""
        run = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join([*lines, command])], text=True,
            capture_output=True, timeout=SECONDS_MAX, check=False, stdin=subprocess.DEVNULL,
            env=clean_environment(HOME=str(self.home), AWS_DEFAULT_REGION="us-east-1",
                                  AWS_EC2_METADATA_DISABLED="true", AWS_PAGER=""))
        self.assertEqual(run.returncode, expect, f"{command}: {run.stdout}{run.stderr}")
        return run.stdout if expect == 0 else run.stderr


if __name__ == "__main__":
    unittest.main()
