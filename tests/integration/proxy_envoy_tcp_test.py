#!/usr/bin/env python3
"""A real Envoy that asks about bare connections (envoy.filters.network.ext_authz), before something
that is no HTTP.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for the others.
"""

import json
import os
import re
import signal
import socketserver
import threading
import time
import unittest

from python_tools import run_in

run_in("proxy-clients")

from mesh_world import DATABASE, EITHER, MESH, MeshTest, session_of  # noqa: E402
from mesh_world import listen_with_tls, mesh_configuration  # noqa: E402
from proxy_processes import Envoy  # noqa: E402
from raw_http import connect  # noqa: E402

SECONDS_MAX = 30
_TYPES = "type.googleapis.com/envoy.extensions"


class Echo:
    """Says again what it hears, and keeps it. `connections`: how many there were."""

    def __init__(self):
        echo = self
        self.heard = []
        self.connections = 0

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                echo.connections += 1
                try:
                    while data := self.request.recv(1 << 16):
                        echo.heard.append(data)
                        self.request.sendall(data)
                except OSError:
                    pass  # The proxy has gone.

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def connection_listener(name, cluster, **more):
    """Asks `cluster` about each connection, and hands it on to `echo`."""
    metadata = "%DYNAMIC_METADATA(envoy.filters.network.ext_authz:{})%"
    log = {"name": "envoy.access_loggers.file", "typed_config": {
        "@type": f"{_TYPES}.access_loggers.file.v3.FileAccessLog", "path": "/dev/stdout",
        "log_format": {"json_format": {"listener": name} | {
            key: metadata.format(key) for key in ("decision_id", "decision", "reason")}}}}
    ask = {"@type": f"{_TYPES}.filters.network.ext_authz.v3.ExtAuthz",
           "stat_prefix": name, "transport_api_version": "V3", "failure_mode_allow": False,
           "include_tls_session": True, "include_peer_certificate": True,
           "grpc_service": {"envoy_grpc": {"cluster_name": cluster}, "timeout": "3s"}} | more
    # Envoy asks when the client has said something. A server that speaks first would be heard by
    # everybody if it were connected to before that.
    hand_on = {"@type": f"{_TYPES}.filters.network.tcp_proxy.v3.TcpProxy",
               "stat_prefix": name, "cluster": "application", "access_log": [log],
               "upstream_connect_mode": "ON_DOWNSTREAM_DATA", "max_early_data_bytes": 8192}
    return {"name": name, "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
            "filter_chains": [{"filters": [
                {"name": "envoy.filters.network.ext_authz", "typed_config": ask},
                {"name": "envoy.filters.network.tcp_proxy", "typed_config": hand_on}]}]}


class EnvoyTcpTest(MeshTest):
    @classmethod
    def start_proxy(cls):
        cls.echo = Echo()
        cls.addClassCleanup(cls.echo.close)
        configuration = mesh_configuration(cls.authority)
        listeners = [connection_listener("sidecar", "portcullis_sidecar"),
                     connection_listener("edge", "portcullis_edge"),
                     connection_listener("stranger", "portcullis_stranger"),
                     connection_listener("open", "portcullis_sidecar", failure_mode_allow=True)]
        for listener in listeners:
            listen_with_tls(listener, cls.authority)
        listeners.append(connection_listener("plain", "portcullis_sidecar"))
        configuration["static_resources"]["listeners"] = listeners
        ports = {"application": cls.echo.port}
        for cluster in configuration["static_resources"]["clusters"]:
            if cluster["name"].startswith("portcullis_"):
                ports[cluster["name"]] = int(cls.server.untrusted_address.rpartition(":")[2])
        return Envoy(configuration, ports)

    def setUp(self):
        super().setUp()
        self.echo.heard.clear()
        self.echo.connections = 0

    def say(self, caller, listener="sidecar", host=DATABASE, data=b"ping"):
        """What comes back; b"" if the connection was closed."""
        tls = None
        if listener != "plain":
            tls = self.tls(caller)
            tls.check_hostname = host is not None
        with connect(self.proxy.ports[listener], SECONDS_MAX, tls, host) as connection:
            try:
                connection.sendall(data)
                return connection.recv(1 << 16)
            except ConnectionError:
                return b""

    def assert_closed(self, *arguments, **more):
        connections = self.echo.connections
        self.assertEqual(self.say(*arguments, **more), b"")
        self.assertEqual(self.echo.heard, [])
        self.assertEqual(self.echo.connections, connections)

    def stat(self, listener, name):
        found = re.search(rf"ext_authz\.{listener}\.{name}: (\d+)",
                          self.proxy.ask(f"/stats?filter=ext_authz.{listener}"))
        return int(found.group(1))

    # ---------------------------------------------------------------------------------------------

    def test_whom_the_policies_let_through(self):
        before = self.stat("sidecar", "ok")
        self.assertEqual(self.say("cart"), b"ping")
        self.assertEqual(self.echo.heard, [b"ping"])
        self.assertEqual(self.stat("sidecar", "ok"), before + 1)

    def test_whom_they_do_not(self):
        rows = (("web", "may do other things"), ("batch", "is not trusted by the role"),
                ("other_domain", "has no role"), ("by_dns", "is no workload"),
                ("by_subject", "is no workload"), (None, "has no certificate"))
        names = ("ok", "denied", "cx_closed", "error")
        before = [self.stat("sidecar", name) for name in names]
        for caller, why in rows:
            with self.subTest(f"{caller} {why}"):
                self.assert_closed(caller)
        more = [self.stat("sidecar", name) - count for name, count in zip(names, before)]
        self.assertEqual(more, [0, len(rows), len(rows), 0])

    def test_servers_that_no_rule_is_about(self):
        """What is asked for is the name of the TLS handshake: hosts with rules about requests only,
        unknown ones, and none."""
        for host in (MESH, EITHER):
            with self.subTest(host):
                self.assert_closed("cart", host=host)
        context = self.tls("cart")
        context.check_hostname = False
        for host in ("other.example.com", None):
            with connect(self.proxy.ports["sidecar"], SECONDS_MAX, context, host) as connection:
                connection.sendall(b"ping")
                self.assertEqual(connection.recv(10), b"", host)
        self.assertEqual(self.echo.connections, 0)

    def test_who_says_nothing(self):
        """Nobody is connected before somebody was asked."""
        with connect(self.proxy.ports["sidecar"], 1, self.tls(None), DATABASE) as connection:
            with self.assertRaises(TimeoutError):
                connection.recv(10)
            self.assertEqual(self.echo.connections, 0)

    def test_connections_in_the_clear(self):
        """They have neither a name nor a certificate. What looks like a request is not read."""
        request = f"GET /healthz HTTP/1.1\r\nHost: {MESH}\r\n\r\n".encode()
        for data in (b"ping", request):
            self.assert_closed(None, "plain", data=data)

    def test_proxies_that_are_not_believed_or_not_known(self):
        self.assert_closed("cart", "edge")
        self.assert_closed("cart", "stranger")
        self.assertEqual(self.stat("edge", "ok"), 0)
        self.assertGreater(self.stat("edge", "denied"), 0)
        self.assertEqual(self.stat("stranger", "ok"), 0)
        self.assertGreater(self.stat("stranger", "error"), 0)  # It got no decision.

    def test_portcullis_is_not_there(self):
        self.assertEqual(self.say("cart"), b"ping")
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            self.echo.heard.clear()
            self.assert_closed("cart")
            self.assertEqual(self.say("cart", "open"), b"ping")  # As it is configured.
        finally:
            os.kill(self.server.process.pid, signal.SIGCONT)
        self.assertGreater(self.stat("open", "failure_mode_allowed"), 0)
        deadline = time.monotonic() + SECONDS_MAX
        while self.say("cart") != b"ping" and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.say("cart"), b"ping")

    def test_decisions_in_the_logs(self):
        self.say("cart")
        self.say("web")
        wanted = {("allow", "explicit_allow"), ("deny", "implicit_deny")}
        found = {}
        for _ in range(100):
            found = {(record["decision"], record["reason"]): record["decision_id"]
                     for record in self.proxy.access_log() if record["listener"] == "sidecar"}
            if wanted <= found.keys():
                break
            time.sleep(0.1)
        self.assertLessEqual(wanted, found.keys())
        lines = (self.server.path / "audit.jsonl").read_text(encoding="utf-8").splitlines()
        [record] = [json.loads(line) for line in lines
                    if found["allow", "explicit_allow"] in line]
        self.assertIn(session_of("cart"), json.dumps(record))
        self.assertIn(DATABASE, json.dumps(record))


if __name__ == "__main__":
    unittest.main()
