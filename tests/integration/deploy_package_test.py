"""The Debian package: built, looked at by lintian, installed into a directory of its own, started
from there with the configuration that it brings, removed and purged. Nothing of the machine is
touched.

The service runs as its unit would start it, as far as that can be had without systemd: in name
spaces of its own, with the system and the package laid over each other read-only, as the package's
user, without capabilities. So the configuration is used as it is, with its own paths and ports.
"""

import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from portcullis_process import BIN, ROOT, SANITIZER_IN_ROOT, SECONDS_MAX, clean_environment

# What systemd makes of the unit: the directories that it may write, nothing else.
_START = r"""
set -e
root=$1 user=$2 ready=$3
shift 3
mount -t tmpfs tmpfs "$root"
cd "$root"
mkdir usr etc proc sys run tmp dev var
ln -s usr/bin usr/lib usr/lib64 usr/sbin .
mount -t overlay overlay -o "lowerdir=$INSTALLED/usr:/usr" usr
mount -t overlay overlay -o "lowerdir=$INSTALLED/etc:/etc" etc
mount -t proc -o subset=pid,hidepid=invisible proc proc
mount --bind /dev dev
mount --bind -o ro /sys sys
for writable in run tmp var; do mount -t tmpfs tmpfs $writable; done
mkdir -p run/portcullis var/lib/portcullis/session-keys var/log/portcullis
chown -R "$user:$user" run/portcullis var/lib/portcullis var/log/portcullis
chmod 755 run/portcullis
chmod 700 var/lib/portcullis var/lib/portcullis/session-keys
mount -o remount,bind,ro "$root"
ip link set lo up
echo $$ >"$ready"
umask 077
exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all "$@"
"""


def run(*command, expect=0, **options):
    options.setdefault("env", clean_environment())
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=180, check=False, **options)
    if done.returncode != expect:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def needs_root():
    if os.geteuid() != 0:
        print("SKIPPED: installing a package needs root", file=sys.stderr)
        if os.environ.get("CI"):
            raise SystemExit("the package was not installed")
        raise unittest.SkipTest("not root")


class InstalledService:
    """The service of a package that was installed below `root`, in name spaces of its own."""

    def __init__(self, installed, directory):
        user = re.search(r"(?m)^portcullis:[^:]*:(\d+):",
                         (installed / "etc/passwd").read_text(encoding="utf-8")).group(1)
        self.ready, self.log = directory / "ready", directory / "log"
        self.root = directory / "merged"
        self.root.mkdir()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--net", "--ipc", "bash", "-c", _START, "start", self.root,
                 user, self.ready, "/usr/bin/portcullisd", "--config",
                 "/etc/portcullis/portcullisd.yaml"], stdout=log, stderr=log,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                     "INSTALLED": str(installed)} | SANITIZER_IN_ROOT)

    def run(self, *command, expect=0):
        """Runs a command beside the service, as root."""
        return run("nsenter", f"--target={self.process.pid}", "--mount", "--net", "chroot",
                   self.root, *command, expect=expect,
                   env=clean_environment(**SANITIZER_IN_ROOT))

    def wait_until_ready(self):
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            if "serving metrics and health" in self.log.read_text(encoding="utf-8"):
                return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                return self.process.wait(SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.path = pathlib.Path(cls.scratch.name)
        cls.path.chmod(0o755)
        cls.package = cls.packed(cls.path)
        cls.files = cls.path / "files"
        run("dpkg-deb", "--extract", cls.package, cls.files)

    @staticmethod
    def packed(directory):
        # The date is that of the commit, unless somebody says another.
        environment = clean_environment(PORTCULLIS_BIN_DIR=str(BIN), SOURCE_DATE_EPOCH="1790000000")
        return pathlib.Path(run(ROOT / "deploy/package", directory, env=environment).strip())

    def dpkg(self, root, *arguments):
        # Its scripts run outside of the directory, and are told of it.
        return run("dpkg", f"--root={root}", "--force-script-chrootless", "--force-depends",
                   "--force-confold", *arguments)

    def installed(self):
        root = pathlib.Path(tempfile.mkdtemp(dir=self.path))
        root.chmod(0o755)
        for name in ("etc", "var/lib/dpkg/info", "var/lib/dpkg/updates"):
            (root / name).mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()
        self.dpkg(root, "--install", self.package)
        return root

    # ---- What is in it --------------------------------------------------------------------------

    def test_lintian_is_content(self):
        # As nobody: it does not like to be root.
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        found = run(*(user if os.geteuid() == 0 else []), "lintian", "--fail-on=error,warning",
                    self.package, env=clean_environment(HOME="/nonexistent"))
        self.assertNotRegex(found, r"(?m)^[EW]:")

    # Either a library is shared, and its package is asked for, or its sources are named.
    def test_tells_what_the_programs_bring_along(self):
        if "libtsan" in run("objdump", "-p", self.files / "usr/bin/portcullisd"):
            self.skipTest("the thread sanitizer needs shared libraries")
        asked_for = run("dpkg-deb", "--field", self.package, "Depends")
        built_in = run("dpkg-deb", "--field", self.package, "Built-Using")
        for library, source in (("libgrpc", "grpc"), ("libprotobuf", "protobuf"),
                                ("libabsl", "abseil")):
            self.assertNotIn(library, asked_for)
            self.assertRegex(built_in, rf"\b{source} \(= [0-9][^ ]*\)")
            for program in ("portcullisd", "portcullis"):
                needed = run("objdump", "-p", self.files / "usr/bin" / program)
                self.assertNotIn(library, needed)

    def test_every_command_has_a_page(self):
        pages = {page.name for page in (self.files / "usr/share/man").glob("man?/*")}
        self.assertIn("portcullisd.8.gz", pages)
        listed = run(BIN / "portcullis", "--help").partition("Subcommands:")[2]
        commands = re.findall(r"(?m)^  ([a-z][a-z-]*)", listed)
        self.assertIn("healthcheck", commands)
        for command in commands:
            self.assertIn(f"portcullis-{command}.1.gz", pages)
        self.assertIn("portcullis-policy-check.1.gz", pages)

    def test_pages_tell_every_option(self):
        page = gzip.open(self.files / "usr/share/man/man8/portcullisd.8.gz", "rt").read()
        page = page.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
        for option in re.findall(r"(?m)^  (--[a-z-]+)", run(BIN / "portcullisd", "--help")):
            self.assertIn(option, page)

    def test_same_sources_make_the_same_package(self):
        self.assertEqual(self.packed(self.path / "again").read_bytes(), self.package.read_bytes())

    def complete(self, *words):
        script = self.files / "usr/share/bash-completion/completions/portcullis"
        return run("bash", "-c", 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                   '_portcullis; printf "%s\\n" "${COMPREPLY[@]}"', script, BIN / "portcullis",
                   *words).split()

    def test_completion(self):
        self.assertEqual(self.complete("health"), ["healthcheck"])
        self.assertIn("whoami", self.complete(""))
        self.assertEqual(self.complete("policy", ""), ["check"])
        self.assertEqual(self.complete("policy", "check", "--sec"), ["--secrets"])
        self.assertEqual(self.complete("authorize", "--he"), ["--help"])
        self.assertIn("--address", self.complete("--"))

    # ---- The unit -------------------------------------------------------------------------------

    def test_unit_is_well_formed(self):
        root = self.path / "unit-root"
        shutil.copytree(self.files, root, symlinks=True)
        for path in ("bin/kill", "usr/lib/systemd/system/multi-user.target"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/kill", root / "bin/kill")
        found = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}",
             "portcullisd.service"], capture_output=True, text=True, timeout=SECONDS_MAX,
            check=False)
        self.assertEqual((found.returncode, found.stderr), (0, ""))

    def test_unit_exposes_little(self):
        # In tenths; 2 of 10 is what systemd calls OK.
        run("systemd-analyze", "security", "--offline=true", "--threshold=15",
            self.files / "lib/systemd/system/portcullisd.service")

    def test_unit_leaves_time_to_drain(self):
        unit = (self.files / "lib/systemd/system/portcullisd.service").read_text(encoding="utf-8")
        stop = int(re.search(r"TimeoutStopSec=(\d+)s", unit).group(1))
        defaults = re.findall(r"--(?:drain-delay|shutdown-timeout) DURATION.*?default (\d+)s",
                              run(BIN / "portcullisd", "--help"))
        self.assertEqual(len(defaults), 2)
        audit_flush_and_slack = 15
        self.assertGreater(stop, sum(map(int, defaults)) + audit_flush_and_slack)

    # ---- Installed ------------------------------------------------------------------------------

    def test_installing_starts_nothing(self):
        needs_root()
        root = self.installed()
        user = re.search(r"(?m)^portcullis:[^:]*:(\d+):(\d+):",
                         (root / "etc/passwd").read_text(encoding="utf-8"))
        self.assertNotEqual(int(user.group(1)), 0)
        secrets = (root / "etc/portcullis/secrets").stat()
        self.assertEqual((secrets.st_mode & 0o777, secrets.st_uid, secrets.st_gid),
                         (0o750, 0, int(user.group(2))))
        self.assertEqual(list((root / "etc").rglob("*.wants")), [], "the service is not enabled")
        self.assertEqual(list(root.rglob("*.key")), [], "no two installations share a key")

    def test_removing_keeps_what_was_configured(self):
        needs_root()
        root = self.installed()
        policies = root / "etc/portcullis/policies/accounts.yaml"
        policies.write_text('Accounts:\n  - AccountId: "123456789012"\n', encoding="utf-8")
        state = root / "var/lib/portcullis"
        state.mkdir()
        self.dpkg(root, "--install", self.package)
        self.assertIn("123456789012", policies.read_text(encoding="utf-8"))
        self.dpkg(root, "--remove", "portcullis")
        self.assertTrue(policies.exists())
        self.assertTrue(state.exists())
        self.assertFalse((root / "usr/bin/portcullisd").exists())
        self.dpkg(root, "--purge", "portcullis")
        self.assertFalse((root / "etc/portcullis").exists())
        self.assertFalse(state.exists())

    def test_serves_with_its_configuration_and_allows_nothing(self):
        needs_root()
        service = InstalledService(self.installed(), pathlib.Path(tempfile.mkdtemp(dir=self.path)))
        self.addCleanup(service.stop)
        service.wait_until_ready()
        self.assertEqual(service.run("portcullis", "healthcheck"), "SERVING\n")
        socket = "unix:/run/portcullis/portcullisd.sock"
        service.run("portcullis", "--address", socket, "healthcheck")
        self.assertEqual(service.run("curl", "-s", "http://127.0.0.1:9092/readyz").strip(), "ready")
        metrics = service.run("curl", "-s", "http://127.0.0.1:9092/metrics")
        self.assertIn('portcullis_policy_objects{kind="users"} 0', metrics)
        # Nobody may claim to be anybody, not even who reaches the socket.
        for address in ("127.0.0.1:7443", socket):
            refused = service.run("sh", "-c", f"portcullis --address {address} authorize "
                                  "s3:GetObject arn:aws:s3:::bucket/x --principal "
                                  "arn:aws:iam::111122223333:root 2>&1; test $? = 2")
            self.assertIn("ASSERTION_NOT_ALLOWED", refused)
        modes = service.run("stat", "--format=%a %U %n", "/run/portcullis/portcullisd.sock",
                            "/var/lib/portcullis/state.db", "/var/log/portcullis/audit.jsonl")
        self.assertIn("660 portcullis /run/portcullis/portcullisd.sock", modes)
        for line in modes.splitlines()[1:]:
            self.assertRegex(line, "^6[04]0 portcullis ")
        key = service.run("sh", "-c", "stat --format='%a %U' "
                          "/var/lib/portcullis/session-keys/*.key")
        self.assertEqual(key, "600 portcullis\n")

        service.process.send_signal(signal.SIGHUP)
        self.assertEqual(service.run("portcullis", "healthcheck"), "SERVING\n")
        audit = service.run("head", "-n", "1", "/var/log/portcullis/audit.jsonl")
        self.assertTrue(json.loads(audit))
        self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    unittest.main()
