"""A server that knows its proxies by their certificates, workloads with certificates of a mesh, and
an Envoy with TLS on both sides.
"""

import copy
import pathlib
import tempfile

from authority import Authority
from portcullis_process import Server
from proxy_processes import (connection_manager, envoy_configuration, ext_authz, listener_like)
from proxy_world import (ACCOUNT, REGION, ProxyTest, allow, document, order_arn, policies)

TRUST_DOMAIN = "mesh.example.org"
PROVIDER = f"spiffe.{TRUST_DOMAIN}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Mesh"
MESH = "mesh.example.com"  # The host whose callers are workloads,
EITHER = "either.example.com"  # whose callers are those or have a session,
DATABASE = "db.example.com"  # and what is no HTTP.


def spiffe_id(path):
    return f"spiffe://{TRUST_DOMAIN}/{path}"


def workload(name, namespace="shop"):
    return spiffe_id(f"ns/{namespace}/sa/{name}")


def session_of(name, namespace="shop"):
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/Mesh/ns,{namespace},sa,{name}"


def _role():
    trust = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
             "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PROVIDER}"},
             "Condition": {"StringLike": {f"{PROVIDER}:sub": workload("*")}}}
    work = (
        allow("orders:GetOrder", order_arn("7")) | {
            "Condition": {"Bool": {"aws:SecureTransport": True}}},
        allow("orders:PutOrder", order_arn("7")) | {
            "Condition": {"StringEquals": {f"{PROVIDER}:sub": workload("web")}}},
        allow("orders:Get", "*"),
        allow("db:Connect", f"arn:aws:db:{REGION}:{ACCOUNT}:host/{DATABASE}") | {
            "Condition": {"StringEquals": {f"{PROVIDER}:sub": workload("cart")}}})
    return {"RoleName": "Mesh", "AssumeRolePolicyDocument": document(trust),
            "Policies": [{"PolicyName": "Work", "PolicyDocument": document(*work)}]}


def _gateway(name, host, identify, *rules):
    return {"Name": name, "Account": ACCOUNT, "Region": REGION, "Hosts": [host],
            "Identify": identify, "Rules": list(rules),
            "PeerCertificate": [{"TrustDomain": TRUST_DOMAIN, "RoleArn": ROLE}]}


def mesh_policies():
    order = {"Resource": "arn:aws:orders:${region}:${account}:order/${path.order}"}
    path = {"Path": "/orders/{order}"}
    rules = (
        {"Match": {"Methods": ["GET"], "Path": "/healthz"}, "Public": True},
        {"Match": path | {"Methods": ["GET"]}, "Action": "orders:GetOrder"} | order,
        {"Match": path | {"Methods": ["PUT"]}, "Action": "orders:PutOrder"} | order,
        {"Match": {"Grpc": "shop.v1.Orders/*"}, "Mapping": "Grpc", "Service": "orders"})
    connection = {"Match": {"Connection": True}, "Action": "db:Connect",
                  "Resource": "arn:aws:db:${region}:${account}:host/${host}"}
    door = {
        "Account": ACCOUNT,
        "OIDCProviders": [{"Url": f"https://{PROVIDER}", "ClientIdList": ["portcullis"],
                           "TrustDomain": TRUST_DOMAIN}],
        "Roles": [_role()],
        "Gateways": [
            _gateway("mesh", MESH, ["PeerCertificate"], *rules),
            _gateway("either", EITHER, ["SessionToken", "PeerCertificate"], *rules),
            _gateway("database", DATABASE, ["PeerCertificate"], connection)],
        "Proxies": [
            {"Name": "sidecar", "Identities": [workload("sidecar", "mesh")],
             "Asserts": ["SourceAddress", "PeerCertificate"]},
            # Says whom it had a request from, but is not believed.
            {"Name": "edge", "Identities": [spiffe_id("edge/*")],
             "Asserts": ["SourceAddress", "Extensions"]}]}
    return policies() | {"door.yaml": door, "objects.yaml": {}}


# What stands between Envoy and Portcullis, by the name of Envoy's certificate.
ENVOYS = {"sidecar": workload("sidecar", "mesh"), "edge": spiffe_id("edge/1"),
          "stranger": workload("stranger", "mesh")}
# Who comes, by the name of the certificate.
CALLERS = {"cart": workload("cart"), "web": workload("web"), "batch": workload("batch", "night"),
           "other_domain": "spiffe://mesh.example.com/ns/shop/sa/cart",
           "longer_domain": f"spiffe://{TRUST_DOMAIN}.evil.example/ns/shop/sa/cart",
           "no_workload": f"spiffe://{TRUST_DOMAIN}", "climber": workload("../cart"),
           "no_spiffe": f"https://{TRUST_DOMAIN}/ns/shop/sa/cart"}


class MeshTest(ProxyTest):
    """A test class starts Envoy by `start_proxy()`."""

    @classmethod
    def make_server(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        path = pathlib.Path(directory.name)
        cls.authority = Authority(path)
        cls.authority.issue("portcullis", "IP:127.0.0.1", f"URI:{workload('portcullis', 'mesh')}")
        cls.authority.issue("envoy", *(f"DNS:{host}" for host in (MESH, EITHER, DATABASE)))
        for name, identity in (ENVOYS | CALLERS).items():
            cls.authority.issue(name, f"URI:{identity}")
        cls.authority.issue("by_dns", "DNS:cart.shop.svc")
        # What looks like a SPIFFE ID, but is in the subject.
        cls.authority.issue("by_subject", subject="/CN=" + workload("cart").replace("/", "\\/"))
        tls = (f"cert={cls.authority.certificate('portcullis')}"
               f"&key={cls.authority.key('portcullis')}"
               f"&client-ca={cls.authority.certificate('authority')}")
        return Server(mesh_policies(), options=("--gateway-listen", f"tls://127.0.0.1:0?{tls}"),
                      listen=("tcp://127.0.0.1:0?trusted=true", f"tls://127.0.0.1:0?{tls}"))

    def tls(self, name=None):
        return self.authority.context(name)


# ---- Envoy --------------------------------------------------------------------------------------

_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3."


def _certificates(authority, name):
    return [{"certificate_chain": {"filename": str(authority.certificate(name))},
             "private_key": {"filename": str(authority.key(name))}}]


def _trust(authority):
    return {"trusted_ca": {"filename": str(authority.certificate(authority.name))}}


def listen_with_tls(listener, authority, **validation):
    """Clients may show a certificate."""
    listener["filter_chains"][0]["transport_socket"] = {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": f"{_TLS}DownstreamTlsContext",
            "require_client_certificate": False,
            "common_tls_context": {
                "tls_certificates": _certificates(authority, "envoy"),
                "alpn_protocols": ["h2", "http/1.1"],
                "validation_context": _trust(authority) | validation}}}


def ask_with_tls(cluster, authority, name):
    """Portcullis is asked with the certificate `name`; None: with none."""
    common = {"validation_context": _trust(authority) | {"match_typed_subject_alt_names": [
        {"san_type": "URI", "matcher": {"exact": workload("portcullis", "mesh")}}]}}
    if name is not None:
        common["tls_certificates"] = _certificates(authority, name)
    cluster["transport_socket"] = {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {"@type": f"{_TLS}UpstreamTlsContext", "common_tls_context": common}}


def clusters_by_certificate(configuration, authority, cluster_name="portcullis"):
    """A cluster for each kind of Envoy: `portcullis_sidecar` and so on. Returns their names."""
    clusters = configuration["static_resources"]["clusters"]
    [plain] = [cluster for cluster in clusters if cluster["name"] == cluster_name]
    clusters.remove(plain)
    names = []
    for name in (*ENVOYS, None):
        cluster = copy.deepcopy(plain)
        cluster["name"] = f"{cluster_name}_{name or 'nobody'}"
        cluster["load_assignment"]["cluster_name"] = cluster["name"]
        cluster["connect_timeout"] = "5s"
        ask_with_tls(cluster, authority, name)
        clusters.append(cluster)
        names.append(cluster["name"])
    return names


def mesh_configuration(authority):
    """deploy/proxies/envoy.yaml with TLS: `ingress` is the sidecar's; the others have the names of
    ENVOYS, and `nobody` shows Portcullis no certificate."""
    configuration = envoy_configuration("envoy.yaml")
    clusters_by_certificate(configuration, authority)
    [ingress] = configuration["static_resources"]["listeners"]
    listen_with_tls(ingress, authority)
    ext_authz(ingress)["include_peer_certificate"] = True
    ext_authz(ingress)["grpc_service"]["envoy_grpc"]["cluster_name"] = "portcullis_sidecar"
    for name in ("edge", "stranger", "nobody"):
        listener = listener_like(configuration, name)
        ext_authz(listener)["grpc_service"]["envoy_grpc"]["cluster_name"] = f"portcullis_{name}"
    # Hands on what a client says of its certificate.
    forwarding = listener_like(configuration, "forwarding")
    connection_manager(forwarding)["forward_client_cert_details"] = "ALWAYS_FORWARD_ONLY"
    return configuration


def add_http_listeners(configuration, authority):
    """Those of the names of ENVOYS and of nobody, with `http_` before, ask over HTTP."""
    over_http = envoy_configuration("envoy-http.yaml")
    clusters = clusters_by_certificate(over_http, authority)
    for cluster in over_http["static_resources"]["clusters"]:
        if cluster["name"] in clusters:
            cluster["name"] = f"http_{cluster['name']}"
            cluster["load_assignment"]["cluster_name"] = cluster["name"]
            configuration["static_resources"]["clusters"].append(cluster)
    [source] = over_http["static_resources"]["listeners"]
    for name in (*ENVOYS, "nobody"):
        listener = listener_like(configuration, f"http_{name}")
        manager = connection_manager(listener)
        manager["http_filters"] = copy.deepcopy(connection_manager(source)["http_filters"])
        ext_authz(listener)["http_service"]["server_uri"]["cluster"] = f"http_portcullis_{name}"
