"""A server on the accounts of aws_world.py, and the AWS command line pointed at it.

A test derives from AwsTest: it gets `server`, `url` where that answers the AWS Query protocol,
identity providers that the accounts trust, and a home directory of its own for AWS's clients.
"""

import errno
import fcntl
import json
import os
import pathlib
import pty
import select
import subprocess
import tempfile
import termios
import time
import unittest

import aws_world
from identity_provider import AssertionIssuer, TokenIssuer
from portcullis_process import SECONDS_MAX, Server, clean_environment, code_of_device
from python_tools import environment

REGION = "us-west-2"
ENTITY_ID = "https://idp.example.com/saml"
AWS_FAILED = 255  # What version 1 of the command line exits with, whatever failed.


class AwsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.make_server()
        cls.addClassCleanup(cls.server.close)
        cls.tokens = TokenIssuer(cls.server.path, aws_world.ISSUER)
        cls.saml = AssertionIssuer(cls.server.path, ENTITY_ID)
        cls.server.write({"identity/keys.json": cls.tokens.key_set(),
                          "identity/company.xml": cls.saml.metadata()})
        cls.server.start()
        cls.url = cls.server.query_urls[0]
        cls.last_steps = {}

    @classmethod
    def make_server(cls):
        return Server(aws_world.world(),
                      options=("--query-listen", "tcp://127.0.0.1:0", "--region", REGION))

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)

    def token_file(self, **claims):
        """A file with a token of the cluster that the accounts trust; ends in a line end."""
        path = self.home / "token"
        path.write_text(self.tokens.token(**{"sub": aws_world.SUBJECT} | claims) + "\n",
                        encoding="ascii")
        return path

    def configure(self, config="", **keys):
        """Writes ~/.aws as people do; `keys` are users, or pairs and triples of session
        credentials, by the profile that has their key."""
        (self.home / ".aws").mkdir(exist_ok=True)
        (self.home / ".aws/config").write_text(config, encoding="utf-8")
        lines = []
        for profile, user in keys.items():
            lines += [f"[{profile.replace('_', '-')}]", f"aws_access_key_id = {user.key}",
                      f"aws_secret_access_key = {user.secret}"]
        (self.home / ".aws/credentials").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def environment(self, **more):
        return clean_environment(**{
            "HOME": str(self.home), "AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": ""} | more)

    def aws(self, command, expect=0, stdin=None, **more):
        """Runs a line as the guide prints it; returns its output read as JSON, or, if it is to
        fail, what it says about that."""
        name, *arguments = command.split() if isinstance(command, str) else command
        assert name == "aws"
        run = subprocess.run(
            [environment("aws") / "bin/aws", *arguments], capture_output=True, text=True,
            input=stdin or "", timeout=SECONDS_MAX, check=False, env=self.environment(**more),
            start_new_session=True)  # Without this it would ask whoever runs the tests for codes.
        self.assertEqual(run.returncode, expect, f"{command}: {run.stdout}{run.stderr}")
        if expect:
            return run.stderr
        return json.loads(run.stdout) if run.stdout.strip() else None

    def aws_with_codes(self, command, *codes, expect=0, **more):
        """Runs a line at a terminal, where each of `codes` is typed at a prompt. Returns the
        prompts, and what aws() returns."""
        screen = Terminal([environment("aws") / "bin/aws", *command.split()[1:]],
                          self.environment(**more))
        try:
            prompts = []
            for code in codes:
                prompts.append(screen.read_until("Enter MFA code for"))
                screen.type(code + "\n")
            status, output, errors = screen.finish()
        finally:
            screen.close()
        self.assertEqual(status, expect, f"{command}: {output}{errors}")
        if expect:
            return prompts, errors
        return prompts, json.loads(output)

    def fresh_code(self, user):
        """A code of the user's device that no test used yet: each counts once (R-5.59)."""
        # The last step's is good still, unless this step is about to end, too.
        oldest = int(time.time() - 15) // 30
        step = max(oldest, self.last_steps.get(user.seed, 0) + 1)
        while step > int(time.time()) // 30 + 1:
            time.sleep(1)
        self.last_steps[user.seed] = step
        return code_of_device(user.seed, step * 30)

    def wrong_code(self, user):
        good = {code_of_device(user.seed, time.time() + 30 * step) for step in range(-2, 4)}
        return next(code for code in ("000000", "111111", "222222") if code not in good)

    def cached_sessions(self):
        return sorted((self.home / ".aws/cli/cache").glob("*.json"))


class Terminal:
    """A program at a terminal of its own, its output and error stream apart from it."""

    def __init__(self, command, env):
        self.master, slave = pty.openpty()

        def take_terminal():
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.deadline = time.monotonic() + SECONDS_MAX
        self.seen = ""
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=slave, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=env, start_new_session=True,
            preexec_fn=take_terminal)
        os.close(slave)

    def read_until(self, text):
        """What the screen shows from the last place up to the end of the line with `text`."""
        while text not in self.seen or not self.seen.endswith(": "):
            ready, _, _ = select.select([self.master], [], [], max(
                0, self.deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"no `{text}` on the terminal, only: {self.seen}")
            try:
                self.seen += os.read(self.master, 4096).decode()
            except OSError as problem:
                if problem.errno != errno.EIO:  # The other side was closed.
                    raise
                raise AssertionError(f"ended without `{text}`: {self.seen} "
                                     f"{self.process.communicate()}") from problem
        shown, self.seen = self.seen, ""
        return shown

    def type(self, text):
        os.write(self.master, text.encode())

    def finish(self):
        output, errors = self.process.communicate(
            timeout=max(1, self.deadline - time.monotonic()))
        return self.process.returncode, output, errors

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
