"""The chart, the Kustomize directories and the examples for meshes: rendered by helm and kustomize,
checked against the schemas of Kubernetes and of the other projects, and their arguments given to a
real server, whose files lie as a kubelet would lay them.
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

import python_tools

if __name__ == "__main__":
    python_tools.run_in("kubernetes")

# What follows needs that environment.
# pylint: disable=wrong-import-position
import yaml

import deploy_tools
import kubernetes_validate
from deploy_manifests import (CHART, VERSIONS, Refused, built, containers, everything,
                              local_arguments, of_kind, pods, rendered_chart,
                              restricted_violations, write_volume)
from portcullis_process import BIN, ROOT, SECONDS_MAX, clean_environment

CI = CHART / "ci"
MESH = ROOT / "deploy/mesh"
# The packages whose types describe what is not Kubernetes' own.
MODELS = {"security.istio.io": "istio", "gateway.networking.k8s.io": "gateway-api",
          "cert-manager.io": "cert-manager", "monitoring.coreos.com": "prometheus-operator"}
# Fields of Envoy Gateway's SecurityPolicy, for which there is no package.
SECURITY_POLICY = {
    "spec": {"targetRefs", "extAuth"},
    "extAuth": {"grpc", "timeout", "failOpen", "statusOnError", "headersToExtAuth",
                "bodyToExtAuth", "recomputeRoute", "includeRouteMetadata", "contextExtensions"}}
# Of Istio's mesh configuration.
EXT_AUTHZ_GRPC = {"service", "port", "failOpen", "statusOnError", "timeout",
                  "includeRequestBodyInCheck", "clearRouteCache"}


def mesh_documents():
    for path in sorted(MESH.glob("*-policy.yaml")):
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def group_of(document):
    group, slash, _ = document["apiVersion"].partition("/")
    return group if slash and "." in group else ""


class SchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.all = dict(everything())

    def test_kubernetes_own(self):
        checked = 0
        for name, documents in self.all.items():
            for document in documents:
                if group_of(document) in MODELS:
                    continue
                for version in VERSIONS:
                    with self.subTest(name, kind=document["kind"], version=version):
                        kubernetes_validate.validate(document, version, strict=True)
                        checked += 1
        self.assertGreater(checked, 100)

    def test_what_others_define(self):
        documents = [document for listed in self.all.values() for document in listed]
        documents += mesh_documents()
        documents = [document for document in documents if group_of(document) in MODELS]
        kinds = {document["kind"] for document in documents}
        self.assertEqual(kinds, {"Certificate", "ServiceMonitor", "PrometheusRule",
                                 "AuthorizationPolicy", "PeerAuthentication", "ReferenceGrant"})
        self.check_types(documents)

    def test_the_types_refuse_what_is_wrong(self):
        wrong = {"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
                 "metadata": {"name": "x"}, "spec": {"action": "CUSTOM", "provder": {"name": "x"}}}
        with self.assertRaisesRegex(AssertionError, "provder"):
            self.check_types([wrong])

    def check_types(self, documents):
        """Lets TypeScript compare each document, as a literal, with its type; then validates it."""
        tools = python_tools.require("kubernetes-models", python_tools.node_environment)
        with tempfile.TemporaryDirectory() as scratch:
            directory = pathlib.Path(scratch)
            os.symlink(tools / "node_modules", directory / "node_modules")
            lines = []
            for number, document in enumerate(documents):
                module = f"@kubernetes-models/{MODELS[group_of(document)]}/{document['apiVersion']}"
                kind = document["kind"]
                lines += [f"import {{ {kind} as C{number}, type I{kind} as T{number} }} "
                          f"from '{module}';",
                          f"const d{number}: T{number} = {json.dumps(document)};",
                          f"new C{number}(d{number}).validate();"]
            (directory / "check.mts").write_text("\n".join(lines), encoding="utf-8")
            for command in ([tools / "node_modules/.bin/tsc", "--strict", "--skipLibCheck",
                             "--target", "es2022", "--module", "nodenext", "check.mts"],
                            ["node", "check.mjs"]):
                done = subprocess.run(command, cwd=directory, capture_output=True, text=True,
                                      timeout=120, check=False)
                if done.returncode != 0:
                    raise AssertionError(done.stdout + done.stderr)

    def test_envoy_gateway(self):
        policy, = of_kind(mesh_documents(), "SecurityPolicy")
        self.assertLessEqual(set(policy["spec"]), SECURITY_POLICY["spec"])
        asked = policy["spec"]["extAuth"]
        self.assertLessEqual(set(asked), SECURITY_POLICY["extAuth"])
        self.assertIs(asked["failOpen"], False)
        # All that signatures of AWS's clients cover.
        for header in ("authorization", "host", "x-amz-date", "x-amz-security-token",
                       "x-amz-content-sha256"):
            self.assertIn(header, asked["headersToExtAuth"])

    def test_istio_provider(self):
        values = yaml.safe_load((MESH / "istio-mesh-config.yaml").read_text(encoding="utf-8"))
        provider, = values["meshConfig"]["extensionProviders"]
        self.assertEqual(set(provider), {"name", "envoyExtAuthzGrpc"})
        asked = provider["envoyExtAuthzGrpc"]
        self.assertLessEqual(set(asked), EXT_AUTHZ_GRPC)
        self.assertIs(asked["failOpen"], False)
        policy, = of_kind(mesh_documents(), "AuthorizationPolicy")
        self.assertEqual(policy["spec"]["provider"]["name"], provider["name"])
        service, = [document for document in of_kind(built("overlays/ext-authz"), "Service")
                    if document["metadata"]["name"] == "portcullis"]
        self.assertEqual(asked["service"], "portcullis.{namespace}.svc.cluster.local".format(
            **service["metadata"]))
        ports = {port["name"]: port["port"] for port in service["spec"]["ports"]}
        self.assertEqual(asked["port"], ports["ext-authz"])
        policy, = of_kind(mesh_documents(), "SecurityPolicy")
        backend, = policy["spec"]["extAuth"]["grpc"]["backendRefs"]
        self.assertEqual((backend["name"], backend["namespace"], backend["port"]),
                         ("portcullis", service["metadata"]["namespace"], ports["ext-authz"]))


class ConsistencyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.all = {name: documents for name, documents in everything()
                   if name != "projected-token.yaml"}

    def test_pods_are_restricted(self):
        for name, documents in self.all.items():
            for pod, _, spec in pods(documents):
                with self.subTest(name, pod=pod):
                    self.assertEqual(list(restricted_violations(spec)), [])
                    self.assertIs(spec["automountServiceAccountToken"], False)
                    for container in containers(spec):
                        if container["name"] == "portcullis":
                            self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])

    def test_what_is_named_is_there(self):
        for name, documents in self.all.items():
            made = {(document["kind"], document["metadata"]["name"]) for document in documents}
            for pod, metadata, spec in pods(documents):
                volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
                ports = {port["name"] for container in containers(spec)
                         for port in container.get("ports", [])}
                with self.subTest(name, pod=pod):
                    for container in containers(spec):
                        for mount in container.get("volumeMounts", []):
                            self.assertIn(mount["name"], volumes)
                            self.assertNotIn("subPath", mount, "such mounts are not updated")
                        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                            if probe in container:
                                self.assertIn(container[probe]["httpGet"]["port"], ports)
                    for volume in volumes.values():
                        if volume.get("configMap", {}).get("name", "").endswith("-policies"):
                            found = ("ConfigMap", volume["configMap"]["name"]) in made
                            self.assertEqual(found, volume["configMap"]["name"] != "our-policies")
                    for document in of_kind(documents, "Service"):
                        selector = document["spec"]["selector"]
                        if selector.items() <= metadata["labels"].items():
                            for port in document["spec"]["ports"]:
                                self.assertIn(port["targetPort"], ports)

    def test_selectors_select(self):
        for name, documents in self.all.items():
            labels = [metadata["labels"] for _, metadata, _ in pods(documents)]
            names = {document["metadata"]["name"] for document in of_kind(documents, "Deployment")}
            for document in documents:
                spec = document.get("spec", {})
                with self.subTest(name, kind=document["kind"]):
                    selector = {"Service": lambda s: s["selector"],
                                "Deployment": lambda s: s["selector"]["matchLabels"],
                                "PodDisruptionBudget": lambda s: s["selector"]["matchLabels"],
                                "NetworkPolicy": lambda s: s["podSelector"]["matchLabels"],
                                }.get(document["kind"], lambda s: {})(spec)
                    self.assertTrue(any(selector.items() <= found.items() for found in labels))
                    if document["kind"] == "HorizontalPodAutoscaler":
                        self.assertIn(spec["scaleTargetRef"]["name"], names)

    def test_monitors_find_the_service(self):
        documents = self.all["helm everything-values.yaml"]
        monitor, = of_kind(documents, "ServiceMonitor")
        wanted = monitor["spec"]["selector"]["matchLabels"]
        found = [service for service in of_kind(documents, "Service")
                 if wanted.items() <= service["metadata"]["labels"].items()]
        self.assertEqual(len(found), 1)
        self.assertEqual([port["name"] for port in found[0]["spec"]["ports"]],
                         [endpoint["port"] for endpoint in monitor["spec"]["endpoints"]])

    def test_admin_port_is_for_monitoring_only(self):
        for name, documents in self.all.items():
            for policy in of_kind(documents, "NetworkPolicy"):
                for rule in policy["spec"]["ingress"]:
                    if {"port": "admin"} in rule["ports"]:
                        self.assertEqual(len(rule["ports"]), 1, name)
                        self.assertIn("monitoring", json.dumps(rule["from"]), name)
            for service in of_kind(documents, "Service"):
                if "admin" in [port["name"] for port in service["spec"]["ports"]]:
                    self.assertEqual(service["spec"]["clusterIP"], "None", name)

    def test_ports_of_proxies_are_for_proxies_only(self):
        seen = 0
        for name, documents in self.all.items():
            for policy in of_kind(documents, "NetworkPolicy"):
                for rule in policy["spec"]["ingress"]:
                    ports = {port["port"] for port in rule["ports"]}
                    if ports & {"ext-authz", "gateway"}:
                        seen += 1
                        self.assertLessEqual(ports, {"ext-authz", "gateway"}, name)
                        for peer in rule["from"]:
                            self.assertTrue(peer["podSelector"]["matchLabels"], name)
        self.assertEqual(seen, 2)

    def test_addresses_that_trust_are_not_for_everybody(self):
        for name, documents in self.all.items():
            guarded = bool(of_kind(documents, "NetworkPolicy"))
            for _, _, spec in pods(documents):
                for argument in (argument for container in containers(spec)
                                 for argument in container.get("args", [])):
                    if "trusted=true" in argument:
                        self.assertIn("=unix://", argument, name)
                    if "insecure=true" in argument:
                        self.assertTrue(guarded and "proxy=" in argument, name)

    def test_pods_are_given_time_to_drain(self):
        defaults = dict(re.findall(r"--(drain-delay|shutdown-timeout) DURATION.*?default (\d+)s",
                                   subprocess.run([BIN / "portcullisd", "--help"], text=True,
                                                  capture_output=True, check=True).stdout))
        self.assertEqual(len(defaults), 2)
        flush = 5
        for name, documents in self.all.items():
            for pod, _, spec in pods(documents):
                for container in containers(spec):
                    if container["name"] != "portcullis":
                        continue
                    said = dict(re.findall(r"--([a-z-]+)=(\d+)s\b", " ".join(container["args"])))
                    times = defaults | said
                    self.assertGreater(
                        spec["terminationGracePeriodSeconds"],
                        int(times["drain-delay"]) + int(times["shutdown-timeout"]) + flush,
                        f"{name} {pod}")

    def test_replicas_belong_to_the_autoscaler(self):
        for name, documents in self.all.items():
            scaled = {document["spec"]["scaleTargetRef"]["name"]
                      for document in of_kind(documents, "HorizontalPodAutoscaler")}
            for document in of_kind(documents, "Deployment"):
                self.assertEqual("replicas" in document["spec"],
                                 document["metadata"]["name"] not in scaled, name)

    def test_files_of_monitoring_are_the_same(self):
        documents = self.all["helm everything-values.yaml"]
        rule, = of_kind(documents, "PrometheusRule")
        alerts = (ROOT / "deploy/monitoring/alerts.yaml").read_text(encoding="utf-8")
        self.assertEqual(rule["spec"], yaml.safe_load(alerts))
        dashboard, = [document for document in of_kind(documents, "ConfigMap")
                      if document["metadata"]["name"].endswith("-dashboard")]
        self.assertEqual(dashboard["metadata"]["labels"]["grafana_dashboard"], "1")
        original = (ROOT / "deploy/monitoring/dashboard.json").read_text(encoding="utf-8")
        self.assertEqual(json.loads(dashboard["data"]["portcullis.json"]), json.loads(original))


class ChartTest(unittest.TestCase):
    def test_lint(self):
        for values in sorted(CI.glob("*-values.yaml")):
            with self.subTest(values.name):
                done = subprocess.run(
                    [deploy_tools.helm(), "lint", "--strict", "--kube-version", "v1.31.0", CHART,
                     "--values", values], capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_value_is_explained_by_the_schema(self):
        values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
        schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
        self.assertEqual(set(values) | {"global"}, set(schema["properties"]))
        self.assertIs(schema["additionalProperties"], False)

    def test_every_value_is_used(self):
        text = "".join(path.read_text(encoding="utf-8")
                       for path in (CHART / "templates").rglob("*") if path.is_file())
        values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
        for name, value in values.items():
            self.assertRegex(text, rf"\.Values\.{name}\b")
            if isinstance(value, dict) and name not in ("resources", "podSecurityContext"):
                for inner in value:
                    self.assertRegex(text, rf"\.{inner}\b|{name} \|", f"{name}.{inner}")

    def test_refuses_what_cannot_work(self):
        for reason, options in (
                ("keys.existingSecret", []),
                ("replicaCont", ["--set", "keys.existingSecret=k,replicaCont=3"]),
                ("query.enabled needs TLS", ["--set", "keys.existingSecret=k,query.enabled=true"]),
                ("gateway.proxy is required",
                 ["--set", "keys.existingSecret=k,gateway.enabled=true"]),
                # Or everybody in the cluster could say who the caller is.
                ("extAuthz.enabled needs networkPolicy.proxies",
                 ["--set", "keys.existingSecret=k,extAuthz.enabled=true,extAuthz.proxy=mesh"]),
                ("gateway.enabled needs networkPolicy.proxies",
                 ["--set", "keys.existingSecret=k,gateway.enabled=true,gateway.proxy=nginx,"
                           "networkPolicy.enabled=false"]),
                ("sidecar.containers is required",
                 ["--set", "keys.existingSecret=k,mode=sidecar"]),
                ("issuerRef.name", ["--set",
                                    "keys.existingSecret=k,tls.certManager.enabled=true"]),
                ("/image/digest", ["--set", "keys.existingSecret=k,image.digest=sha256:12"]),
                ("/drainDelay", ["--set", "keys.existingSecret=k,drainDelay=5"])):
            with self.subTest(reason), self.assertRaisesRegex(Refused, re.escape(reason)):
                rendered_chart(None, *options)

    def test_long_names_are_cut(self):
        documents = rendered_chart(CI / "default-values.yaml", "--set",
                                   f"fullnameOverride={'x' * 80}")
        for document in documents:
            self.assertLessEqual(len(document["metadata"]["name"]), 63)


class ServerTest(unittest.TestCase):
    """What the manifests tell the server is what it understands."""

    def start(self, documents, container, spec):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        path = pathlib.Path(scratch.name)
        mounts = {}
        for mount in container["volumeMounts"]:
            volume, = [entry for entry in spec["volumes"] if entry["name"] == mount["name"]]
            directory = path / mount["name"]
            mounts[mount["mountPath"]] = directory
            if "configMap" in volume:
                source, = [document for document in of_kind(documents, "ConfigMap")
                           if document["metadata"]["name"] == volume["configMap"]["name"]]
                write_volume(directory, source["data"])
            elif volume["name"].endswith("session-keys"):
                key = subprocess.run(["openssl", "rand", "-base64", "32"], capture_output=True,
                                     text=True, check=True).stdout
                write_volume(directory, {"key-1.key": key})
            elif volume["name"].endswith("tls"):
                write_volume(directory, certificate())
            else:
                directory.mkdir()
        ports = path / "ports"
        with open(path / "log", "wb") as log:
            process = subprocess.Popen(
                [BIN / "portcullisd", *local_arguments(container, mounts, path), "--port-file",
                 ports], stdout=log, stderr=log, env=clean_environment())
        self.addCleanup(process.wait, SECONDS_MAX)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + SECONDS_MAX
        while not ports.exists():
            said = (path / "log").read_text(encoding="utf-8")
            self.assertIsNone(process.poll(), said)
            self.assertLess(time.monotonic(), deadline, said)
            time.sleep(0.05)
        return json.loads(ports.read_text(encoding="utf-8"))

    def test_it_starts_as_it_is_told_to(self):
        started = 0
        for name, documents in everything():
            for pod, _, spec in pods(documents):
                for container in containers(spec):
                    arguments = " ".join(container.get("args", []))
                    if container["name"] != "portcullis" or "our-policies" in str(spec):
                        continue
                    with self.subTest(name, pod=pod, arguments=arguments):
                        ports = self.start(documents, container, spec)
                        answer = subprocess.run(["curl", "-s", f"http://{ports['admin']}/readyz"],
                                                capture_output=True, text=True, check=True,
                                                timeout=SECONDS_MAX)
                        self.assertEqual(answer.stdout.strip(), "ready")
                        started += 1
        self.assertEqual(started, 8)


def certificate():
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=portcullis", "-keyout", "tls.key", "-out", "tls.crt"], cwd=scratch,
                       check=True, capture_output=True, timeout=SECONDS_MAX)
        return {name: (pathlib.Path(scratch) / name).read_text(encoding="utf-8")
                for name in ("tls.key", "tls.crt")}


if __name__ == "__main__":
    unittest.main()
