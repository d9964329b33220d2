#!/usr/bin/env python3
"""A real Envoy with TLS on both sides: its clients are workloads with SPIFFE IDs, and Portcullis
knows Envoy itself by its certificate. On deploy/proxies/envoy.yaml and envoy-http.yaml.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for the others.
"""

import ssl
import unittest

from python_tools import run_in

run_in("proxy-clients")

import grpc  # noqa: E402

from authority import Authority  # noqa: E402
from grpc_application import GrpcApplication  # noqa: E402
from mesh_world import (EITHER, MESH, MeshTest, add_http_listeners,  # noqa: E402
                        mesh_configuration, session_of, workload)
from proxy_matrix import SPOOFED  # noqa: E402
from proxy_processes import Envoy  # noqa: E402
from proxy_world import CLERK_SESSION  # noqa: E402
from raw_http import send  # noqa: E402


class EnvoyMeshTest(MeshTest):
    @classmethod
    def start_proxy(cls):
        cls.grpc_application = GrpcApplication()
        cls.addClassCleanup(cls.grpc_application.close)
        configuration = mesh_configuration(cls.authority)
        add_http_listeners(configuration, cls.authority)
        ports = {"application": cls.application.port,
                 "application_grpc": cls.grpc_application.port}
        for cluster in configuration["static_resources"]["clusters"]:
            if cluster["name"].startswith("portcullis_"):
                ports[cluster["name"]] = int(cls.server.untrusted_address.rpartition(":")[2])
            if cluster["name"].startswith("http_portcullis_"):
                ports[cluster["name"]] = cls.gateway_port()
        envoy = Envoy(configuration, ports)
        cls.port = envoy.ports["ingress"]
        return envoy

    def ask(self, caller, method="GET", target="/orders/7", headers=(), host=MESH,
            listener="ingress"):
        return send(self.proxy.ports[listener], method, target, headers, host=host,
                    tls=self.tls(caller))

    def assert_unknown(self, answer, reason):
        self.assert_kept_back(answer, 401)
        self.assertEqual(answer.header("x-portcullis-reason"), reason)
        self.assertTrue(answer.header("www-authenticate"), answer)

    # ---- Workloads ------------------------------------------------------------------------------

    def test_workloads(self):
        for caller in ("cart", "web"):
            received = self.assert_passed(self.ask(caller), session_of(caller), "/orders/7")
            self.assertEqual(received.values("x-portcullis-account"), ["111122223333"])
            self.assertRegex(received.values("x-portcullis-user-id")[0],
                             rf"^AROA\w+:ns,shop,sa,{caller}$")
        # What the role may depends on who it stands for.
        self.assert_passed(self.ask("web", "PUT"), session_of("web"))
        denied = [self.ask("cart", "PUT"), self.ask("cart", target="/orders/secret"),
                  self.ask("cart", "DELETE"), self.ask("cart", target="/admin")]
        for answer in denied:
            self.assert_kept_back(answer, 403)
            self.assertNotIn("arn:", answer.body.decode())
            self.assertNotIn("spiffe:", answer.body.decode())

    def test_workloads_that_the_role_does_not_trust(self):
        answer = self.ask("batch")
        self.assert_kept_back(answer, 403)
        self.assertEqual(answer.header("x-portcullis-reason"), "not_admitted")

    def test_names_that_are_no_workloads(self):
        rows = (("other_domain", "unknown_issuer"), ("longer_domain", "unknown_issuer"),
                ("by_dns", "no_credentials"), ("by_subject", "no_credentials"),
                ("no_spiffe", "no_credentials"))
        for caller, reason in rows:
            with self.subTest(caller):
                self.assert_unknown(self.ask(caller), reason)
        for caller in ("no_workload", "climber"):  # In the trust domain, but nobody.
            with self.subTest(caller):
                self.assert_kept_back(self.ask(caller), 401)

    def test_nobody(self):
        answer = self.ask(None)
        self.assert_unknown(answer, "no_credentials")
        self.assertIn('ClientCertificate realm="mesh"', answer.header("www-authenticate"))
        self.assertEqual(self.ask(None, target="/healthz").status, 200)
        self.assertEqual(len(self.application.take()), 1)

    def test_certificates_of_nobody_we_trust(self):
        """Envoy sees to it."""
        forger = Authority(self.authority.directory, "forger")
        forger.issue("forged", f"URI:{workload('cart')}")
        context = self.tls()
        context.load_cert_chain(forger.certificate("forged"), forger.key("forged"))
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            answer = send(self.port, "GET", "/orders/7", host=MESH, tls=context)
            if answer.status == 0:  # TLS 1.3 refuses after the client believes it is done.
                raise ConnectionError
        self.assertEqual(self.application.take(), [])

    # ---- What somebody makes up -----------------------------------------------------------------

    def test_certificates_that_are_only_told(self):
        lies = (f"By=spiffe://a;Hash=00;URI={workload('cart')}", f'URI="{workload("cart")}"',
                workload("cart"))
        for listener in ("ingress", "forwarding"):
            for lie in lies:
                headers = [("X-Forwarded-Client-Cert", lie), ("X-Client-Cert", lie),
                           ("X-SSL-Client-S-DN", lie), ("Client-Cert", lie),
                           ("X-Envoy-Downstream-Service-Cluster", lie)]
                with self.subTest(f"{listener} {lie}"):
                    self.assert_unknown(self.ask(None, headers=headers, listener=listener),
                                        "no_credentials")
                    # Nor is anybody taken for another.
                    self.assert_kept_back(self.ask("batch", headers=headers, listener=listener),
                                          403)
                    self.assert_kept_back(self.ask("cart", "PUT", headers=[
                        ("X-Forwarded-Client-Cert", f"URI={workload('web')}")],
                                                   listener=listener), 403)
                    received = self.assert_passed(
                        self.ask("web", headers=headers, listener=listener), session_of("web"))
                    if listener == "ingress":
                        self.assertEqual(received.values("x-forwarded-client-cert"), [])

    def test_identity_headers_from_outside(self):
        headers = [("X-Portcullis-Principal", SPOOFED), ("X_Portcullis_Principal", SPOOFED)]
        for name in headers:
            answer = self.ask("cart", headers=[name])
            if answer.status != 400:  # Envoy refuses underscores.
                self.assert_passed(answer, session_of("cart"))
        self.assertEqual(self.application.take(), [])

    # ---- Several methods ------------------------------------------------------------------------

    def test_the_first_proof_that_is_there_decides(self):
        self.assert_passed(self.ask("cart", host=EITHER), session_of("cart"))
        self.assert_passed(self.ask("cart", headers=[self.bearer()], host=EITHER), CLERK_SESSION)
        self.assert_passed(self.ask(None, headers=[self.bearer()], host=EITHER), CLERK_SESSION)
        self.assert_kept_back(
            self.ask("cart", headers=[("Authorization", "Bearer x")], host=EITHER), 401)
        self.assert_unknown(self.ask(None, host=EITHER), "no_credentials")

    def test_a_session_where_only_certificates_count(self):
        answer = self.ask(None, headers=[self.bearer()])
        self.assert_unknown(answer, "unsupported_credentials")

    # ---- Which proxy it is ----------------------------------------------------------------------

    def test_a_proxy_that_may_not_say_whose_certificate_it_is(self):
        self.assert_unknown(self.ask("cart", listener="edge"), "no_credentials")
        self.assert_unknown(self.ask("cart", host=EITHER, listener="edge"), "no_credentials")
        # It is one of ours all the same.
        answer = self.ask("cart", headers=[self.bearer()], host=EITHER, listener="edge")
        self.assert_passed(answer, CLERK_SESSION)

    def test_strangers(self):
        """Neither a certificate that no proxy has, nor none at all, gets an answer."""
        for listener in ("stranger", "nobody"):
            for target in ("/orders/7", "/healthz"):
                answer = self.ask("cart", headers=[self.bearer()], host=EITHER, target=target,
                                  listener=listener)
                self.assert_kept_back(answer, 503)

    def test_proxies_that_ask_over_http(self):
        """They have no word for the certificate of a client."""
        bearer = [self.bearer()]
        for listener in ("http_sidecar", "http_edge"):
            answer = self.ask("cart", headers=bearer, host=EITHER, listener=listener)
            self.assert_passed(answer, CLERK_SESSION)
            answer = self.ask("cart", target="/orders/secret", headers=bearer, host=EITHER,
                              listener=listener)
            self.assert_kept_back(answer, 403)
            lie = [("X-Forwarded-Client-Cert", f"URI={workload('cart')}")]
            self.assert_unknown(self.ask("cart", headers=lie, listener=listener), "no_credentials")
        for listener in ("http_stranger", "http_nobody"):
            answer = self.ask("cart", headers=bearer, host=EITHER, listener=listener)
            self.assert_kept_back(answer, 403, 503)

    # ---- gRPC -----------------------------------------------------------------------------------

    def call(self, caller, method, listener="ingress", metadata=()):
        def read(path):
            return path.read_bytes()

        authority = self.authority
        pair = [read(authority.key(caller)), read(authority.certificate(caller))] if caller else []
        credentials = grpc.ssl_channel_credentials(read(authority.certificate("authority")), *pair)
        with grpc.secure_channel(f"127.0.0.1:{self.proxy.ports[listener]}", credentials, options=[
                ("grpc.ssl_target_name_override", MESH), ("grpc.default_authority", MESH)
        ]) as channel:
            return channel.unary_unary(method)(b"ping", metadata=metadata, timeout=30)

    def test_calls(self):
        self.assertEqual(self.call("cart", "/shop.v1.Orders/Get", metadata=[
            ("x-forwarded-client-cert", f"URI={workload('web')}")]), b"ping")
        [(method, metadata)] = self.grpc_application.calls
        self.grpc_application.calls.clear()
        self.assertEqual(method, "/shop.v1.Orders/Get")
        self.assertEqual([value for key, value in metadata if key == "x-portcullis-principal"],
                         [session_of("cart")])
        rows = (("cart", "/shop.v1.Orders/Delete", "ingress", grpc.StatusCode.PERMISSION_DENIED),
                ("batch", "/shop.v1.Orders/Get", "ingress", grpc.StatusCode.PERMISSION_DENIED),
                (None, "/shop.v1.Orders/Get", "ingress", grpc.StatusCode.UNAUTHENTICATED),
                ("cart", "/shop.v1.Orders/Get", "edge", grpc.StatusCode.UNAUTHENTICATED),
                ("cart", "/shop.v1.Orders/Get", "stranger", grpc.StatusCode.UNAVAILABLE))
        for caller, method, listener, code in rows:
            with self.subTest(f"{caller} {method} {listener}"):
                with self.assertRaises(grpc.RpcError) as refusal:
                    self.call(caller, method, listener)
                self.assertEqual(refusal.exception.code(), code, refusal.exception.details())
        self.assertEqual(self.grpc_application.calls, [])


if __name__ == "__main__":
    unittest.main()
