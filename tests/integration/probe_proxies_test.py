#!/usr/bin/env python3
"""`portcullis probe` at real proxies on the configurations of deploy/proxies: no way around them.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py and deploy_tools.py for the others.
"""

import json
import subprocess
import unittest

from python_tools import run_in

run_in("proxy-clients")

from portcullis_process import BIN, clean_environment  # noqa: E402
from proxy_processes import (Caddy, Envoy, Nginx, connection_manager,  # noqa: E402
                             envoy_configuration, ext_authz, free_port, leave_alone)
from proxy_world import HOST, ProxyTest  # noqa: E402
from raw_http import Application, Received  # noqa: E402

SECONDS_MAX = 300


class Echo(Application):
    """Answers with what it got: the target and every header."""

    def serve_one(self, reader, writer):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline(1 << 20)
            if not line:
                return False
            head += line
        request = Received(head[:-4], b"")
        reader.read(int((request.values("content-length") or ["0"])[0]))
        with self.lock:
            self.received.append(request)
        body = json.dumps({"target": request.target, "headers": request.headers}).encode()
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                     + (b"" if request.method == "HEAD" else body))
        return True


def hand_on_grpc(listener):
    """As everything else: the first route of both files is for gRPC."""
    connection_manager(listener)["route_config"]["virtual_hosts"][0]["routes"].pop(0)


class ProbeProxiesTest(ProxyTest):
    server_options = ("--gateway-listen", "tcp://127.0.0.1:0?proxy=edge")

    @classmethod
    def start_proxy(cls):
        """Each test has one of its own."""
        cls.echo = Echo()  # Closed as one.
        return cls.echo

    def probe(self, port, *arguments):
        """Exit code and report."""
        run = subprocess.run(
            [str(BIN / "portcullis"), "probe", f"http://127.0.0.1:{port}/orders/7", "--host", HOST,
             "--delay", "0ms", "--timeout", "20s", "--output", "json", *arguments],
            capture_output=True, text=True,
            env=clean_environment(PORTCULLIS_SESSION_TOKEN=self.token), stdin=subprocess.DEVNULL,
            timeout=SECONDS_MAX, check=False)
        self.assertNotEqual(run.stdout, "", run.stderr)
        return run.returncode, json.loads(run.stdout)

    def assert_no_way_around(self, port):
        code, report = self.probe(port, "--public", "/healthz", "--echo", "/orders/8", "--also",
                                  "/orders/8", "--also", "/nowhere")
        news = [row for row in report["rows"] if row["outcome"] in ("finding", "unclear")]
        self.assertEqual(news, [])
        # Headers that are not ours come through, to an application that does not believe them.
        self.assertEqual({row["group"] for row in report["rows"] if row["outcome"] == "suspect"},
                         {"identity"})
        self.assertEqual(code, 0)
        self.assertGreater(report["requests"], 150)

    def open_envoy(self, change=None, portcullis_port=None):
        configuration = envoy_configuration("envoy.yaml")
        if change is not None:
            change(configuration["static_resources"]["listeners"][0])
        proxy = Envoy(configuration, {
            "portcullis": portcullis_port or
                          int(self.server.untrusted_address.rpartition(":")[2]),
            "application": self.echo.port})
        self.addCleanup(proxy.close)
        return proxy.ports["ingress"]

    def test_envoy(self):
        self.assert_no_way_around(self.open_envoy())

    def test_envoy_that_changes_nothing(self):
        self.assert_no_way_around(self.open_envoy(leave_alone))

    def test_envoy_without_anybody_to_ask(self):
        code, report = self.probe(self.open_envoy(portcullis_port=free_port()), "--pdp-down")
        self.assertEqual((code, report["findings"]), (0, 0))

    def test_envoy_that_fails_open(self):
        def opens(listener):
            ext_authz(listener)["failure_mode_allow"] = True
            hand_on_grpc(listener)  # There is no other application.
        code, report = self.probe(self.open_envoy(opens, free_port()), "--pdp-down")
        self.assertEqual((code, report["findings"]), (1, len(report["rows"])))

    def open_envoy_over_http(self, port, change=None):
        configuration = envoy_configuration("envoy-http.yaml")
        if change is not None:
            change(configuration["static_resources"]["listeners"][0])
        proxy = Envoy(configuration, {"portcullis": port, "application": self.echo.port})
        self.addCleanup(proxy.close)
        return proxy.ports["ingress"]

    def test_envoy_that_asks_over_http(self):
        self.assert_no_way_around(self.open_envoy_over_http(self.gateway_port()))
        code, report = self.probe(self.open_envoy_over_http(free_port()), "--pdp-down")
        self.assertEqual((code, report["findings"]), (0, 0))

    def test_envoy_that_takes_an_error_for_a_permission(self):
        code, report = self.probe(self.open_envoy_over_http(free_port(), hand_on_grpc),
                                  "--pdp-down")
        self.assertEqual((code, [row["name"] for row in report["rows"]
                                 if row["outcome"] == "finding"]), (1, ["grpc"]))

    def test_nginx(self):
        proxy = Nginx(self.gateway_port(), self.echo.port)
        self.addCleanup(proxy.close)
        self.assert_no_way_around(proxy.port)

    def test_caddy(self):
        proxy = Caddy(self.gateway_port(), self.echo.port)
        self.addCleanup(proxy.close)
        self.assert_no_way_around(proxy.port)


if __name__ == "__main__":
    unittest.main()
