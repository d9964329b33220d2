"""What systemd hears of the server as it is, by the protocol of sd_notify(3)."""

import pathlib
import signal
import socket
import tempfile
import unittest

from portcullis_process import SECONDS_MAX, Server, clean_environment

GOOD = {"accounts.yaml": 'Accounts:\n  - AccountId: "111122223333"\n'}


class NotifyTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        path = pathlib.Path(scratch.name) / "notify"
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(str(path))
        self.manager.settimeout(SECONDS_MAX)
        self.server = Server(GOOD, options=("--admin-listen", "127.0.0.1:0"))
        self.addCleanup(self.server.close)
        self.server.environment = clean_environment(NOTIFY_SOCKET=str(path))

    def heard(self):
        """The next message, by name."""
        lines = self.manager.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def test_a_service_is_started_reloaded_and_stopped(self):
        self.server.start()
        ready = self.heard()
        self.assertEqual(ready["READY"], "1")
        self.assertRegex(ready["STATUS"], "^serving policies [0-9a-f]{12}$")

        self.server.process.send_signal(signal.SIGHUP)
        reloading = self.heard()
        self.assertEqual(reloading["RELOADING"], "1")
        self.assertGreater(int(reloading["MONOTONIC_USEC"]), 0)
        self.assertEqual(self.heard(), ready, "nothing changed")

        self.server.write({"accounts.yaml": "Acounts: []\n"})
        self.server.process.send_signal(signal.SIGHUP)
        seen = [self.heard()]
        # The file's change may be noticed before the signal, after it, or both.
        while "READY" not in seen[-1]:
            seen.append(self.heard())
        self.assertEqual(seen[-1]["STATUS"], ready["STATUS"] + "; the latest have mistakes")

        self.server.process.send_signal(signal.SIGTERM)
        stopping = self.heard()
        while "STOPPING" not in stopping:
            stopping = self.heard()
        self.assertEqual(stopping["STATUS"], "draining")
        self.assertEqual(self.server.process.wait(SECONDS_MAX), 0)


if __name__ == "__main__":
    unittest.main()
