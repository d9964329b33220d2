#!/usr/bin/env python3
"""A real Envoy that asks over HTTP, on deploy/proxies/envoy-http.yaml.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for the others.
"""

import unittest

from python_tools import run_in

run_in("proxy-clients")

from proxy_matrix import PATH_TRICKS, SPOOFED, ProxyMatrix  # noqa: E402
from proxy_processes import (BODY_BYTES_MAX, Envoy, envoy_configuration,  # noqa: E402
                             ext_authz, leave_alone, listener_like)
from proxy_world import ANA, ProxyTest, signed  # noqa: E402
from raw_http import send_chunked  # noqa: E402


class EnvoyHttpTest(ProxyMatrix, ProxyTest):
    server_options = ("--gateway-listen", "tcp://127.0.0.1:0?proxy=edge")

    @classmethod
    def start_proxy(cls):
        configuration = envoy_configuration("envoy-http.yaml")
        leave_alone(listener_like(configuration, "bare"))
        open_to_failures = listener_like(configuration, "open")
        ext_authz(open_to_failures)["failure_mode_allow"] = True
        envoy = Envoy(configuration, {"portcullis": cls.gateway_port(),
                                      "application": cls.application.port})
        cls.port = envoy.ports["ingress"]
        return envoy

    def test_path_tricks_with_other_settings(self):
        for trick in PATH_TRICKS:
            self.try_path(trick, port=self.proxy.ports["bare"])

    def test_spoofing_with_other_settings(self):
        self.port = self.proxy.ports["bare"]
        self.test_identity_headers_from_outside()
        self.test_credentials_twice()
        self.test_headers_by_which_proxies_speak()

    def test_a_body_that_is_cut(self):
        for size, status in ((1, 200), (BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 401)):
            body = b"x" * size
            headers = signed(ANA, "POST", "/ledger/1", body)
            answer = self.send("POST", "/ledger/1", headers, body)
            self.assertEqual(answer.status, status, (size, answer))
            answer = send_chunked(self.port, "POST", "/ledger/1", headers, body)
            self.assertEqual(answer.status, status, (size, answer))
        self.application.take()
        headers = signed(ANA, "POST", "/ledger/1", b"one")
        self.assert_kept_back(self.send("POST", "/ledger/1", headers, b"two"), 401)

    def while_portcullis_is_away(self):
        answer = self.send("GET", "/orders/secret", [("X-Portcullis-Principal", SPOOFED)],
                           port=self.proxy.ports["open"])
        self.assertEqual(answer.status, 200, answer)
        [received] = self.application.take()
        self.assertEqual(received.ours(), [])

    def test_what_says_that_it_is_grpc(self):
        """See the file: who may and who may not are refused alike."""
        for media_type in ("application/grpc", "application/grpc+proto"):
            for headers in ([self.bearer()], []):
                for port in self.proxy.ports.values():
                    answer = self.send("PUT", "/orders/7", [
                        *headers, ("Content-Type", media_type)], port=port)
                    self.assertNotEqual(answer.header("grpc-status"), "0")
                    self.assertNotEqual(answer.header("grpc-status"), None)
        self.assertEqual(self.application.take(), [])


if __name__ == "__main__":
    unittest.main()
