"""Manifests as the tests of deploy/ need them: rendered, and what is true of every one of them."""

import os
import re
import subprocess

import yaml

import deploy_tools
from portcullis_process import ROOT

CHART = ROOT / "deploy/helm/portcullis"
KUBERNETES = ROOT / "deploy/kubernetes"
VERSIONS = ("1.29", "1.31", "1.33", "1.36")
# The volumes and capabilities that the restricted Pod Security Standard knows.
RESTRICTED_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral",
                      "persistentVolumeClaim", "projected", "secret"}


class Refused(AssertionError):
    """A tool would not render."""


def _documents(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise Refused(done.stderr)
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def rendered_chart(values, *options, version="1.31"):
    """What `helm template` makes of a file of values (None: of no file)."""
    return _documents(deploy_tools.helm(), "template", "rel", CHART, "--namespace", "authz",
                      "--kube-version", f"v{version}.0",
                      *(("--values", values) if values else ()), *options)


def built(directory):
    """What `kustomize build` makes of a directory of deploy/kubernetes."""
    return _documents(deploy_tools.kustomize(), "build", KUBERNETES / directory)


def everything():
    """(name, documents) of all that deploy/ can make for Kubernetes."""
    for values in sorted((CHART / "ci").glob("*-values.yaml")):
        yield f"helm {values.name}", rendered_chart(values)
    for directory in ("base", "overlays/ext-authz", "overlays/native-sidecar"):
        yield f"kustomize {directory}", built(directory)
    path = KUBERNETES / "projected-token.yaml"
    yield path.name, list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def of_kind(documents, kind):
    return [document for document in documents if document["kind"] == kind]


def pods(documents):
    """(name, metadata, spec) of every pod that would run."""
    for document in documents:
        if document["kind"] == "Pod":
            yield document["metadata"]["name"], document["metadata"], document["spec"]
        elif "template" in document.get("spec", {}):
            template = document["spec"]["template"]
            yield document["metadata"]["name"], template["metadata"], template["spec"]


def containers(spec):
    return [*spec.get("initContainers", []), *spec["containers"]]


def restricted_violations(spec):
    """What the restricted Pod Security Standard has against a pod (form of Kubernetes 1.33)."""
    of_pod = spec.get("securityContext", {})
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(name):
            yield name
    for volume in spec.get("volumes", []):
        if kinds := set(volume) - {"name"} - RESTRICTED_VOLUMES:
            yield f"volume {volume['name']}: {kinds}"
    for container in containers(spec):
        own = container.get("securityContext", {})
        both = of_pod | own
        name = container["name"]
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"{name}: allowPrivilegeEscalation"
        if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
            yield f"{name}: may be root"
        if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{name}: seccompProfile"
        capabilities = own.get("capabilities", {})
        if "ALL" not in capabilities.get("drop", []):
            yield f"{name}: capabilities"
        if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"} or own.get("privileged"):
            yield f"{name}: added capabilities"
        if any("hostPort" in port for port in container.get("ports", [])):
            yield f"{name}: hostPort"


def write_volume(directory, files):
    """Writes files as a kubelet does: links to links to a directory that is swapped at once."""
    version = directory / "..2026_11_22_00_00_00.1"
    version.mkdir(parents=True)
    for name, text in files.items():
        path = version / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o440)
        os.symlink(f"..data/{name}", directory / name)
    os.symlink(version.name, directory / "..data")


def local_arguments(container, mounts, scratch):
    """A container's arguments for this host: its mounts are at `mounts`, its ports the system's."""
    for argument in container["args"]:
        for path in sorted(mounts, key=len, reverse=True):
            argument = argument.replace(path, str(mounts[path]))
        argument = argument.replace("/run/portcullis", str(scratch))
        yield re.sub(r"(0\.0\.0\.0|127\.0\.0\.1):[0-9]+", "127.0.0.1:0", argument)
