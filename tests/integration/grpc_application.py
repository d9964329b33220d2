"""What stands behind a proxy of gRPC."""

from concurrent import futures

import grpc  # Tests of proxies run in an environment that has it.


class GrpcApplication(grpc.GenericRpcHandler):
    """Answers every unary call with what it was sent, and keeps its metadata."""

    def __init__(self):
        self.calls = []
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        self.server.add_generic_rpc_handlers((self,))
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def service(self, handler_call_details):
        def answer(request, context):
            self.calls.append((handler_call_details.method, context.invocation_metadata()))
            return request
        return grpc.unary_unary_rpc_method_handler(answer)

    def close(self):
        self.server.stop(None).wait()
