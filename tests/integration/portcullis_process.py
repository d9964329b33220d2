"""portcullisd and portcullis as they are: a server on its own policies, on ports the system picks.

Runs the programs of $PORTCULLIS_BIN_DIR. Everything is bounded in time.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import signal
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("PORTCULLIS_BIN_DIR", ROOT / "build/bin"))
SECONDS_MAX = 60
ALLOWED, DENIED, ERROR = 0, 1, 2
# For programs in a root of their own, where the suppressions of the thread sanitizer are no file.
SANITIZER_IN_ROOT = {"TSAN_OPTIONS": "ignore_noninstrumented_modules=1 report_thread_leaks=0"}


def clean_environment(**more):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("PORTCULLIS_", "AWS_"))}
    return environment | more


def code_of_device(seed, at=None):
    """The six digits that an MFA device shows (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.new(base64.b32decode(seed), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7fffffff) % 10**6:06}"


TRUSTED_AND_NOT = ("tcp://127.0.0.1:0?trusted=true", "tcp://127.0.0.1:0")


class Server:
    """A server with a state file and, unless `listen` says otherwise, two addresses: `address`
    trusts everyone, `untrusted_address` nobody. `query_urls` has one entry for each
    `--query-listen` among `options`, and `ports` is what the server says of all its addresses."""

    def __init__(self, policies, listen=TRUSTED_AND_NOT, options=()):
        self.listen = listen
        self.options = options
        self.environment = {}  # What the server finds in its environment.
        self.directory = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.directory.name)
        for name in ("policies/identity", "keys"):
            (self.path / name).mkdir(parents=True)
        self.write(policies)
        self.process = None

    def write(self, files):
        """`files` by name below the policies' directory; what is no text becomes JSON."""
        for name, contents in files.items():
            text = contents if isinstance(contents, str) else json.dumps(contents, indent=1)
            # Renamed into place: the server never sees half a file.
            (self.path / "new").write_text(text, encoding="utf-8")
            (self.path / "new").rename(self.path / "policies" / name)

    def start(self):
        (self.path / "ports").unlink(missing_ok=True)
        with open(self.path / "log", "ab") as log:
            self.process = subprocess.Popen(
                [BIN / "portcullisd", "--policies", self.path / "policies", "--session-keys",
                 self.path / "keys", "--create-session-key", "--state", self.path / "state.db",
                 "--port-file", self.path / "ports", "--audit-log", self.path / "audit.jsonl",
                 "--drain-delay", "0s", "--poll-interval", "1h",
                 *(part for address in self.listen for part in ("--listen", address)),
                 *self.options],
                stderr=log, env=clean_environment(**self.environment))
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            if (self.path / "ports").exists():
                self.ports = ports = json.loads((self.path / "ports").read_text(encoding="utf-8"))
                self.address, self.untrusted_address = ports["grpc"][0], ports["grpc"][-1]
                self.query_urls = ports.get("query", [])
                self.container_credentials_url = ports.get("container_credentials")
                self.instance_metadata_url = ports.get("instance_metadata")
                return
            time.sleep(0.05)
        self.stop()
        raise AssertionError("portcullisd did not start: " + self.log_text())

    def log_text(self):
        return (self.path / "log").read_text(encoding="utf-8")

    def audit_records(self):
        """Those of a server that was stopped."""
        lines = (self.path / "audit.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def stop(self, how=signal.SIGTERM):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close(self):
        self.stop()
        self.directory.cleanup()

    def run(self, *arguments, token=None, address=None, stdin=None, **environment):
        """Runs the command line; returns the finished process."""
        environment["PORTCULLIS_ADDRESS"] = address or self.address
        if token:
            environment["PORTCULLIS_SESSION_TOKEN"] = token
        return subprocess.run(
            [BIN / "portcullis", *map(str, arguments)], capture_output=True, text=True, input=stdin,
            env=clean_environment(**environment), timeout=SECONDS_MAX, check=False)
