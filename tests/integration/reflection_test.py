#!/usr/bin/env python3
"""A client that has no interface definitions learns of the services from the server, and calls
Envoy's Check by that alone.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for the others.
"""

import json
import re
import unittest

from python_tools import run_in

run_in("reflection")

import grpc  # noqa: E402
from google.protobuf import descriptor_pool, json_format, message_factory  # noqa: E402
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (  # noqa: E402
    ProtoReflectionDescriptorDatabase)

from portcullis_process import ROOT, Server  # noqa: E402
from proxy_world import ANA, HOST, TESS, order_arn, policies, signed  # noqa: E402

SECONDS_MAX = 30
AUTHORIZATION = "envoy.service.auth.v3.Authorization"
TRUSTED, PROXY, QUIET, UNTRUSTED, SHY_PROXY = range(5)
LISTEN = ("tcp://127.0.0.1:0?trusted=true", "tcp://127.0.0.1:0?proxy=edge&reflection=true",
          "tcp://127.0.0.1:0?trusted=true&reflection=false", "tcp://127.0.0.1:0",
          "tcp://127.0.0.1:0?proxy=edge")


def written_services():
    """{service: [methods]} of the files below proto/."""
    services = {}
    for path in (ROOT / "proto").rglob("*.proto"):
        text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        package = re.search(r"^package ([\w.]+);", text, re.MULTILINE).group(1)
        for name, body in re.findall(r"^service (\w+) \{(.*?)^\}", text, re.MULTILINE | re.DOTALL):
            services[f"{package}.{name}"] = sorted(re.findall(r"\brpc (\w+)\(", body))
    return services


class ReflectionTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(policies(), listen=LISTEN)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.channels = [grpc.insecure_channel(address.removeprefix("tcp://"))
                        for address in cls.server.ports["grpc"]]
        for channel in cls.channels:
            cls.addClassCleanup(channel.close)

    def database(self, listener):
        return ProtoReflectionDescriptorDatabase(self.channels[listener])

    def pool(self, listener):
        return descriptor_pool.DescriptorPool(self.database(listener))

    def call(self, listener, service, method, request):
        """The answer as a tree, with names as they are written."""
        found = self.pool(listener).FindServiceByName(service).FindMethodByName(method)
        asked, answered = (message_factory.GetMessageClass(message)
                           for message in (found.input_type, found.output_type))
        call = self.channels[listener].unary_unary(
            f"/{service}/{method}", request_serializer=asked.SerializeToString,
            response_deserializer=answered.FromString)
        answer = call(json_format.ParseDict(request, asked()), timeout=SECONDS_MAX)
        return json_format.MessageToDict(answer, preserving_proto_field_name=True)

    def check(self, request, listener=PROXY):
        return self.call(listener, AUTHORIZATION, "Check", request)

    # ---------------------------------------------------------------------------------------------

    def test_services(self):
        expected = written_services()
        self.assertIn("Check", expected[AUTHORIZATION])
        self.assertIn("Authorize", expected["portcullis.v1.AuthorizationService"])
        for listener in (TRUSTED, PROXY):
            names = set(self.database(listener).get_services())
            self.assertEqual(names - {"grpc.reflection.v1alpha.ServerReflection"},
                             expected.keys())
            pool = self.pool(listener)
            for name, methods in expected.items():
                service = pool.FindServiceByName(name)
                self.assertEqual(sorted(method.name for method in service.methods), methods)
                for method in service.methods:  # Described down to the last message.
                    self.assertTrue(method.input_type.full_name)
                    self.describe(method.input_type, set())
                    self.describe(method.output_type, set())

    def describe(self, message, seen):
        if message.full_name in seen:
            return
        seen.add(message.full_name)
        for field in message.fields:
            if field.message_type is not None:
                self.describe(field.message_type, seen)

    def test_envoys_interface(self):
        """With the file names that people know, and the numbers that Envoy sends."""
        pool = self.pool(PROXY)
        service = pool.FindServiceByName(AUTHORIZATION)
        self.assertEqual(service.file.name, "envoy/service/auth/v3/external_auth.proto")
        rows = (("envoy.service.auth.v3.CheckResponse", {
                    "status": 1, "denied_response": 2, "ok_response": 3, "dynamic_metadata": 4,
                    "error_response": 5}),
                ("envoy.service.auth.v3.AttributeContext", {
                    "source": 1, "destination": 2, "request": 4, "context_extensions": 10,
                    "metadata_context": 11, "tls_session": 12, "route_metadata_context": 13}))
        for name, numbers in rows:
            message = pool.FindMessageTypeByName(name)
            self.assertEqual({field.name: field.number for field in message.fields}, numbers)

    def test_where_there_is_none(self):
        for listener in (QUIET, UNTRUSTED, SHY_PROXY):
            with self.assertRaises(grpc.RpcError) as refusal:
                self.database(listener).get_services()
            self.assertEqual(refusal.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    # ---- Calls by what was learnt ---------------------------------------------------------------

    def test_requests_that_say_nothing(self):
        http = {"method": "GET", "path": "/healthz", "host": HOST, "scheme": "http"}
        rows = [{}, {"attributes": {}}, {"attributes": {"request": {}}},
                {"attributes": {"request": {"http": {}}}}, {"attributes": {"source": {}}},
                {"attributes": {"context_extensions": {"portcullis.gateway": "orders"}}}]
        rows += [{"attributes": {"request": {"http": {
            name: value for name, value in http.items() if name != missing}}}}
            for missing in ("method", "path", "host")]
        for request in rows:
            with self.subTest(json.dumps(request)):
                answer = self.check(request)
                self.assertIn(answer["status"].get("code", 0), (3, 7, 16), answer)
                self.assertNotIn("ok_response", answer)
                self.assertIn(answer["denied_response"]["status"]["code"],
                              ("BadRequest", "Unauthorized", "Forbidden"))
        allowed = self.check({"attributes": {"request": {"http": http}}})
        self.assertIn("ok_response", allowed)
        self.assertEqual(allowed["status"].get("code", 0), 0)

    def test_decisions(self):
        rows = ((signed(ANA, "GET", "/orders/7"), "/orders/7", 0),
                (signed(TESS, "GET", "/orders/7"), "/orders/7", 7),
                (signed(ANA, "GET", "/orders/secret"), "/orders/secret", 7),
                (signed(ANA, "GET", "/orders/7"), "/orders/8", 16), ([], "/orders/7", 16))
        for headers, path, code in rows:
            answer = self.check({"attributes": {"request": {"http": {
                "method": "GET", "path": path, "host": HOST, "protocol": "HTTP/1.1",
                "headers": {name.lower(): value for name, value in headers}}}}})
            self.assertEqual(answer["status"].get("code", 0), code, (path, answer))
            self.assertEqual("ok_response" in answer, code == 0)

    def test_only_proxies_are_answered(self):
        with self.assertRaises(grpc.RpcError) as refusal:
            self.check({}, TRUSTED)
        self.assertEqual(refusal.exception.code(), grpc.StatusCode.PERMISSION_DENIED)

    def test_our_own_services(self):
        def ask(order, listener=TRUSTED):
            return self.call(listener, "portcullis.v1.AuthorizationService", "Authorize", {
                "principal_arn": ANA.arn, "action": "orders:GetOrder",
                "resource": order_arn(order)})["decision"]

        self.assertEqual(ask("7"), "DECISION_ALLOW")
        self.assertEqual(ask("secret"), "DECISION_IMPLICIT_DENY")
        with self.assertRaises(grpc.RpcError) as refusal:
            ask("7", PROXY)  # It may bring requests, not say who sent them.
        self.assertEqual(refusal.exception.code(), grpc.StatusCode.PERMISSION_DENIED)

    def test_health(self):
        """As Envoy's grpc_health_check asks."""
        for name in ("", AUTHORIZATION):
            answer = self.call(PROXY, "grpc.health.v1.Health", "Check", {"service": name})
            self.assertEqual(answer, {"status": "SERVING"})


if __name__ == "__main__":
    unittest.main()
