"""Python programs that tests try Portcullis with, from PyPI, in an environment of their own.

The environment is made once and kept in $PORTCULLIS_TOOLS_DIR, by default below the user's cache.
Without a registry tests skip and say so; under CI that is a failure.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

PACKAGES = {"aws": ["awscli==1.46.3", "botocore==1.44.5"]}
SECONDS_MAX = 600


def home():
    default = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    return pathlib.Path(os.environ.get("PORTCULLIS_TOOLS_DIR", default / "portcullis-tests"))


def environment(name):
    """The environment's directory, made if it is not there; None if that cannot be done."""
    directory = home() / name
    wanted = " ".join(PACKAGES[name])
    stamp = directory / "installed"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return directory
    shutil.rmtree(directory, ignore_errors=True)
    try:
        for command in ([sys.executable, "-m", "venv", directory],
                        [directory / "bin/pip", "install", "--quiet", *PACKAGES[name]]):
            subprocess.run([str(part) for part in command], check=True, timeout=SECONDS_MAX)
    except (OSError, subprocess.SubprocessError) as problem:
        print(f"SKIPPED: {wanted} could not be installed: {problem}", file=sys.stderr)
        return None
    stamp.write_text(wanted, encoding="utf-8")
    return directory


def run_in(name):
    """Runs the calling program again with the environment's Python, unless that is what runs."""
    directory = environment(name)
    if directory is None:
        if os.environ.get("CI"):
            raise SystemExit("tests that need " + " ".join(PACKAGES[name]) + " did not run")
        raise unittest.SkipTest("no registry")
    if pathlib.Path(sys.prefix) != directory:
        python = directory / "bin/python"
        os.execv(python, [str(python), *sys.argv])
