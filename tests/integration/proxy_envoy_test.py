#!/usr/bin/env python3
"""A real Envoy that asks over gRPC, on deploy/proxies/envoy.yaml, and with other settings that
Envoys have: without cleaning up paths and headers first, with headers joined, and open to failures.
Also gRPC through it. Certificates are in proxy_envoy_mesh_test.py.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for the others.
"""

import time
import unittest

from python_tools import run_in

run_in("proxy-clients")

import botocore.auth  # noqa: E402
import botocore.config  # noqa: E402
import botocore.exceptions  # noqa: E402
import botocore.session  # noqa: E402
import grpc  # noqa: E402

from proxy_calls import ProxyCalls  # noqa: E402
from proxy_matrix import PATH_TRICKS, SPOOFED, ProxyMatrix  # noqa: E402
from proxy_processes import (BODY_BYTES_MAX, Envoy, envoy_configuration,  # noqa: E402
                             ext_authz, leave_alone, listener_like)
from proxy_world import (ANA, CLERK_SESSION, HOST, REGION, TESS,  # noqa: E402
                         ProxyTest, signed)
from raw_http import send_chunked  # noqa: E402


class EnvoyTest(ProxyCalls, ProxyMatrix, ProxyTest):
    ports_of_calls = ("ingress", "bare", "joined")

    @classmethod
    def start_proxy(cls):
        cls.start_grpc_application()
        configuration = envoy_configuration("envoy.yaml")
        leave_alone(listener_like(configuration, "bare"))
        joined = listener_like(configuration, "joined")
        leave_alone(joined)
        ext_authz(joined)["encode_raw_headers"] = False
        ext_authz(joined)["validate_mutations"] = False
        open_to_failures = listener_like(configuration, "open")
        ext_authz(open_to_failures)["failure_mode_allow"] = True
        ext_authz(open_to_failures)["failure_mode_allow_header_add"] = True
        # It was forgotten that rules with `Payload: Body` want to see bodies.
        del ext_authz(listener_like(configuration, "blind"))["with_request_body"]
        bodiless = listener_like(configuration, "strict")
        ext_authz(bodiless)["with_request_body"]["allow_partial_message"] = False
        envoy = Envoy(configuration, {
            "portcullis": int(cls.server.untrusted_address.rpartition(":")[2]),
            "application": cls.application.port, "application_grpc": cls.grpc_application.port})
        cls.port = envoy.ports["ingress"]
        return envoy

    # ---- Settings -------------------------------------------------------------------------------

    def test_path_tricks_with_other_settings(self):
        for name in ("bare", "joined"):
            for trick in PATH_TRICKS:
                self.try_path(trick, port=self.proxy.ports[name])

    def test_spoofing_with_other_settings(self):
        """Nobody but Portcullis sees to the headers here."""
        for name in ("bare", "joined"):
            self.port = self.proxy.ports[name]
            self.test_identity_headers_from_outside()
            self.test_credentials_twice()
            self.test_headers_by_which_proxies_speak()

    def test_a_body_that_is_not_sent_along(self):
        """Nobody can put a body of theirs under a signature for none. Envoy tells of a request in
        chunks neither its length nor that it is one."""
        headers = signed(ANA, "POST", "/ledger/1", b"")
        port = self.proxy.ports["blind"]
        self.assert_kept_back(send_chunked(port, "POST", "/ledger/1", headers, b"smuggled"), 401)
        # Nor is a POST taken to have none because its head is silent.
        self.assert_kept_back(self.send("POST", "/ledger/1", headers, port=port), 401)
        headers.append(("Content-Length", "0"))
        self.assert_passed(self.send("POST", "/ledger/1", headers, port=port), ANA.arn)

    def test_a_body_that_is_cut(self):
        """A rule with `Payload: Body` believes only what it has seen."""
        for size, status in ((1, 200), (BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 401)):
            body = b"x" * size
            headers = signed(ANA, "POST", "/ledger/1", body)
            answer = self.send("POST", "/ledger/1", headers, body)
            self.assertEqual(answer.status, status, (size, answer))
            answer = send_chunked(self.port, "POST", "/ledger/1", headers, body)
            self.assertEqual(answer.status, status, (size, answer))
            self.assertEqual([r.body for r in self.application.take()],
                             [body, body] if status == 200 else [])
        headers = signed(ANA, "POST", "/ledger/1", b"one")
        self.assert_kept_back(self.send("POST", "/ledger/1", headers, b"two"), 401)
        # A whole one that the client says is partial, and the other way round.
        for said in ("true", "false"):
            body = b"x" * (BODY_BYTES_MAX + 1 if said == "false" else 1)
            headers = signed(ANA, "POST", "/ledger/1", body) + [("X-Envoy-Auth-Partial-Body", said)]
            answer = self.send("POST", "/ledger/1", headers, body)
            self.assertEqual(answer.status, 401 if said == "false" else 200, answer)
        self.application.take()

    def test_bodies_over_http2(self):
        for size, status in ((1, 200), (BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 401)):
            answer = self.curl(
                "--http2-prior-knowledge", "--aws-sigv4", f"aws:amz:{REGION}:execute-api", "--user",
                f"{ANA.key}:{ANA.secret}", "-X", "POST", "--data-binary", "x" * size,
                f"http://{HOST}:{self.port}/ledger/1")
            self.assertEqual(answer.status, status, (size, answer))
            self.assertEqual([len(request.body) for request in self.application.take()],
                             [size] if status == 200 else [])

    def test_a_body_beyond_the_limit(self):
        port = self.proxy.ports["strict"]
        body = b"x" * (BODY_BYTES_MAX + 1)
        answer = self.send("PUT", "/orders/7", signed(ANA, "PUT", "/orders/7", body), body,
                           port=port)
        self.assert_kept_back(answer, 413)

    def while_portcullis_is_away(self):
        """Fail-open where it is configured, and then without words in Portcullis' name."""
        answer = self.send("GET", "/orders/secret", [("X-Portcullis-Principal", SPOOFED)],
                           port=self.proxy.ports["open"])
        self.assertEqual(answer.status, 200, answer)
        [received] = self.application.take()
        self.assertEqual(received.values("x-envoy-auth-failure-mode-allowed"), ["true"])
        self.assertEqual(received.ours(), [])
        self.assert_call_fails(grpc.StatusCode.UNAVAILABLE)

    # ---- What Envoy tells -----------------------------------------------------------------------

    def test_decision_ids_in_the_access_log(self):
        received = self.assert_passed(self.send("GET", "/orders/7?for=log", [self.bearer()]),
                                      CLERK_SESSION)
        denied = self.send("GET", "/orders/secret?for=log", [self.bearer()])
        ids = {received.values("x-portcullis-decision-id")[0]: ("allow", "200"),
               denied.header("x-portcullis-decision-id"): ("deny", "403")}
        for _ in range(100):
            found = {record["decision_id"]: record for record in self.proxy.access_log()
                     if record["path"].endswith("for=log")}
            if found.keys() == ids.keys():
                break
            time.sleep(0.1)
        self.assertEqual(found.keys(), ids.keys())
        for decision_id, (decision, status) in ids.items():
            self.assertEqual(found[decision_id]["decision"], decision)
            self.assertEqual(str(found[decision_id]["status"]), status)
            self.assertRegex(found[decision_id]["policies"], r"^\w{8,}")
            self.assertTrue(found[decision_id]["reason"])

    def test_no_answer_was_invalid(self):
        """`validate_mutations` is on: Envoy counts every answer that it does not take."""
        self.test_session_tokens()
        stats = self.proxy.ask("/stats?filter=ext_authz")
        self.assertRegex(stats, r"ext_authz\.ok: [1-9]")
        self.assertNotRegex(stats, r"ext_authz\.invalid: [1-9]")

    def test_denials_in_the_form_that_is_wanted(self):
        for accept, media_type in (("application/json", "application/json"),
                                   ("text/html,*/*;q=0.1", "text/html; charset=utf-8"),
                                   ("text/plain", "text/plain; charset=utf-8"),
                                   ("*/*", "application/json")):
            answer = self.send("GET", "/orders/7", [("Accept", accept)])
            self.assert_kept_back(answer, 401)
            self.assertEqual(answer.header("content-type"), media_type)
            self.assertEqual(answer.header("cache-control"), "no-store")
            self.assertIn(answer.header("x-portcullis-decision-id"), answer.body.decode())
        answer = self.send("HEAD", "/orders/7")
        self.assert_kept_back(answer, 401)
        self.assertEqual(answer.body, b"")

    # ---- An SDK ---------------------------------------------------------------------------------

    def test_the_sdk_with_a_bucket(self):
        for person, allowed in ((ANA, True), (TESS, False)):
            client = botocore.session.Session().create_client(
                "s3", region_name=REGION, endpoint_url=f"http://127.0.0.1:{self.port}",
                aws_access_key_id=person.key, aws_secret_access_key=person.secret,
                config=botocore.config.Config(s3={"addressing_style": "path"},
                                              retries={"max_attempts": 0}))
            calls = (lambda: client.put_object(Bucket="archive", Key="a b/c.txt", Body=b"hello"),
                     lambda: client.get_object(Bucket="archive", Key="a b/c.txt"),
                     lambda: client.delete_object(Bucket="archive", Key="a b/c.txt"))
            for call in calls:
                if allowed:
                    call()
                    [received] = self.application.take()
                    self.assertEqual(received.target.partition("?")[0], "/archive/a%20b/c.txt")
                    self.assertEqual(received.values("x-portcullis-principal"), [ANA.arn])
                    continue
                with self.assertRaises(botocore.exceptions.ClientError) as refusal:
                    call()
                status = refusal.exception.response["ResponseMetadata"]["HTTPStatusCode"]
                self.assertEqual(status, 403)
                self.assertEqual(self.application.take(), [])
            with self.assertRaises(botocore.exceptions.ClientError):
                client.get_object(Bucket="vault", Key="a")
            self.assertEqual(self.application.take(), [])


if __name__ == "__main__":
    unittest.main()
