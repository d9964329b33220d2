"""Certificates for tests, made by OpenSSL while they run."""

import ssl
import subprocess

SECONDS_MAX = 60
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """Signs certificates; they and their keys are files of `directory`, NAME.pem and NAME.key."""

    def __init__(self, directory, name="authority"):
        self.directory = directory
        self.name = name
        self._openssl("req", "-x509", *KEY, "-days", "2", "-subj", f"/CN={name}",
                      "-keyout", self.key(name), "-out", self.certificate(name))

    def issue(self, name, *names, subject=None):
        """`names`: subject alternative names as OpenSSL writes them, such as "DNS:localhost"."""
        request, extensions = (self.directory / f"{name}.{end}" for end in ("csr", "ext"))
        extensions.write_text(f"subjectAltName={','.join(names)}\n" if names else "",
                              encoding="utf-8")
        self._openssl("req", "-new", *KEY, "-subj", subject or f"/CN={name}", "-keyout",
                      self.key(name), "-out", request)
        self._openssl("x509", "-req", "-days", "2", "-in", request, "-CA",
                      self.certificate(self.name), "-CAkey", self.key(self.name),
                      "-CAcreateserial", "-extfile", extensions, "-out", self.certificate(name))

    def certificate(self, name):
        return self.directory / f"{name}.pem"

    def key(self, name):
        return self.directory / f"{name}.key"

    def context(self, name=None):
        """Of a client that trusts this authority, with the certificate `name` if it has one."""
        context = ssl.create_default_context(cafile=self.certificate(self.name))
        if name is not None:
            context.load_cert_chain(self.certificate(name), self.key(name))
        return context

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                       timeout=SECONDS_MAX)
