#!/usr/bin/env python3
"""The real command line at a server whose first connection fails: the call that is repeated has a
new one."""

import socket
import socketserver
import subprocess
import threading
import unittest

from cli_world import world
from portcullis_process import ALLOWED, BIN, ERROR, SECONDS_MAX, Server, clean_environment


class Relay(socketserver.ThreadingTCPServer):
    """Closes the first `failures` connections at once, and passes on the others to `target`."""

    daemon_threads = True

    def __init__(self, target, failures):
        super().__init__(("127.0.0.1", 0), None)
        self.target, self.failures, self.connections = target, failures, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def address(self):
        return f"127.0.0.1:{self.server_address[1]}"

    # Called for one connection after another; what it lets pass gets a thread.
    def verify_request(self, request, client_address):
        self.connections += 1
        return self.connections > self.failures

    def finish_request(self, request, client_address):
        with socket.create_connection(self.target, timeout=SECONDS_MAX) as server:
            back = threading.Thread(target=self.pass_on, args=(server, request), daemon=True)
            back.start()
            self.pass_on(request, server)
            back.join(SECONDS_MAX)

    @staticmethod
    def pass_on(source, sink):
        try:
            while data := source.recv(1 << 16):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # Either end may hang up.


class ReconnectTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(world())
        self.addCleanup(self.server.close)
        self.server.start()

    def check_health(self, failures):
        """The exit code of the health check, and how often it connected."""
        host, _, port = self.server.address.rpartition(":")
        with Relay((host, int(port)), failures) as relay:
            run = subprocess.run([BIN / "portcullis", "healthcheck"], capture_output=True,
                                 text=True, timeout=SECONDS_MAX, check=False,
                                 env=clean_environment(PORTCULLIS_ADDRESS=relay.address()))
            relay.shutdown()
            return run.returncode, relay.connections

    def test_a_call_outlives_a_connection_that_fails(self):
        self.assertEqual(self.check_health(failures=1), (ALLOWED, 2))

    def test_connections_that_all_fail_are_an_error_at_last(self):
        code, connections = self.check_health(failures=1000)
        self.assertEqual(code, ERROR)
        self.assertGreater(connections, 1)


if __name__ == "__main__":
    unittest.main()
