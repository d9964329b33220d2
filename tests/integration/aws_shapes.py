"""Checks what a server answers against the service models that AWS's clients are made from.

Looks at the bytes, not at what a client made of them: clients forgive a lot.
"""

import base64
import binascii
import json
import re
import urllib.parse
import xml.etree.ElementTree

NAMESPACES = {"sts": "https://sts.amazonaws.com/doc/2011-06-15/",
              "iam": "https://iam.amazonaws.com/doc/2010-05-08/"}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PERCENT_ENCODED = re.compile(r"([A-Za-z0-9._~-]|%[0-9A-F]{2})*")


def is_document(member_name):
    return member_name in ("PolicyDocument", "AssumeRolePolicyDocument", "Document")


class ShapeChecker:
    """Notes what is wrong in `problems`, and in `seen` each member that occurred, as a path:
    `ListUsers.Users[].Tags[].Key`."""

    def __init__(self):
        self.problems = []
        self.seen = set()

    def check_answer(self, model, service, body):
        """`body` is the answer to the operation of botocore's `model`."""
        try:
            root = xml.etree.ElementTree.fromstring(body)
        except xml.etree.ElementTree.ParseError as problem:
            self._say(model.name, f"is no XML: {problem}")
            return
        self._check_name(root, f"{model.name}Response", service, model.name)
        children = [self._local_name(child) for child in root]
        if children != [f"{model.name}Result", "ResponseMetadata"]:
            self._say(model.name, f"has {children}")
            return
        if [self._local_name(child) for child in root[1]] != ["RequestId"] or not root[1][0].text:
            self._say(model.name, "has no RequestId")
        self._structure(root[0], model.output_shape, model.name)

    def check_error(self, service, body, status):
        """Returns the error's code and request id."""
        root = xml.etree.ElementTree.fromstring(body)
        self._check_name(root, "ErrorResponse", service, "error")
        if [self._local_name(child) for child in root] != ["Error", "RequestId"]:
            self._say("error", f"has {[self._local_name(child) for child in root]}")
        error = {self._local_name(child): child.text for child in root[0]}
        if list(error) != ["Type", "Code", "Message"] or not all(error.values()):
            self._say("error", f"is {error}")
        if error.get("Type") != ("Sender" if status < 500 else "Receiver"):
            self._say("error", f"with status {status} is of type {error.get('Type')}")
        return error.get("Code"), root[1].text

    def _say(self, path, what):
        self.problems.append(f"{path} {what}")

    def _local_name(self, element):
        return element.tag.rsplit("}", 1)[-1]

    def _check_name(self, element, name, service, path):
        wanted = f"{{{NAMESPACES[service]}}}{name}"
        if element.tag != wanted:
            self._say(path, f"is in {element.tag}, not in {wanted}")

    def _walk(self, element, shape, path):
        if shape.type_name == "structure":
            self._structure(element, shape, path)
        elif shape.type_name == "list":
            self._list(element, shape, path)
        elif shape.type_name == "map":
            self._map(element, shape, path)
        else:
            self._scalar(element, shape, path)

    def _structure(self, element, shape, path):
        if element.text and element.text.strip():
            self._say(path, f"has text in it: {element.text}")
        names = [self._local_name(child) for child in element]
        known = [member.serialization.get("name", name) for name, member in shape.members.items()]
        if names != sorted(set(names), key=lambda name: known.index(name) if name in known else -1):
            self._say(path, f"has its members doubled or out of order: {names}")
        for name in shape.required_members:
            if name not in names:
                self._say(path, f"lacks {name}")
        for child, name in zip(element, names):
            if name not in shape.members:
                self._say(path, f"has an unknown member {name}")
                continue
            self.seen.add(f"{path}.{name}")
            self._walk(child, shape.members[name], f"{path}.{name}")

    def _list(self, element, shape, path):
        for child in element:
            if self._local_name(child) != shape.member.serialization.get("name", "member"):
                self._say(path, f"has an element {self._local_name(child)}")
            self._walk(child, shape.member, f"{path}[]")

    def _map(self, element, shape, path):
        for entry in element:
            parts = [self._local_name(child) for child in entry]
            if self._local_name(entry) != "entry" or parts != ["key", "value"]:
                self._say(path, f"has an entry {self._local_name(entry)} of {parts}")
                continue
            self._walk(entry[0], shape.key, f"{path}.key")
            self._walk(entry[1], shape.value, f"{path}.value")

    def _scalar(self, element, shape, path):
        text = element.text or ""
        if len(element):
            self._say(path, "has elements in it")
        kind = shape.type_name
        if not (self._fits_string(text, shape, path) if kind == "string" else _fits(kind, text)):
            self._say(path, f"is no {kind}: `{text}`")

    def _fits_string(self, text, shape, path):
        enumeration = getattr(shape, "enum", None)
        # The model says otherwise, but this is what AWS sends (section 9.2, R-9.18).
        if enumeration and text not in enumeration and text != "IAM Policy":
            self._say(path, f"is none of {enumeration}")
        if is_document(path.rsplit(".", 1)[-1]):
            if not PERCENT_ENCODED.fullmatch(text):
                self._say(path, f"is not percent-encoded: {text}")
            json.loads(urllib.parse.unquote(text))
            return True
        low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 30)
        return low <= len(text) <= high


def _fits(kind, text):
    if kind == "timestamp":
        return TIMESTAMP.fullmatch(text)
    if kind == "boolean":
        return text in ("true", "false")
    if kind in ("integer", "long"):
        return re.fullmatch(r"-?\d+", text)
    if kind == "blob":
        try:
            return base64.b64decode(text, validate=False) is not None
        except binascii.Error:
            return False
    return False


def member_paths(model):
    """Every member that an answer to the operation can have, as ShapeChecker writes them."""
    paths = []

    def walk(shape, path, above):
        if shape.type_name == "structure" and shape.name not in above:
            for name, member in shape.members.items():
                paths.append(f"{path}.{name}")
                walk(member, f"{path}.{name}", above | {shape.name})
        elif shape.type_name == "list":
            walk(shape.member, f"{path}[]", above)

    walk(model.output_shape, model.name, frozenset())
    return paths
