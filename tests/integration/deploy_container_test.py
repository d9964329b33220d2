"""The image, without a container runtime: its Containerfile is read as one would, and what it
copies into the image is collected and run as a runtime would run it, from a read-only root with
nothing else in it, as the image's user.
"""

import fnmatch
import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

from portcullis_process import BIN, ROOT, SANITIZER_IN_ROOT, SECONDS_MAX, clean_environment

DIRECTORY = ROOT / "deploy/container"
# What a runtime does: a read-only root, memory where the volumes are, a network, no capabilities.
_START = r"""
set -e
image=$1
shift
mount --bind -o ro "$image" "$image"
mount -o remount,bind,ro "$image"
mount -t proc proc "$image/proc"
mount --bind /dev "$image/dev"
for volume in run/portcullis var/lib/portcullis; do
  mount -t tmpfs -o uid=65532,gid=65532,mode=700 tmpfs "$image/$volume"
done
mkdir --mode=700 "$image/var/lib/portcullis/session-keys"
chown 65532:65532 "$image/var/lib/portcullis/session-keys"
ip link set lo up
# What chroot needs is gone with the change of user.
exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid --inh-caps=-all \
  chroot --userspec=65532:65532 "$image" "$@"
"""


def instructions():
    """(stage, word, rest) of every instruction; continued lines are one."""
    text = (DIRECTORY / "Containerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    stage = -1
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        stage += word == "FROM"
        yield stage, word, rest.strip()


def last(word):
    return [rest for stage, name, rest in instructions() if (stage, name) == (1, word)][-1]


class ContainerfileTest(unittest.TestCase):
    def test_starts_from_debian_and_ends_empty(self):
        stages = [rest.split()[0] for _, word, rest in instructions() if word == "FROM"]
        self.assertEqual(stages, ["docker.io/library/debian:12", "scratch"])

    def test_what_is_copied_exists_and_gets_into_the_context(self):
        ignored = (DIRECTORY / "Containerfile.dockerignore").read_text(encoding="utf-8").split("\n")
        kept = [line[1:] for line in ignored if line.startswith("!")]
        copied = [rest.split() for stage, word, rest in instructions()
                  if (stage, word) == (0, "COPY")]
        self.assertTrue(copied)
        for source, target in copied:
            self.assertTrue((ROOT / source).exists(), source)
            self.assertIn(source.split("/")[0], kept)
            self.assertIn(target, (source, "./"), "the tree keeps its shape")
        for name in kept:
            self.assertTrue((ROOT / name).exists(), name)

    def test_what_is_run_is_there_by_then(self):
        there = []
        for stage, word, rest in instructions():
            if (stage, word) == (0, "COPY"):
                there.append(rest.split()[0])
            if word != "RUN":
                continue
            self.assertEqual(stage, 0, "the image has no shell")
            for program in (part for part in rest.split() if part.startswith("deploy/")):
                self.assertTrue(os.access(ROOT / program, os.X_OK), program)
                self.assertTrue(any(fnmatch.fnmatch(program, path + "*") for path in there), rest)

    def test_is_nobody_and_needs_no_shell(self):
        user, _, group = last("USER").partition(":")
        self.assertGreater(int(user), 0)
        self.assertGreater(int(group), 0)
        for word in ("ENTRYPOINT", "CMD"):
            self.assertTrue(json.loads(last(word)))
        check = last("HEALTHCHECK").partition("CMD ")[2]
        self.assertIn("healthcheck", json.loads(check))


class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            print("SKIPPED: running in a root of its own needs root", file=sys.stderr)
            if os.environ.get("CI"):
                raise SystemExit("the image was not run")
            raise unittest.SkipTest("not root")
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.path = pathlib.Path(cls.scratch.name)
        cls.path.chmod(0o755)
        cls.image = cls.path / "image"
        subprocess.run([DIRECTORY / "root-file-system", BIN, cls.image], check=True,
                       timeout=SECONDS_MAX)

    def test_holds_two_programs_and_no_shell(self):
        self.assertEqual(sorted(os.listdir(self.image / "usr/bin")), ["portcullis", "portcullisd"])
        for path in self.image.rglob("*"):
            status = path.lstat()
            self.assertFalse(status.st_mode & (stat.S_ISUID | stat.S_ISGID), path)
            own = path.is_relative_to(self.image / "run/portcullis") or path.is_relative_to(
                self.image / "var/lib/portcullis")
            self.assertEqual((status.st_uid, status.st_gid), (65532, 65532) if own else (0, 0),
                             path)
            if path.is_file() and os.access(path, os.X_OK) and ".so" not in path.name:
                self.assertEqual(path.parent.name, "bin", path)

    def test_brings_no_key(self):
        self.assertEqual(list(self.image.rglob("*.key")), [])

    def inside(self, *command):
        return subprocess.run(
            ["nsenter", f"--target={self.process.pid}", "--mount", "--net", "chroot",
             "--userspec=65532:65532", self.image, *command], capture_output=True, text=True,
            timeout=SECONDS_MAX, check=False, env={"PATH": os.environ["PATH"]} | SANITIZER_IN_ROOT)

    def test_serves_and_allows_nothing(self):
        log = self.path / "log"
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--net", "--ipc", "bash", "-c", _START, "start", self.image,
                 *json.loads(last("ENTRYPOINT")), *json.loads(last("CMD")), "--drain-delay", "0s"],
                stdout=output, stderr=output,
                env={"PATH": os.environ["PATH"]} | SANITIZER_IN_ROOT)
        self.addCleanup(self.stop)
        check = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
        deadline = time.monotonic() + SECONDS_MAX
        while (checked := self.inside(*check)).returncode != 0:
            seen = f"{checked.stderr}{log.read_text(encoding='utf-8')}"
            self.assertIsNone(self.process.poll(), seen)
            self.assertLess(time.monotonic(), deadline, seen)
            time.sleep(0.1)
        self.assertEqual(self.inside("/usr/bin/portcullis", "healthcheck").stdout, "SERVING\n")
        ready = subprocess.run(
            ["nsenter", f"--target={self.process.pid}", "--net", "curl", "-s",
             "http://127.0.0.1:9092/readyz"], capture_output=True, text=True, timeout=SECONDS_MAX,
            check=True, env=clean_environment())
        self.assertEqual(ready.stdout.strip(), "ready")
        asked = self.inside("/usr/bin/portcullis", "authorize", "s3:GetObject",
                            "arn:aws:s3:::bucket/x", "--principal",
                            "arn:aws:iam::111122223333:root")
        self.assertEqual(asked.returncode, 2)
        self.assertIn("ASSERTION_NOT_ALLOWED", asked.stderr)

        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(SECONDS_MAX), 0, log.read_text(encoding="utf-8"))

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


if __name__ == "__main__":
    unittest.main()
