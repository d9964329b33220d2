"""Programs that the tests of deploy/ need and nobody should have to install: helm and kustomize,
built from their Go modules, and Prometheus, nginx and Caddy, unpacked from their Debian packages
and not installed, which would start them.

They are kept beside the environments of `python_tools.py`, with the same rule: without a registry
tests skip and say so; under CI that is a failure.
"""

import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile

from python_tools import SECONDS_MAX, install, require

GO_PROGRAMS = {"helm": "helm.sh/helm/v3/cmd/helm@v3.19.0",
               "kustomize": "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1"}
GO_VERSION_MIN = (1, 24)
GO_TOOLCHAIN = "golang.org/toolchain@v0.0.1-go1.24.9.linux-{architecture}"
DEBIAN_PROGRAMS = {"prometheus": "prometheus", "nginx": "nginx", "caddy": "caddy"}

# Lists of its own if the system's are missing or old: so nobody needs to be root.
_DOWNLOAD = """
set -e
mkdir -p lists/partial cache/archives/partial
apt-get download "$1" 2>/dev/null || {
  own="-o Dir::State::lists=$PWD/lists -o Dir::Cache=$PWD/cache"
  apt-get -qq $own update
  apt-get -qq $own download "$1"
}
dpkg-deb --extract "$1"_*.deb root
rm -rf lists cache "$1"_*.deb
"""


def helm():
    return _go_program("helm")


def kustomize():
    return _go_program("kustomize")


def prometheus(program="prometheus"):
    """`prometheus`, or `promtool` of the same package."""
    return debian_program("prometheus", f"usr/bin/{program}")


def debian_program(name, path):
    """The program at `path` of the package of DEBIAN_PROGRAMS."""
    return require(name, _debian_directory) / "root" / path


def _debian_directory(name):
    package = DEBIAN_PROGRAMS[name]
    return install(name, package, lambda directory: [
        ["mkdir", "-p", directory],
        ["env", "-C", directory, "bash", "-c", _DOWNLOAD, "download", package]])


def _go_program(name):
    return require(name, _go_directory) / "bin" / name


def _go_directory(name):
    module = GO_PROGRAMS[name]
    return install(name, module, lambda directory: [
        ["env", f"GOBIN={directory}/bin", "GOFLAGS=", "GOTOOLCHAIN=local",
         "nice", _go(), "install", module]])


def _go():
    """A Go that is new enough: the system's, or one that the system's fetches as a module."""
    go = shutil.which("go") or shutil.which("go", path="/usr/lib/go/bin")
    if go is None:
        raise OSError("there is no Go")
    version = re.search(r"go(\d+)\.(\d+)", _output(go, "version"))
    if version and tuple(map(int, version.groups())) >= GO_VERSION_MIN:
        return go
    module = GO_TOOLCHAIN.format(architecture=_output(go, "env", "GOARCH").strip())
    with tempfile.TemporaryDirectory() as elsewhere:
        where = json.loads(_output(go, "mod", "download", "-json", module, cwd=elsewhere))["Dir"]
    root = pathlib.Path(where)
    # Modules carry no permissions, and their directories may not be written to.
    for path in [*root.glob("bin/*"), *root.glob("pkg/tool/*/*")]:
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return str(root / "bin/go")


def _output(*command, cwd=None):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd,
                          timeout=SECONDS_MAX, env=os.environ | {"GOFLAGS": ""}).stdout
