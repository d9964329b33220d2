"""deploy/monitoring with a real Prometheus that scrapes a real server: the alerts are well-formed
and raised when they should be, and every metric and label that alerts and dashboard name is there.
"""

import http
import json
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import yaml

import deploy_tools
from portcullis_process import ROOT, SECONDS_MAX, Server

MONITORING = ROOT / "deploy/monitoring"
POLICIES = {"accounts.yaml": 'Accounts:\n  - AccountId: "111122223333"\n',
            "users.yaml": 'Account: "111122223333"\nUsers:\n  - UserName: idle\n',
            "door.yaml": "Proxies:\n  - Name: program\n    Asserts: [Principals]\n"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
QUESTION = {"subject": {"type": "user", "id": "arn:aws:iam::111122223333:user/idle"},
            "action": {"name": "s3:GetObject"},
            "resource": {"type": "object", "id": "arn:aws:s3:::bucket/x"}}
METRIC = re.compile(r"\b(?:portcullis|process)_[a-z_]+")
# What Grafana puts in, as it would with everything selected.
VARIABLES = {"$__rate_interval": "1m", '"$job"': '".+"', '"$instance"': '".+"'}
# Added to a scraped histogram, and by Prometheus to what it scrapes or raises.
OTHER_LABELS = {"le", "job", "instance", "alertname"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Prometheus:
    """A Prometheus on loopback that scrapes one address every half second."""

    def __init__(self, directory, target):
        self.url = f"http://127.0.0.1:{free_port()}"
        directory.mkdir()
        configuration = {
            "global": {"scrape_interval": "500ms", "evaluation_interval": "500ms"},
            "rule_files": [str(MONITORING / "alerts.yaml")],
            "scrape_configs": [{"job_name": "portcullis",
                                "static_configs": [{"targets": [target]}]}]}
        (directory / "prometheus.yml").write_text(json.dumps(configuration), encoding="utf-8")
        with open(directory / "log", "wb") as log:
            self.process = subprocess.Popen(
                [deploy_tools.prometheus(), f"--config.file={directory}/prometheus.yml",
                 f"--storage.tsdb.path={directory}/data",
                 f"--web.listen-address={self.url.removeprefix('http://')}",
                 "--enable-feature=exemplar-storage",
                 "--storage.tsdb.min-block-duration=2h"], stdout=log, stderr=log)

    def get(self, path, **parameters):
        """The `data` of an answer. OSError as long as Prometheus is not ready, AssertionError with
        its words if it refuses."""
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            if refusal.code == http.HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            raise AssertionError(f"{parameters}: {refusal.read().decode()}") from refusal

    def wait_for(self, query):
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:
            try:
                if self.get("query", query=query)["result"]:
                    return
            except OSError:
                pass  # Not ready yet.
            time.sleep(0.2)
        raise AssertionError(f"Prometheus never had an answer to {query}")

    def stop(self):
        self.process.terminate()
        self.process.wait(SECONDS_MAX)


def dashboard():
    return json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))


def dashboard_queries():
    """(panel's title, query) of every panel and annotation, as Grafana sends it."""
    contents = dashboard()
    pairs = [(panel["title"], target["expr"])
             for panel in contents["panels"] for target in panel.get("targets", [])]
    pairs += [(entry["name"], entry["expr"]) for entry in contents["annotations"]["list"]]
    for title, query in pairs:
        for variable, value in VARIABLES.items():
            query = query.replace(variable, value)
        yield title, query


def alert_rules():
    groups = yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


class FilesTest(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run([deploy_tools.prometheus("promtool"), *arguments], cwd=MONITORING,
                              capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_rules_are_well_formed(self):
        found = self.promtool("check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml")
        self.assertIn(f"{len(alert_rules())} rules found", found)

    def test_alerts_are_raised_when_they_should_be(self):
        self.promtool("test", "rules", "alerts_test.yaml")

    def test_every_alert_is_tested_and_explained(self):
        tests = yaml.safe_load((MONITORING / "alerts_test.yaml").read_text(encoding="utf-8"))
        raised = {case["alertname"] for test in tests["tests"]
                  for case in test.get("alert_rule_test", []) if case["exp_alerts"]}
        page = (MONITORING / "README.md").read_text(encoding="utf-8")
        for rule in alert_rules():
            self.assertIn(rule["alert"], raised)
            self.assertIn(f"`{rule['alert']}`", page)
            self.assertIn(rule["labels"]["severity"], {"critical", "warning"})

    def test_dashboard_can_be_provisioned(self):
        contents = dashboard()
        self.assertEqual(contents["uid"], "portcullis")
        self.assertIsNone(contents["id"], "an id belongs to one Grafana")
        variables = {variable["name"]: variable for variable in contents["templating"]["list"]}
        self.assertEqual(variables["datasource"]["type"], "datasource")
        ids = [panel["id"] for panel in contents["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        for panel in contents["panels"]:
            if panel["type"] == "row":
                continue
            for part in [panel, *panel["targets"]]:
                self.assertEqual(part["datasource"]["uid"], "${datasource}", panel["title"])

    def test_panels_do_not_overlap(self):
        taken = {}
        for panel in dashboard()["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), taken,
                                     f"{panel['title']} covers {taken.get((x, y))}")
                    taken[x, y] = panel["title"]


class ScrapeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        deploy_tools.prometheus()
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        path = pathlib.Path(cls.scratch.name)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout", path / "key.pem", "-out",
             path / "cert.pem"], check=True, capture_output=True, timeout=SECONDS_MAX)
        admin = f"127.0.0.1:{free_port()}"
        tls = f"tls://127.0.0.1:0?cert={path}/cert.pem&key={path}/key.pem"
        cls.server = Server(POLICIES, listen=("tcp://127.0.0.1:0?trusted=true", tls),
                            options=("--admin-listen", admin,
                                     "--query-listen", "tcp://127.0.0.1:0",
                                     "--gateway-listen", "tcp://127.0.0.1:0?proxy=program"))
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.prometheus = Prometheus(path / "prometheus", admin)
        cls.addClassCleanup(cls.prometheus.stop)
        # A rate is seen only if something was counted between two scrapes.
        cls.prometheus.wait_for("count_over_time(portcullis_build_info[1m]) > 1")
        cls.ask_often()
        cls.server.run("authorize", "s3:GetObject", "arn:aws:s3:::bucket/x", "--principal",
                       "arn:aws:iam::111122223333:user/idle")
        cls.prometheus.wait_for('rate(portcullis_rpc_seconds_count{method="Authorize"}[1m]) > 0')
        cls.prometheus.wait_for('rate(portcullis_audit_records_total{result="written"}[1m]) > 0')
        cls.ask_in_a_trace()
        cls.series = cls.prometheus.get("series", **{"match[]": '{job="portcullis"}'})
        cls.names = {series["__name__"] for series in cls.series}

    @classmethod
    def ask(cls, path, question, **headers):
        request = urllib.request.Request(
            cls.server.ports["gateway"][0].rstrip("/") + path, data=json.dumps(question).encode(),
            headers={"Content-Type": "application/json"} | headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    @classmethod
    def ask_often(cls):
        """Enough that one decision that a busy machine held up is none in a hundred."""
        answers = cls.ask("/access/v1/evaluations", QUESTION | {"evaluations": [{}] * 500})
        decisions = [answer["decision"] for answer in answers["evaluations"]]
        assert decisions == [False] * 500, decisions

    @classmethod
    def ask_in_a_trace(cls):
        answer = cls.ask("/access/v1/evaluation", QUESTION,
                         traceparent=f"00-{TRACE}-{'1' * 16}-01")
        assert answer["decision"] is False, answer

    def test_latencies_lead_to_traces(self):
        deadline = time.monotonic() + SECONDS_MAX
        found = []
        while not found and time.monotonic() < deadline:
            found = self.prometheus.get("query_exemplars", start=time.time() - 600,
                                        end=time.time() + 60,
                                        query="portcullis_authz_evaluation_seconds_bucket")
            time.sleep(0.2)
        labels = [exemplar["labels"] for series in found for exemplar in series["exemplars"]]
        self.assertEqual(labels, [{"trace_id": TRACE}])

    def test_the_target_is_healthy(self):
        targets = self.prometheus.get("targets")["activeTargets"]
        self.assertEqual([target["health"] for target in targets], ["up"], targets)

    def check(self, title, query):
        with self.subTest(title=title, query=query):
            self.prometheus.get("query", query=query)  # Prometheus parses it.
            names = set(METRIC.findall(query))
            self.assertTrue(names, "asks about nothing of ours")
            self.assertLessEqual(names, self.names, "no such metric")
            labels = {label for series in self.series if series["__name__"] in names
                      for label in series} | OTHER_LABELS
            asked = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)\s*\"", query))
            for words in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", query):
                asked |= {word.strip() for word in words.split(",")}
            self.assertLessEqual(asked, labels, "no such label")

    def test_the_alerts_name_what_is_there(self):
        for rule in alert_rules():
            self.check(rule["alert"], rule["expr"])

    def test_the_dashboard_names_what_is_there(self):
        titles = [title for title, query in dashboard_queries() if not self.check(title, query)]
        self.assertGreater(len(titles), 30)

    def test_label_values_that_are_asked_for_exist(self):
        queries = [rule["expr"] for rule in alert_rules()]
        queries += [query for _, query in dashboard_queries()]
        for query in queries:
            for label, values in re.findall(r"(reason|result|decision|method|code)=~?\"([^\"]+)\"",
                                            query):
                known = {series.get(label) for series in self.series}
                for value in values.split("|"):
                    self.assertIn(value, known, query)

    def test_panels_show_what_happened(self):
        shown = {title for title, query in dashboard_queries()
                 if self.prometheus.get("query", query=query)["result"]}
        for title in ("Decisions", "Denied", "Denials by reason", "Evaluation", "In flight",
                      "RPCs by method", "Revision by replica", "Certificates expire in", "Memory",
                      "Files", "Records", "Versions"):
            self.assertIn(title, shown)

    def test_a_healthy_server_raises_no_alert(self):
        alerts = self.prometheus.get("alerts")["alerts"]
        self.assertEqual([alert["labels"] for alert in alerts], [])
        states = {rule["health"] for group in self.prometheus.get("rules")["groups"]
                  for rule in group["rules"]}
        self.assertEqual(states, {"ok"})


if __name__ == "__main__":
    unittest.main()
