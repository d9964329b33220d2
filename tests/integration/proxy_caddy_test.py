#!/usr/bin/env python3
"""A real Caddy that asks by forward_auth, on deploy/proxies/Caddyfile.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py and deploy_tools.py for the others.
"""

import unittest

from python_tools import run_in

run_in("proxy-clients")

from proxy_matrix import ProxyMatrix  # noqa: E402
from proxy_processes import Caddy  # noqa: E402
from proxy_world import ANA, ProxyTest, signed  # noqa: E402


class CaddyTest(ProxyMatrix, ProxyTest):
    server_options = ("--gateway-listen", "tcp://127.0.0.1:0?proxy=edge")
    failure_statuses = {502, 504}
    body_bytes_max = 64 * 1000

    @classmethod
    def start_proxy(cls):
        proxy = Caddy(cls.gateway_port(), cls.application.port)
        cls.port = proxy.port
        return proxy

    def test_a_rule_that_wants_the_body(self):
        """Caddy never hands one over."""
        headers = signed(ANA, "POST", "/ledger/1", b"one")
        self.assert_kept_back(self.send("POST", "/ledger/1", headers, b"one"), 401)


if __name__ == "__main__":
    unittest.main()
