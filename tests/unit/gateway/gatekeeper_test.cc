#include "server/gateway/gatekeeper.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "tests/unit/gateway/gateway_world.h"

namespace portcullis::gateway {
namespace {

using base::Concat;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct OutcomeRow {
  std::string_view name;
  Sent sent;
  std::string_view outcome;  // Its beginning.
};

class GatekeeperTest : public GatewayTest {
 protected:
  static constexpr std::string_view kAllowedAna = "allowed arn:aws:iam::111122223333:user/ana";
  static constexpr std::string_view kAllowedMesh =
      "allowed arn:aws:sts::111122223333:assumed-role/Mesh/ns,prod,sa,web";

  void ExpectOutcomes(const std::vector<OutcomeRow>& rows) {
    for (const OutcomeRow& row : rows) {
      EXPECT_THAT(Outcome(row.sent), testing::StartsWith(std::string(row.outcome))) << row.name;
    }
  }
  std::string SessionOfAna() { return SessionToken(AnaKey()); }
  static Sent Workload() {
    Sent sent;
    sent.peer_principal = std::string(kWorkload);
    return sent;
  }
};

// Every method of identification: good, bad, none, two.
TEST_F(GatekeeperTest, SignaturesAndSessions) {
  const std::string session = SessionOfAna();
  Sent moved = Signed({});
  moved.target = "/orders/18";
  Sent half_presigned;
  half_presigned.target = "/orders/17?X-Amz-Signature=00";
  ExpectOutcomes({
      {"nothing", {}, "401 no_credentials"},
      {"signed", Signed({}), kAllowedAna},
      {"signed by somebody without permissions", Signed({}, {}, kBobKey), "403 implicit_deny"},
      {"signed with another secret", Signed({}, {}, kAnaKey, "another"), "401 invalid_signature"},
      {"signed by nobody", Signed({}, {}, "AKIANOBODYNOBODYNOBO"), "401 invalid_credentials"},
      {"signed for something else", moved, "401 invalid_signature"},
      {"presigned", Presigned({}), kAllowedAna},
      {"half a signature", Sent().With("authorization", "AWS4-HMAC-SHA256 Credential=a"),
       "401 incomplete_signature"},
      {"half a presigned one", half_presigned, "401 incomplete_signature"},
      {"a session", Bearing({}, session), kAllowedAna},
      {"a forged session", Bearing({}, session + "A"), "401 invalid_token"},
      {"garbage", Bearing({}, "garbage"), "401 invalid_token"},
      {"no token", Sent().With("authorization", "Bearer "), "401 invalid_token"},
      {"Basic", Sent().With("authorization", "Basic YTpi"), "401 unsupported_credentials"},
  });
}

TEST_F(GatekeeperTest, CallersWhomOthersVouchFor) {
  const std::string jwt = Jwt();
  const std::string stranger = FederatedTest::Signed(
      R"({"iss":"https://evil.example.com","aud":"sts.example.com","sub":"x","iat":1,"exp":2})");
  const auto peer = [](std::string_view principal) {
    Sent sent;
    sent.peer_principal = std::string(principal);
    return sent;
  };
  ExpectOutcomes({
      {"a JWT", Bearing({}, jwt),
       "allowed arn:aws:sts::111122223333:assumed-role/web/system-serviceaccount-default-web-"},
      {"a forged JWT", Bearing({}, jwt + "A"), "401 invalid_token"},
      {"a stranger's JWT", Bearing({}, stranger), "401 unknown_issuer"},
      {"no JWT", Bearing({}, "a.b.c"), "401 invalid_token"},
      {"a workload", peer(kWorkload), kAllowedMesh},
      {"of another trust domain", peer("spiffe://example.net/ns/prod/sa/web"),
       "401 unknown_issuer"},
      {"without a path", peer("spiffe://example.org"), "401 invalid_token"},
      {"with a query", peer("spiffe://example.org/ns/prod/sa/web?x"), "401 invalid_token"},
      {"that the trust policy does not admit", peer("spiffe://example.org/ns/test/sa/web"),
       "403 not_admitted"},
      {"a subject", peer("CN=spiffe://example.org/ns/prod/sa/web"), "401 no_credentials"},
      {"a DNS name", peer("web.example.org"), "401 no_credentials"},
  });
}

// A proof that is there decides: no falling through from a bad one, no choice among two.
TEST_F(GatekeeperTest, SeveralProofs) {
  const std::string session = SessionOfAna();
  const std::string joined = Concat({"Bearer ", session, ",Bearer ", session});
  constexpr std::string_view kTwo = "401 conflicting_credentials";
  ExpectOutcomes({
      {"a signature, and a workload", Signed(Workload()), kAllowedAna},
      {"a bad session, and a workload", Bearing(Workload(), "garbage"), "401 invalid_token"},
      {"a bad JWT, and a workload", Bearing(Workload(), "a.b.c"), "401 invalid_token"},
      {"Basic for the application, and a workload", Workload().With("authorization", "Basic YTpi"),
       kAllowedMesh},
      {"two sessions", Bearing(Bearing({}, session), session), kTwo},
      {"signed, and a bearer", Signed({}).With("authorization", "Bearer x"), kTwo},
      {"presigned, and a bearer", Presigned({}).With("authorization", "Bearer x"), kTwo},
      {"joined by the proxy", Sent().With("authorization", joined), kTwo},
      {"a token twice",
       Signed({}).With("x-amz-security-token", "a").With("x-amz-security-token", "a"), kTwo},
      {"two, and a workload", Bearing(Bearing(Workload(), session), session), kTwo},
  });
}

TEST_F(GatekeeperTest, SessionsSign) {
  world.Role(kAccount, "dev", engine::Trust(kAna), {engine::Allow("orders:GetOrder", "*")});
  world.Publish();
  const auto role = world.Assume(AnaKey(), engine::World::Parameters(RoleArn("dev")));
  ASSERT_TRUE(role.ok()) << role.status();
  const session::Credentials& keys = role->credentials;
  const Sent sent = Signed({}, {}, keys.access_key_id, keys.secret_access_key, keys.session_token);
  EXPECT_EQ(Outcome(sent), "allowed arn:aws:sts::111122223333:assumed-role/dev/session");
  EXPECT_EQ(Outcome(Signed({}, {}, keys.access_key_id, keys.secret_access_key)),
            "401 invalid_credentials");
  world.clock.Advance(absl::Hours(2));
  EXPECT_EQ(Outcome(Bearing({}, keys.session_token)), "401 token_expired");
}

// The order is the author's, and a rule's own list counts before the gateway's.
TEST_F(GatekeeperTest, MethodsInTheirOrder) {
  using route::Method;
  const std::string session = SessionOfAna();
  const std::string mesh = "allowed arn:aws:sts::111122223333:assumed-role/Mesh/ns,prod,sa,web";
  Orders().identify = {Method::kPeerCertificate, Method::kSessionToken};
  Orders().web_identities.clear();
  world.Publish();
  EXPECT_EQ(Outcome(Bearing(Workload(), session)), mesh);
  EXPECT_EQ(Outcome(Bearing({}, session)), kAllowedAna);
  EXPECT_EQ(Outcome(Signed({})), "401 unsupported_credentials");
  EXPECT_EQ(Outcome(Bearing({}, Jwt())), "401 unsupported_credentials");
  Sent tenant;
  tenant.method = "PUT";
  tenant.target = "/tenants/a";
  tenant = tenant.With("x-tenant", "a");
  EXPECT_EQ(Outcome(tenant), "401 no_credentials");
  tenant.peer_principal = std::string(kWorkload);
  EXPECT_EQ(Outcome(tenant), "401 no_credentials");
  EXPECT_EQ(Outcome(Bearing(tenant, session)), kAllowedAna);
}

// Proxies, and what they may say.
TEST_F(GatekeeperTest, WhichProxyAndWhatItAsserts) {
  const auto by = [](std::string_view proxy, Sent sent) {
    sent.proxy = std::string(proxy);
    return sent;
  };
  Sent secret = Signed(by("", {}));
  Sent wrong = secret;
  secret.secret = std::string(kMeshSecret);
  wrong.secret = "another secret of the same length";
  Sent certificate = Signed(by("", {}));
  certificate.identities = {"spiffe://example.org/ns/istio-system/sa/gateway"};
  Sent to_admin = Signed({});
  to_admin.extensions = {{"portcullis.gateway", "admin"}};
  Sent to_nobody = Signed({});
  to_nobody.extensions = {{"portcullis.gateway", "nobody"}};
  ExpectOutcomes({
      {"by listener", Signed(by("edge", {})), kAllowedAna},
      {"by secret", secret, kAllowedAna},
      {"by certificate", certificate, kAllowedAna},
      {"nobody", Signed(by("", {})), "undecided unknown_proxy"},
      {"another name", Signed(by("evil", {})), "undecided unknown_proxy"},
      {"a wrong secret", wrong, "undecided unknown_proxy"},
      {"not its gateway", Signed(by("narrow", {})), "403 no_gateway"},
      {"a workload, by one that may", Workload(),
       "allowed arn:aws:sts::111122223333:assumed-role/Mesh/ns,prod,sa,web"},
      {"a workload, by one that may not", by("plain", Workload()), "401 no_credentials"},
      {"a gateway of its choice", to_admin, kAllowedAna},
      {"a gateway that there is not", to_nobody, "403 no_gateway"},
      {"a gateway, by one that may not", by("plain", to_nobody), kAllowedAna},
  });
  EXPECT_EQ(Check(to_admin).gateway, "admin");
  const Verdict unknown = Check(wrong);
  EXPECT_EQ(unknown.failure.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(base::ReasonOf(unknown.failure), "UNKNOWN_PROXY");
}

struct AddressRow {
  std::string_view proxy;
  std::string_view source;
  std::string_view header;
  std::string_view value;
  bool allowed;
};

// R-3.25: only what a trusted proxy says, and only as many hops of it as are trusted.
TEST_F(GatekeeperTest, SourceAddresses) {
  engine::World::SetPolicies(&UserNamed("ana"),
                             {Conditional("Allow", "orders:GetOrder",
                                          R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})")});
  store::ProxyDefinition& behind = world.definitions().proxies.emplace_back();
  behind.name = At("behind");
  behind.trusted_hops = 1;
  world.Publish();
  const AddressRow rows[] = {
      {"edge", "192.0.2.1", "", "", true},
      {"edge", "198.51.100.1", "", "", false},
      {"edge", "", "", "", false},
      {"plain", "192.0.2.1", "", "", false},
      {"edge", "198.51.100.1", "x-forwarded-for", "192.0.2.1", false},
      {"edge", "198.51.100.1", "x-real-ip", "192.0.2.1", false},
      {"edge", "198.51.100.1", "forwarded", "for=192.0.2.1", false},
      {"edge", "198.51.100.1", "x-envoy-external-address", "192.0.2.1", false},
      {"behind", "10.0.0.1", "x-forwarded-for", "192.0.2.1", true},
      {"behind", "10.0.0.1", "x-forwarded-for", "192.0.2.1, 203.0.113.7", false},
      {"behind", "10.0.0.1", "x-forwarded-for", "garbage", false},
      {"behind", "192.0.2.1", "", "", true},
  };
  for (const AddressRow& row : rows) {
    Sent sent = Signed({});
    sent.proxy = std::string(row.proxy);
    sent.source_address = std::string(row.source);
    if (!row.header.empty()) sent.headers.emplace_back(row.header, row.value);
    EXPECT_EQ(Outcome(sent), row.allowed ? kAllowedAna : "403 implicit_deny")
        << row.proxy << " " << row.source << " " << row.value;
  }
}

// R-3.27, R-3.28, R-3.30.
TEST_F(GatekeeperTest, OtherFactsOfTheRequest) {
  const auto allowed_if = [&](std::string_view condition, const Sent& sent) {
    engine::World::SetPolicies(&UserNamed("ana"),
                               {Conditional("Allow", "orders:GetOrder", condition)});
    world.Publish();
    return Outcome(sent) == kAllowedAna;
  };
  Sent plain;
  plain.scheme = "http";
  Sent unknown;
  unknown.scheme = "";
  constexpr std::string_view kSecure = R"({"Bool":{"aws:SecureTransport":"true"}})";
  EXPECT_TRUE(allowed_if(kSecure, Signed({})));
  EXPECT_FALSE(allowed_if(kSecure, Signed(plain)));
  EXPECT_FALSE(allowed_if(kSecure, Signed(unknown)));
  constexpr std::string_view kAgent = R"({"StringEquals":{"aws:UserAgent":"curl/8.0"}})";
  EXPECT_TRUE(allowed_if(kAgent, Signed({}).With("user-agent", "curl/8.0")));
  EXPECT_FALSE(allowed_if(kAgent, Signed({})));
  EXPECT_FALSE(
      allowed_if(kAgent, Signed({}).With("user-agent", "curl/8.0").With("user-agent", "curl/8.0")));
  EXPECT_TRUE(allowed_if(R"({"StringEquals":{"aws:RequestedRegion":"eu-west-1"}})", Signed({})));
  // What a rule takes from the request.
  Sent tenant;
  tenant.method = "PUT";
  tenant.target = "/tenants/a";
  tenant = Bearing(tenant, SessionOfAna());
  constexpr std::string_view kTenant = R"({"StringEquals":{"orders:Tenant":"a"}})";
  EXPECT_TRUE(allowed_if(kTenant, tenant.With("x-tenant", "a")));
  EXPECT_FALSE(allowed_if(kTenant, tenant.With("x-tenant", "b")));
  EXPECT_EQ(Outcome(tenant), "403 missing_value");
}

// A header, whatever it is called, is no identity.
TEST_F(GatekeeperTest, SpoofedHeaders) {
  const std::string_view names[] = {"x-portcullis-principal",
                                    "x-portcullis-proxy-secret",
                                    "x-forwarded-client-cert",
                                    "x-amzn-principal",
                                    "x-remote-user",
                                    "x-forwarded-user",
                                    "x-envoy-downstream-service-cluster",
                                    "x-amz-security-token",
                                    "proxy-authorization",
                                    "x-original-authorization",
                                    "x-forwarded-access-token"};
  for (const std::string_view name : names) {
    EXPECT_EQ(Outcome(Sent().With(name, kAna)), "401 no_credentials") << name;
  }
}

TEST_F(GatekeeperTest, PublicRoutes) {
  Sent health;
  health.target = "/healthz";
  EXPECT_EQ(Outcome(health), "allowed ");
  const Verdict verdict = Check(health);
  EXPECT_EQ(verdict.rule, "health");
  EXPECT_EQ(verdict.principal_arn, "");
  EXPECT_EQ(verdict.reason, "public_route");
  EXPECT_EQ(verdict.proof, Verdict::Proof::kNone);
  // Nobody is identified, so nobody's proof is looked at.
  EXPECT_EQ(Outcome(Bearing(health, "garbage")), "allowed ");
  health.method = "POST";
  EXPECT_EQ(Outcome(health), "403 no_route");
  health.method = "GET";
  health.proxy = "evil";
  EXPECT_EQ(Outcome(health), "undecided unknown_proxy");
}

struct TargetRow {
  std::string_view method;
  std::string_view host;
  std::string_view target;
  std::string_view outcome;
};

TEST_F(GatekeeperTest, HostsAndPaths) {
  const TargetRow rows[] = {
      {"GET", "ORDERS.example.com.:443", "/orders/17", "401 no_credentials"},
      {"GET", "unknown.example.com", "/orders/17", "403 no_gateway"},
      {"GET", "", "/orders/17", "400 ambiguous_host"},
      {"GET", "a@orders.example.com", "/orders/17", "400 ambiguous_host"},
      {"GET", "orders.example.com", "/other", "403 no_route"},
      {"DELETE", "orders.example.com", "/orders/17", "403 no_route"},
      {"GET", "orders.example.com", "/healthz/../orders/17", "400 ambiguous_path"},
      {"GET", "orders.example.com", "/orders/%2e%2e/healthz", "400 ambiguous_path"},
      {"GET", "orders.example.com", "/healthz%2forders", "400 ambiguous_path"},
      {"GET", "orders.example.com", "//healthz", "400 ambiguous_path"},
      {"GET", "orders.example.com", "/healthz;x", "400 ambiguous_path"},
      {"GET", "orders.example.com", "healthz", "400 malformed_request"},
      {"GET", "orders.example.com", "", "400 malformed_request"},
      {"", "orders.example.com", "/healthz", "400 malformed_request"},
  };
  for (const TargetRow& row : rows) {
    Sent sent;
    sent.method = std::string(row.method);
    sent.host = std::string(row.host);
    sent.target = std::string(row.target);
    EXPECT_EQ(Outcome(sent), row.outcome) << row.method << " " << row.host << row.target;
  }
  Sent two_hosts = Sent().With("host", "admin.example.com");
  EXPECT_EQ(Outcome(two_hosts), "400 ambiguous_host");
}

// A verdict of the request before says nothing about the next one.
TEST_F(GatekeeperTest, ReloadBetweenRequests) {
  const std::string session = SessionOfAna();
  EXPECT_EQ(Outcome(Bearing({}, session)), kAllowedAna);
  const std::string jwt = Jwt();
  EXPECT_THAT(Outcome(Bearing({}, jwt)), testing::StartsWith("allowed "));
  const std::string before = Check(Bearing({}, session)).policy_revision;
  engine::World::SetPolicies(&UserNamed("ana"), {});
  SetTrust(&RoleNamed("web"), engine::Trust(kAna));
  world.Publish();
  EXPECT_EQ(Outcome(Bearing({}, session)), "403 implicit_deny");
  EXPECT_EQ(Outcome(Bearing({}, jwt)), "403 not_admitted");
  EXPECT_NE(Check(Bearing({}, session)).policy_revision, before);
  world.definitions().proxies.clear();
  world.Publish();
  EXPECT_EQ(Outcome(Bearing({}, session)), "undecided unknown_proxy");
}

TEST_F(GatekeeperTest, KeptSessionsAreStillLookedAt) {
  EXPECT_THAT(Outcome(Workload()), testing::StartsWith("allowed "));
  const auto snapshot = world.store.Current();
  state::Revocation revocation;
  revocation.kind = state::RevocationKind::kRole;
  revocation.account = std::string(kAccount);
  revocation.subject = snapshot->FindRoleByName(kAccount, "Mesh")->id;
  revocation.issued_before = state::IssuedBeforeForNow(world.clock.Now());
  revocation.created_at = world.clock.Now();
  revocation.created_by = std::string(kAna);
  ASSERT_TRUE(world.revocations->Add(revocation).ok());
  EXPECT_THAT(Outcome(Workload()), testing::StartsWith("403 "));
}

TEST_F(GatekeeperTest, NothingLoadedIsNoAnswer) {
  const store::PolicyStore empty;
  Gatekeeper keeper(empty, world.clock, {*authorizer, *sessions, *recorder});
  const Sent sent = Signed({});
  const ArrivalOf arrival(sent);
  const Verdict verdict = keeper.Check(arrival.get());
  EXPECT_EQ(verdict.outcome, Verdict::Outcome::kUndecided);
  EXPECT_EQ(base::ReasonOf(verdict.failure), "NOT_LOADED");
  EXPECT_EQ(verdict.reason, "unavailable");
  EXPECT_FALSE(keeper.MayWait(arrival.get()));
  EXPECT_EQ(Written().size(), 1u);
}

TEST_F(GatekeeperTest, NoAnswerWithoutARecord) {
  audit::QueueOptions options;
  options.capacity = 2;
  options.on_full = audit::OnFull::kFailClosed;
  options.on_full_important = audit::OnFull::kFailClosed;
  options.block_max = absl::Milliseconds(1);
  options.retry_interval = absl::Milliseconds(10);
  Start(options, /*broken_sink=*/true);
  Sent health;
  health.target = "/healthz";
  std::string decided;
  std::string open;
  for (int i = 0; i < 20; ++i) {
    decided = Outcome(Signed({}));
    open = Outcome(health);
  }
  EXPECT_EQ(decided, "undecided unavailable");
  EXPECT_EQ(open, "undecided unavailable");
  EXPECT_EQ(Outcome({}), "401 no_credentials");
}

// One line for each, with what led to it, and nothing that must not be there.
TEST_F(GatekeeperTest, EveryAnswerIsRecordedOnce) {
  Sent health;
  health.target = "/healthz?token=hunter2";
  Sent ambiguous;
  ambiguous.target = "/a/../b?token=hunter2";
  Sent absolute;
  absolute.target = "http://user:hunter2@orders.example.com/";
  Sent userinfo;
  userinfo.host = "ana:hunter2@orders.example.com";
  const std::string session = SessionOfAna();
  Sent full = Bearing({}, session).With("cookie", "hunter2").With("x-request-id", "req-1");
  full.target = "/orders/17?token=hunter2";
  full.trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  full.peer_principal = std::string(kWorkload);
  Sent odd_id = Sent().With("x-request-id", "hunter2 hunter2");
  const Sent sent[] = {full, health, ambiguous, absolute, userinfo, odd_id};
  std::vector<std::string> ids;
  Start();
  for (const Sent& one : sent) ids.push_back(Check(one).decision_id);
  const std::vector<std::string> lines_written = Written();
  ASSERT_EQ(lines_written.size(), std::size(sent));
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_THAT(lines_written[i], HasSubstr(Concat({"\"decisionId\":\"", ids[i], "\""})));
    EXPECT_THAT(lines_written[i], Not(HasSubstr("hunter2"))) << i;
    EXPECT_THAT(lines_written[i], Not(HasSubstr(session))) << i;
    EXPECT_THAT(lines_written[i], HasSubstr("\"ext_authz\":{\"proxy\":\"edge\"")) << i;
  }
  EXPECT_THAT(
      lines_written[0],
      AllOf(HasSubstr("\"decision\":\"allow\""),
            HasSubstr("\"traceId\":\"0af7651916cd43dd8448eb211c80319c\""),
            HasSubstr("\"ext_authz\":{\"proxy\":\"edge\",\"gateway\":\"orders\","
                      "\"rule\":\"get-order\",\"method\":\"GET\",\"host\":\"orders.example.com\","
                      "\"path\":\"/orders/17\","
                      "\"sourcePrincipal\":\"spiffe://example.org/ns/prod/sa/web\","
                      "\"requestId\":\"req-1\"}"),
            HasSubstr("\"sourceIPAddress\":\"192.0.2.1\""), HasSubstr(kAna)));
  EXPECT_THAT(lines_written[1],
              AllOf(HasSubstr("\"decision\":\"allow\""), HasSubstr("\"reason\":\"public_route\"")));
  EXPECT_THAT(lines_written[2],
              AllOf(HasSubstr("\"decision\":\"error\""), HasSubstr("\"reason\":\"ambiguous_path\""),
                    HasSubstr("\"path\":\"/a/../b\"")));
  EXPECT_THAT(lines_written[5], HasSubstr("\"reason\":\"no_credentials\""));
  const std::string exposition = registry.TextExposition();
  for (const std::string_view reason :
       {"explicit_allow", "public_route", "malformed", "session_invalid"}) {
    EXPECT_THAT(exposition, HasSubstr(Concat({"api=\"ext_authz\""}))) << reason;
    EXPECT_THAT(exposition, HasSubstr(Concat({"reason=\"", reason, "\""}))) << reason;
  }
}

// The exchange of a proof is an event of its own.
TEST_F(GatekeeperTest, ExchangesAreRecordedBesides) {
  Start();
  EXPECT_THAT(Outcome(Workload()), testing::StartsWith("allowed "));
  EXPECT_THAT(Outcome(Workload()), testing::StartsWith("allowed "));
  const std::vector<std::string> written = Written();
  ASSERT_EQ(written.size(), 3u);
  EXPECT_THAT(written[0],
              AllOf(HasSubstr("AssumeRoleWithWorkloadIdentity"), Not(HasSubstr("\"eventID\""))));
  EXPECT_THAT(written[1], HasSubstr("\"eventName\":\"Authorize\""));
  EXPECT_THAT(written[2], HasSubstr("\"eventName\":\"Authorize\""));
}

TEST_F(GatekeeperTest, OnlyNewJwtsWait) {
  const auto may_wait = [this](const Sent& sent) {
    return gatekeeper->MayWait(ArrivalOf(sent).get());
  };
  const Sent jwt = Bearing({}, Jwt());
  EXPECT_TRUE(may_wait(jwt));
  EXPECT_THAT(Outcome(jwt), testing::StartsWith("allowed "));
  EXPECT_FALSE(may_wait(jwt));
  EXPECT_TRUE(may_wait(Bearing({}, Jwt("somebody else"))));
  EXPECT_FALSE(may_wait(Bearing({}, SessionOfAna())));
  EXPECT_FALSE(may_wait(Signed({})));
  EXPECT_FALSE(may_wait({}));
  EXPECT_FALSE(may_wait(Workload()));
  EXPECT_FALSE(may_wait(Bearing({}, "a.b.c")));
  Sent health = Bearing({}, Jwt("another"));
  health.target = "/healthz";
  EXPECT_FALSE(may_wait(health));
  health.target = "/nowhere";
  EXPECT_FALSE(may_wait(health));
  Sent admin = Bearing({}, Jwt("another"));
  admin.host = "admin.example.com";
  EXPECT_FALSE(may_wait(admin));
}

TEST_F(GatekeeperTest, WhoeverFindsNoSeatIsNotDecided) {
  WaitingRoom full(0);
  const auto check = [&](const Sent& sent) {
    const ArrivalOf owner(sent);
    Arrival arrival = owner.get();
    arrival.waiting_room = &full;
    return gatekeeper->Check(arrival);
  };
  const Sent jwt = Bearing({}, Jwt());
  const Verdict turned_away = check(jwt);
  EXPECT_EQ(turned_away.outcome, Verdict::Outcome::kUndecided);
  EXPECT_EQ(turned_away.failure.code(), absl::StatusCode::kResourceExhausted);
  ASSERT_THAT(Outcome(jwt), testing::StartsWith("allowed "));
  EXPECT_EQ(check(jwt).outcome, Verdict::Outcome::kAllowed);  // Kept: need not wait.
  EXPECT_EQ(check(Workload()).outcome, Verdict::Outcome::kAllowed);
  EXPECT_EQ(check(Signed({})).outcome, Verdict::Outcome::kAllowed);
}

TEST_F(GatekeeperTest, WhatAVerdictTells) {
  const Verdict verdict = Check(Signed({}));
  EXPECT_EQ(verdict.principal_arn, kAna);
  EXPECT_EQ(verdict.account, kAccount);
  EXPECT_EQ(verdict.user_id, world.store.Current()->FindUser(kAna)->id);
  EXPECT_EQ(verdict.gateway, "orders");
  EXPECT_EQ(verdict.rule, "get-order");
  EXPECT_EQ(verdict.policy_revision, world.store.Current()->digest());
  EXPECT_EQ(verdict.reason, "explicit_allow");
  EXPECT_EQ(verdict.proof, Verdict::Proof::kAuthorization);
  EXPECT_EQ(Check(Presigned({})).proof, Verdict::Proof::kQuery);
  EXPECT_EQ(Check(Workload()).proof, Verdict::Proof::kPeerCertificate);
  const Verdict nobody = Check({});
  EXPECT_EQ(nobody.principal_arn, "");
  EXPECT_THAT(nobody.challenges,
              ElementsAre("AWS4-HMAC-SHA256 realm=\"orders\"", "Bearer realm=\"orders\""));
  EXPECT_THAT(Check(Bearing({}, "garbage")).challenges,
              ElementsAre("AWS4-HMAC-SHA256 realm=\"orders\"",
                          "Bearer realm=\"orders\", error=\"invalid_token\""));
  const Verdict denied = Check(Signed({}, {}, kBobKey));
  EXPECT_EQ(denied.principal_arn, "");
  EXPECT_THAT(denied.message, Not(HasSubstr("arn:")));
}

}  // namespace
}  // namespace portcullis::gateway
