#include "tests/unit/gateway/gateway_world.h"

#include <algorithm>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

#include "server/base/text.h"
#include "server/signature/canonical_request.h"

namespace portcullis::gateway {
namespace {

using base::Concat;
using engine::Allow;

class MemorySink : public audit::Sink {
 public:
  using Take = std::function<void(std::string_view)>;
  MemorySink(Take take, bool broken) : take_(std::move(take)), broken_(broken) {}
  absl::Status Write(std::string_view lines) override {
    if (broken_) return absl::DataLossError("the disk is full");
    take_(lines);
    return absl::OkStatus();
  }
  absl::Status Flush() override { return absl::OkStatus(); }
  metrics::AuditSink label() const override { return metrics::AuditSink::kFile; }

 private:
  const Take take_;
  const bool broken_;
};

route::RuleDefinition Rule(std::string_view name, std::string_view method, std::string_view path) {
  route::RuleDefinition rule;
  rule.name = At(name);
  rule.match.methods = {At(method)};
  rule.match.path = At(path);
  return rule;
}

std::vector<route::RuleDefinition> OrdersRules() {
  std::vector<route::RuleDefinition> rules;
  rules.push_back(Rule("health", "GET", "/healthz"));
  rules.back().is_public = true;
  rules.push_back(Rule("get-order", "GET", "/orders/{order}"));
  rules.back().action = At("orders:GetOrder");
  rules.back().resource = At("arn:aws:orders:${region}:${account}:order/${path.order}");
  rules.push_back(Rule("tenant", "PUT", "/tenants/{name}"));
  rules.back().action = At("orders:GetOrder");
  rules.back().resource = At("arn:aws:orders:${region}:${account}:tenant/${path.name}");
  rules.back().context = {Pair("orders:Tenant", "${header.x-tenant}")};
  rules.back().identify = {route::Method::kSessionToken};
  return rules;
}

std::string SpiffeTrust() {
  return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":)"
         R"("arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/1"},)"
         R"("Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringLike":)"
         R"({"oidc.example.com/id/1:sub":"spiffe://example.org/ns/prod/*"}}}})";
}

}  // namespace

route::Located At(std::string_view text) {
  return route::Located{std::string(text), {1, 1}};
}

route::PairDefinition Pair(std::string_view name, std::string_view value) {
  return {At(name), At(value)};
}

Sent Sent::With(std::string_view name, std::string_view value) const {
  Sent more = *this;
  more.headers.emplace_back(name, value);
  return more;
}

ArrivalOf::ArrivalOf(const Sent& sent) {
  identities_.assign(sent.identities.begin(), sent.identities.end());
  for (const auto& [name, value] : sent.headers) headers_.push_back({name, value});
  for (const auto& [name, value] : sent.extensions) extensions_.push_back({name, value});
  arrival_.proxy = {sent.proxy, identities_, sent.secret};
  arrival_.request.method = sent.method;
  arrival_.request.scheme = sent.scheme;
  arrival_.request.host = sent.host;
  arrival_.request.target = sent.target;
  arrival_.request.headers = headers_;
  arrival_.request.headers_joined = sent.joined;
  if (sent.body.has_value()) arrival_.request.body = *sent.body;
  arrival_.request.extensions = extensions_;
  arrival_.source_address = sent.source_address;
  arrival_.peer_principal = sent.peer_principal;
  arrival_.trace_parent = sent.trace_parent;
}

GatewayTest::GatewayTest() {
  const std::string allow = Allow("orders:GetOrder", "*");
  engine::World::SetPolicies(&UserNamed("ana"), {allow, Allow("execute-api:Invoke", "*")});
  engine::World::SetPolicies(&RoleNamed("web"), {allow});
  Oidc().trust_domain = At("example.org");
  world.Role(kAccount, "Mesh", SpiffeTrust(), {allow});

  route::GatewayDefinition orders;
  orders.name = At("orders");
  orders.account = At(kAccount);
  orders.region = At("eu-west-1");
  orders.hosts = {At("orders.example.com")};
  orders.identify = {route::Method::kSignature, route::Method::kSessionToken,
                     route::Method::kWebIdentity, route::Method::kPeerCertificate};
  orders.web_identities.push_back({At(kIssuer), At(RoleArn("web"))});
  orders.peer_certificates.push_back({At("example.org"), At(RoleArn("Mesh"))});
  orders.rules = OrdersRules();
  route::GatewayDefinition admin;
  admin.name = At("admin");
  admin.account = At(kAccount);
  admin.hosts = {At("admin.example.com")};
  admin.payload = route::Payload::kBody;
  world.definitions().gateways = {std::move(orders), std::move(admin)};

  std::vector<store::ProxyDefinition> proxies(5);
  proxies[0].name = At("edge");
  proxies[0].asserts_peer_certificate = true;
  proxies[1].name = At("plain");
  proxies[1].asserts_source_address = false;
  proxies[1].asserts_extensions = false;
  proxies[2].name = At("mesh");
  proxies[2].identities = {At("spiffe://example.org/ns/istio-system/*")};
  proxies[3].name = At("secretive");
  proxies[3].secret = store::SecretText(kMeshSecret);
  proxies[4].name = At("narrow");
  proxies[4].gateways = {At("admin")};
  world.definitions().proxies = std::move(proxies);
  world.Publish();
  Start();
}

store::ProxyDefinition& GatewayTest::ProxyNamed(std::string_view name) {
  for (store::ProxyDefinition& proxy : world.definitions().proxies) {
    if (proxy.name.text == name) return proxy;
  }
  ADD_FAILURE() << "no proxy " << name;
  return world.definitions().proxies.front();
}

void GatewayTest::Start(const audit::QueueOptions& options, bool broken_sink) {
  gatekeeper.reset();
  const auto take = [kept = lines](std::string_view text) {
    const absl::MutexLock lock(&kept->mutex);
    kept->text.append(text);
  };
  std::vector<std::unique_ptr<audit::Sink>> sinks;
  sinks.push_back(std::make_unique<MemorySink>(take, broken_sink));
  queue = std::make_unique<audit::Queue>(options, std::move(sinks), &registry);
  recorder = std::make_unique<engine::Recorder>(queue.get(), &registry);
  authorizer = std::make_unique<engine::Authorizer>(world.store, world.clock, *recorder,
                                                    world.revocations.get());
  sessions = std::make_unique<engine::Sessions>(
      world.store, world.clock,
      engine::SessionsParts{world.mfa, *recorder, world.providers, *authorizer,
                            world.revocations.get()});
  gatekeeper = std::make_unique<Gatekeeper>(world.store, world.clock,
                                            GatekeeperParts{*authorizer, *sessions, *recorder});
}

Verdict GatewayTest::Check(const Sent& sent) {
  return gatekeeper->Check(ArrivalOf(sent).get());
}

std::string GatewayTest::Outcome(const Sent& sent) {
  const Verdict verdict = Check(sent);
  EXPECT_EQ(verdict.decision_id.size(), 26u);
  EXPECT_EQ(verdict.challenges.empty(), verdict.outcome != Verdict::Outcome::kUnauthenticated);
  EXPECT_EQ(verdict.failure.ok(), verdict.outcome != Verdict::Outcome::kUndecided);
  switch (verdict.outcome) {
    case Verdict::Outcome::kUndecided:
      return Concat({"undecided ", verdict.reason});
    case Verdict::Outcome::kUnauthenticated:
      return Concat({"401 ", verdict.reason});
    case Verdict::Outcome::kRefused:
      return Concat({"400 ", verdict.reason});
    case Verdict::Outcome::kDenied:
      return Concat({"403 ", verdict.reason});
    case Verdict::Outcome::kAllowed:
      return Concat({"allowed ", verdict.principal_arn});
  }
  return "?";
}

std::vector<std::string> GatewayTest::Written() {
  EXPECT_TRUE(queue->Shutdown(absl::Seconds(10)).ok());
  const absl::MutexLock lock(&lines->mutex);
  return absl::StrSplit(lines->text, '\n', absl::SkipEmpty());
}

Sent GatewayTest::Signed(Sent sent, signature::SignOptions options, std::string_view key,
                         std::string_view secret, std::optional<std::string_view> token) {
  std::vector<signature::HeaderField> headers = {{"host", sent.host}};
  for (const auto& [name, value] : sent.headers) headers.push_back({name, value});
  const size_t mark = std::min(sent.target.find('?'), sent.target.size());
  const std::string body_sha256 = signature::BodySha256(sent.body.value_or(""));
  signature::SignedRequest request;
  request.method = sent.method;
  request.path = std::string_view(sent.target).substr(0, mark);
  if (mark < sent.target.size()) {
    request.query = std::string_view(sent.target).substr(mark + 1);
  }
  request.headers = headers;
  request.body_sha256 = body_sha256;
  if (options.region.empty()) options.region = "eu-west-1";
  if (options.service.empty()) options.service = "execute-api";
  options.time = world.clock.Now();
  const auto made = signature::SignRequest(request, {key, secret, token}, options);
  EXPECT_TRUE(made.ok()) << made.status();
  if (!made.ok()) return sent;
  for (const signature::AddedHeader& header : made->headers) {
    std::string name = header.name;
    for (char& c : name) c = absl::ascii_tolower(static_cast<unsigned char>(c));
    sent.headers.emplace_back(std::move(name), header.value);
  }
  if (options.presigned_expires.has_value()) {
    sent.target = Concat({sent.target.substr(0, mark), "?", made->query});
  }
  return sent;
}

Sent GatewayTest::Presigned(Sent sent, signature::SignOptions options) {
  options.presigned_expires = absl::Minutes(5);
  return Signed(std::move(sent), options);
}

Sent GatewayTest::Bearing(Sent sent, std::string_view token) {
  sent.headers.emplace_back("authorization", Concat({"Bearer ", token}));
  return sent;
}

std::string GatewayTest::Jwt(std::string_view subject) const {
  return FederatedTest::Signed(Claims("", R"("sts.example.com")", subject));
}

}  // namespace portcullis::gateway
