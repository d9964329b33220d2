"""What stands behind a proxy of gRPC."""

from concurrent import futures

import grpc  # Tests of proxies run in an environment that has it.


class GrpcApplication(grpc.GenericRpcHandler):
    """Answers every message of a call with itself, and keeps the calls' metadata."""

    def __init__(self):
        self.calls = []
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        self.server.add_generic_rpc_handlers((self,))
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def service(self, handler_call_details):
        def answer(requests, context):
            self.calls.append((handler_call_details.method, context.invocation_metadata()))
            yield from requests
        # On the wire a call with one message each way is a stream like any other.
        return grpc.stream_stream_rpc_method_handler(answer)

    def close(self):
        self.server.stop(None).wait()
