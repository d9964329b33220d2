"""Envoy, nginx and Caddy on the configurations of deploy/proxies, with other ports and, where a
test says so, other settings. They end with close().

Envoy is a package of Python's; nginx and Caddy are Debian's, unpacked and not installed, which
would start them.
"""

import copy
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time

import yaml

import deploy_tools
from portcullis_process import ROOT, clean_environment
from python_tools import environment, require

CONFIGURATIONS = ROOT / "deploy/proxies"
SECONDS_MAX = 60


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class _Process:
    """A program in a directory of its own, with its output in `log`."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.directory.name)
        self.process = None

    def start(self, command):
        with open(self.path / "log", "wb") as log:
            self.process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log,
                                            env=clean_environment(HOME=str(self.path)),
                                            cwd=self.path)

    def log_text(self):
        return (self.path / "log").read_text(encoding="utf-8", errors="replace")

    def await_ready(self, is_ready):
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            if is_ready():
                return
            time.sleep(0.05)
        self.close()
        raise AssertionError(f"{type(self).__name__} did not start: {self.last_words}")

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.last_words = self.log_text()[-3000:] if (self.path / "log").exists() else ""
        self.directory.cleanup()


def _listens(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _replace_all(text, replacements):
    for old, new in replacements.items():
        assert re.search(old, text), f"{old} is not in the configuration"
        text = re.sub(old, new, text)
    return text


# ---- Envoy --------------------------------------------------------------------------------------

BODY_BYTES_MAX = 8192  # with_request_body.max_request_bytes of both files.


def envoy_program():
    return require("envoy", environment) / "bin/envoy"


def envoy_configuration(name, timeout="3s"):
    """A file of deploy/proxies as a tree, with a longer timeout: the machines of tests are busy."""
    text = (CONFIGURATIONS / name).read_text(encoding="utf-8")
    return yaml.safe_load(text.replace("timeout: 0.25s", f"timeout: {timeout}"))


def connection_manager(listener):
    return listener["filter_chains"][0]["filters"][0]["typed_config"]


def ext_authz(listener):
    [found] = [filter["typed_config"] for filter in connection_manager(listener)["http_filters"]
               if filter["name"] == "envoy.filters.http.ext_authz"]
    return found


def listener_like(configuration, name):
    """A copy of the listener of the file, for other settings."""
    listeners = configuration["static_resources"]["listeners"]
    listener = copy.deepcopy(listeners[0])
    listener["name"] = name
    listeners.append(listener)
    return listener


def leave_alone(listener):
    """Envoy changes nothing of requests by itself: as its defaults are."""
    manager = connection_manager(listener)
    for option in ("normalize_path", "merge_slashes", "path_with_escaped_slashes_action",
                   "common_http_protocol_options", "early_header_mutation_extensions"):
        del manager[option]


class Envoy(_Process):
    """`ports` is by the names of the listeners, `admin` that of its administration."""

    def __init__(self, configuration, cluster_ports):
        super().__init__()
        for cluster in configuration["static_resources"]["clusters"]:
            if cluster["name"] in cluster_ports:
                self._address(cluster)["port_value"] = cluster_ports[cluster["name"]]
        for listener in configuration["static_resources"]["listeners"]:
            listener["address"]["socket_address"]["port_value"] = 0
        configuration["admin"]["address"]["socket_address"]["port_value"] = 0
        (self.path / "envoy.json").write_text(json.dumps(configuration), encoding="utf-8")
        self.ports = {}
        self.start([envoy_program(), "--config-path", "envoy.json", "--concurrency", "1",
                    "--disable-hot-restart", "--log-level", "warn",
                    "--file-flush-interval-msec", "100",
                    "--admin-address-path", "admin"])
        self.await_ready(lambda: self._find_ports(
            {listener["name"] for listener in configuration["static_resources"]["listeners"]}))

    @staticmethod
    def _address(cluster):
        [endpoint] = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
        return endpoint["endpoint"]["address"]["socket_address"]

    def _find_ports(self, names):
        path = self.path / "admin"
        if not path.exists() or ":" not in path.read_text(encoding="ascii"):
            return False
        self.admin = path.read_text(encoding="ascii")
        listeners = json.loads(self.ask("/listeners?format=json")).get("listener_statuses", [])
        self.ports = {listener["name"]: listener["local_address"]["socket_address"]["port_value"]
                      for listener in listeners}
        return self.ports.keys() == names and all(map(_listens, self.ports.values()))

    def ask(self, path):
        """What its administration answers."""
        run = subprocess.run(["curl", "-s", "--max-time", "10", f"http://{self.admin}{path}"],
                             capture_output=True, text=True, check=False)
        return run.stdout or "{}"

    def access_log(self):
        """The records so far; Envoy writes them behind the answers, within a moment."""
        lines = [line for line in self.log_text().splitlines() if line.startswith("{")]
        return [json.loads(line) for line in lines]


# ---- nginx and Caddy ----------------------------------------------------------------------------

class Nginx(_Process):
    def __init__(self, gateway_port, application_port):
        super().__init__()
        self.port = free_port()
        places = "".join(f"  {kind}_temp_path {self.path}/{kind};\n" for kind in
                         ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        text = (CONFIGURATIONS / "nginx.conf").read_text(encoding="utf-8")
        (self.path / "nginx.conf").write_text(_replace_all(text, {
            r"127\.0\.0\.1:8181": f"127.0.0.1:{gateway_port}",
            r"127\.0\.0\.1:8080": f"127.0.0.1:{application_port}",
            r"127\.0\.0\.1:8000": f"127.0.0.1:{self.port}",
            r"(?m)^http \{\n": f"http {{\n{places}",
            r"proxy_connect_timeout 250ms": "proxy_connect_timeout 3s",
            r"proxy_read_timeout 1s": "proxy_read_timeout 3s"}), encoding="utf-8")
        self.start([deploy_tools.debian_program("nginx", "usr/sbin/nginx"), "-p", self.path, "-c",
                    self.path / "nginx.conf", "-e", "stderr", "-g",
                    f"daemon off; pid {self.path}/pid;" + (
                        " user root;" if os.geteuid() == 0 else "")])
        self.await_ready(lambda: _listens(self.port))


class Caddy(_Process):
    def __init__(self, gateway_port, application_port):
        super().__init__()
        self.port = free_port()
        text = (CONFIGURATIONS / "Caddyfile").read_text(encoding="utf-8")
        (self.path / "Caddyfile").write_text(_replace_all(text, {
            r"127\.0\.0\.1:8181": f"127.0.0.1:{gateway_port}",
            r"127\.0\.0\.1:8080": f"127.0.0.1:{application_port}",
            r"http://:8000": f"http://:{self.port}",
            r"dial_timeout 250ms": "dial_timeout 3s",
            r"response_header_timeout 1s": "response_header_timeout 3s"}), encoding="utf-8")
        self.start([deploy_tools.debian_program("caddy", "usr/bin/caddy"), "run", "--config",
                    self.path / "Caddyfile", "--adapter", "caddyfile"])
        self.await_ready(lambda: _listens(self.port))
