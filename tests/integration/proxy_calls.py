"""What has to hold for clients of gRPC, whichever way the proxy asks: see ProxyCalls."""

import queue

import grpc

from grpc_application import GrpcApplication
from proxy_matrix import SPOOFED
from proxy_world import CLERK_SESSION

SECONDS_MAX = 20


class ProxyCalls:
    """Mixed into a ProxyTest. `ports_of_calls`: the proxy's, by name."""

    ports_of_calls = ()

    @classmethod
    def start_grpc_application(cls):
        cls.grpc_application = GrpcApplication()
        cls.addClassCleanup(cls.grpc_application.close)

    def channel(self, port=None):
        return grpc.insecure_channel(
            f"127.0.0.1:{port or self.proxy.ports[self.ports_of_calls[0]]}",
            options=[("grpc.default_authority", "orders.example.com")])

    def call(self, method, *metadata, port=None, message=b"ping"):
        """A call with the SDK of gRPC; what it returns."""
        with self.channel(port) as channel:
            return channel.unary_unary(method)(message, metadata=metadata, timeout=SECONDS_MAX)

    def bearer_metadata(self):
        return ("authorization", self.bearer()[1])

    def take_calls(self):
        taken = list(self.grpc_application.calls)
        self.grpc_application.calls.clear()
        return taken

    def assert_call_fails(self, *codes):
        with self.assertRaises(grpc.RpcError) as failure:
            self.call("/shop.v1.Orders/Get", self.bearer_metadata())
        self.assertIn(failure.exception.code(), codes)
        self.assertEqual(self.take_calls(), [])

    # ---------------------------------------------------------------------------------------------

    def test_calls(self):
        self.take_calls()
        for name in self.ports_of_calls:
            reply = self.call("/shop.v1.Orders/Get", self.bearer_metadata(),
                              ("x-portcullis-principal", SPOOFED),
                              ("x-portcullis-principal", SPOOFED), port=self.proxy.ports[name])
            self.assertEqual(reply, b"ping")
        calls = self.take_calls()
        self.assertEqual(len(calls), len(self.ports_of_calls))
        for method, metadata in calls:
            self.assertEqual(method, "/shop.v1.Orders/Get")
            self.assertEqual([value for key, value in metadata if key == "x-portcullis-principal"],
                             [CLERK_SESSION])
            self.assertNotIn("authorization", dict(metadata))

    def test_calls_that_are_refused(self):
        bearer = self.bearer_metadata()
        rows = (("/shop.v1.Orders/Delete", [bearer], grpc.StatusCode.PERMISSION_DENIED),
                ("/shop.v1.Orders/Get", [], grpc.StatusCode.UNAUTHENTICATED),
                ("/shop.v1.Orders/Get", [("authorization", "Bearer x")],
                 grpc.StatusCode.UNAUTHENTICATED),
                ("/shop.v1.Orders/Get", [bearer, bearer], grpc.StatusCode.UNAUTHENTICATED),
                ("/shop.v1.Other/Get", [bearer], grpc.StatusCode.PERMISSION_DENIED),
                ("/shop.v1.Orders/Get/x", [bearer], grpc.StatusCode.PERMISSION_DENIED),
                ("/orders/7", [bearer], grpc.StatusCode.PERMISSION_DENIED))
        for method, metadata, code in rows:
            with self.assertRaises(grpc.RpcError) as refusal:
                self.call(method, *metadata)
            self.assertEqual(refusal.exception.code(), code, (method, refusal.exception.details()))
            # One line for people, with what to ask about.
            self.assertRegex(refusal.exception.details(), r"^[^\n]+decision \w+\)$")
            self.assertNotIn("arn:", refusal.exception.details())
        self.assertEqual(self.take_calls(), [])

    def test_long_messages(self):
        """No proxy keeps them back until they are whole, or cuts them."""
        message = bytes(range(256)) * 4096
        for name in self.ports_of_calls:
            reply = self.call("/shop.v1.Orders/Get", self.bearer_metadata(), message=message,
                              port=self.proxy.ports[name])
            self.assertEqual(reply, message)
        with self.assertRaises(grpc.RpcError) as refusal:
            self.call("/shop.v1.Orders/Delete", self.bearer_metadata(), message=message)
        self.assertEqual(refusal.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(len(self.take_calls()), len(self.ports_of_calls))

    def test_conversations(self):
        """Each side waits for what the other one says."""
        for name in self.ports_of_calls:
            with self.channel(self.proxy.ports[name]) as channel:
                said = queue.Queue()
                answers = channel.stream_stream("/shop.v1.Orders/Get")(
                    iter(said.get, None), metadata=[self.bearer_metadata()], timeout=SECONDS_MAX)
                for message in (b"one", b"two" * 10000, b"three"):
                    said.put(message)
                    self.assertEqual(next(answers), message)
                said.put(None)
                self.assertEqual(list(answers), [])
        self.assertEqual(len(self.take_calls()), len(self.ports_of_calls))

    def test_conversations_that_are_refused(self):
        with self.channel() as channel:
            said = queue.Queue()
            said.put(b"one")
            answers = channel.stream_stream("/shop.v1.Orders/Delete")(
                iter(said.get, None), metadata=[self.bearer_metadata()], timeout=SECONDS_MAX)
            with self.assertRaises(grpc.RpcError) as refusal:
                next(answers)
            said.put(None)
        self.assertEqual(refusal.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(self.take_calls(), [])

    def while_policies_change(self, stop, wrong):
        rows = (("/shop.v1.Orders/Get", grpc.StatusCode.OK),
                ("/shop.v1.Orders/Delete", grpc.StatusCode.PERMISSION_DENIED))
        with self.channel() as channel:
            while not stop.is_set():
                for method, code in rows:
                    try:
                        channel.unary_unary(method)(b"ping", metadata=[self.bearer_metadata()],
                                                    timeout=SECONDS_MAX)
                        found = grpc.StatusCode.OK
                    except grpc.RpcError as error:
                        found = error.code()
                    if found != code:
                        wrong.append((method, found))
        self.take_calls()
