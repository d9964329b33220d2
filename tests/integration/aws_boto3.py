"""boto3 clients for tests, in the Python environment that has boto3; see python_tools.py.

Whoever imports this runs in that environment; without a registry the program ends.
"""

import sys
import unittest
import warnings

from aws_clients import REGION, AwsTest
from aws_world import AUDITOR, EVERYTHING, role_arn
from python_tools import run_in

try:
    run_in("aws")
except unittest.SkipTest:
    sys.exit(0)  # It was said aloud why.

import boto3  # noqa: E402: only there in that environment
import botocore.config  # noqa: E402

WORKER = role_arn("division/Worker", EVERYTHING)


def client(service, user=AUDITOR, session=None, url=None, **config):
    """A client that signs as the user, or with the session's credentials."""
    keys = {"aws_access_key_id": user.key, "aws_secret_access_key": user.secret}
    if session is not None:
        keys = {"aws_access_key_id": session["AccessKeyId"],
                "aws_secret_access_key": session["SecretAccessKey"],
                "aws_session_token": session["SessionToken"]}
    return boto3.session.Session(region_name=REGION, **keys).client(
        service, endpoint_url=url, config=botocore.config.Config(**config))


class Boto3Test(AwsTest):
    @classmethod
    def setUpClass(cls):
        warnings.simplefilter("error")
        super().setUpClass()
        cls.sts = client("sts", url=cls.url)
        cls.iam = client("iam", url=cls.url)

    def session(self, **more):
        return self.sts.assume_role(RoleArn=WORKER, RoleSessionName="boto", **more)["Credentials"]
