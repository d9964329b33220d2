#include "server/policy/evaluate.h"

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/compile_for_test.h"

// Counts what is allocated while a test asks for it. All unaligned forms are replaced, so that no
// memory is freed by another allocator than it came from; sanitizers check that.
namespace {

thread_local bool counting = false;
thread_local size_t allocations = 0;

void* Allocate(size_t size) {
  if (counting) ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}

void* AllocateOrThrow(size_t size) {
  if (void* memory = Allocate(size)) return memory;
  throw std::bad_alloc();
}

// Not inlined: GCC would see free() at the end of what began with `new`, and warn.
[[gnu::noinline]] void Release(void* memory) {
  std::free(memory);
}

}  // namespace

void* operator new(size_t size) {
  return AllocateOrThrow(size);
}
void* operator new[](size_t size) {
  return AllocateOrThrow(size);
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void operator delete(void* memory) noexcept {
  Release(memory);
}
void operator delete[](void* memory) noexcept {
  Release(memory);
}
void operator delete(void* memory, size_t) noexcept {
  Release(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  Release(memory);
}

namespace portcullis::policy {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kOurs = "111111111111";
constexpr std::string_view kTheirs = "222222222222";
constexpr std::string_view kResource = "arn:aws:box:::item/a";

constexpr std::string_view kUserArn = "arn:aws:iam::111111111111:user/ana";
constexpr std::string_view kRoleArn = "arn:aws:iam::111111111111:role/Ops";
constexpr std::string_view kSessionArn = "arn:aws:sts::111111111111:assumed-role/Ops/s1";
constexpr std::string_view kGuestArn = "arn:aws:sts::111111111111:federated-user/guest";
constexpr std::string_view kRootArn = "arn:aws:iam::111111111111:root";

enum class Says { kAbsent, kNothing, kAllow, kDeny };

Principal CallerOf(PrincipalKind kind) {
  Principal caller;
  caller.kind = kind;
  caller.account = kOurs;
  switch (kind) {
    case PrincipalKind::kUser:
      caller.arn = kUserArn;
      break;
    case PrincipalKind::kRoleSession:
      caller.arn = kSessionArn;
      caller.issuer_arn = kRoleArn;
      break;
    case PrincipalKind::kFederatedUser:
      caller.arn = kGuestArn;
      caller.issuer_arn = kUserArn;
      break;
    case PrincipalKind::kRoot:
      caller.arn = kRootArn;
      break;
    case PrincipalKind::kService:
      caller.arn = "docs.amazonaws.com";
      caller.account = {};
      break;
    case PrincipalKind::kWebIdentity:
      caller.federated_provider = "accounts.google.com";
      caller.account = {};
      break;
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kSaml:
      caller.account = {};
      break;
  }
  return caller;
}

// One question built up from what each kind of policy says.
class World {
 public:
  World& Caller(PrincipalKind kind) {
    caller_ = CallerOf(kind);
    return *this;
  }
  World& Identity(Says says) {
    if (says != Says::kAbsent) policies_.identity.push_back(Add(says, ""));
    return *this;
  }
  World& Boundary(Says says) {
    if (says != Says::kAbsent) policies_.boundary = Add(says, "");
    return *this;
  }
  World& Session(Says says) {
    policies_.session_limited = says != Says::kAbsent;
    if (says != Says::kAbsent) policies_.session.push_back(Add(says, ""));
    return *this;
  }
  // `aws`: an entry under AWS; empty: no resource policy.
  World& Resource(Says says, std::string_view aws) {
    return ResourcePrincipal(says, aws.empty() ? "" : R"({"AWS":")" + std::string(aws) + R"("})");
  }
  World& ResourcePrincipal(Says says, std::string_view principal) {
    if (!principal.empty()) {
      policies_.resource = Add(says, R"("Principal":)" + std::string(principal) + ",");
    }
    return *this;
  }
  World& ServiceControl(std::vector<Says> levels) {
    for (const Says says : levels) policies_.service_control.push_back(Add(says, ""));
    return *this;
  }
  World& ResourceControl(std::vector<Says> levels) {
    for (const Says says : levels) {
      policies_.resource_control.push_back(Add(says, R"("Principal":"*",)"));
    }
    return *this;
  }
  World& RequiresResourcePolicy() {
    policies_.requires_resource_policy = true;
    return *this;
  }
  World& OwnedBy(std::string_view account) {
    owner_ = account;
    return *this;
  }

  EffectivePolicies& policies() { return policies_; }

  Decision Decide() {
    PrepareRequest(caller_, "box:Get", kResource, owner_, &context_, &request_);
    return Evaluate(policies_, request_);
  }
  std::string Effect() { return std::string(EffectName(Decide().effect)); }

 private:
  const CompiledPolicySet* Add(Says says, const std::string& principal) {
    const std::string action = says == Says::kNothing ? "box:Put" : "box:Get";
    const std::string effect = says == Says::kDeny ? "Deny" : "Allow";
    sets_.push_back(
        SetForTest({Document(R"({"Effect":")" + effect + "\"," + principal + R"("Action":")" +
                             action + R"(","Resource":"*"})")},
                   principal.empty() ? PolicyType::kInlineIdentity : PolicyType::kResource));
    return sets_.back().get();
  }

  Principal caller_ = CallerOf(PrincipalKind::kUser);
  std::string_view owner_ = kOurs;
  EffectivePolicies policies_;
  std::vector<std::unique_ptr<const CompiledPolicySet>> sets_;
  RequestContext context_;
  AuthorizationRequest request_;
};

constexpr auto kAbsent = Says::kAbsent;
constexpr auto kN = Says::kNothing;
constexpr auto kA = Says::kAllow;
constexpr auto kD = Says::kDeny;
constexpr auto kUser = PrincipalKind::kUser;
constexpr auto kSession = PrincipalKind::kRoleSession;
constexpr auto kFederated = PrincipalKind::kFederatedUser;
constexpr auto kRoot = PrincipalKind::kRoot;

struct Row {
  std::string_view rule;
  PrincipalKind caller;
  Says identity;
  Says boundary;
  Says session;
  std::string_view resource_names;  // What the resource policy's Allow names; empty: no policy.
  std::string_view same_account;
  std::string_view cross_account;
};

TEST(Evaluate, Grants) {
  const Row kRows[] = {
      // Without a resource policy: R-4.28 to R-4.31.
      {"R-4.28", kUser, kA, kAbsent, kAbsent, "", "allowed", "implicitDeny"},
      {"R-4.28", kSession, kA, kA, kA, "", "allowed", "implicitDeny"},
      {"R-4.29", kUser, kA, kN, kAbsent, "", "implicitDeny", "implicitDeny"},
      {"R-4.30", kSession, kA, kA, kN, "", "implicitDeny", "implicitDeny"},
      {"A-64", kUser, kN, kA, kAbsent, "", "implicitDeny", "implicitDeny"},
      {"A-65", kSession, kN, kAbsent, kA, "", "implicitDeny", "implicitDeny"},
      {"R-4.10", kUser, kAbsent, kAbsent, kAbsent, "", "implicitDeny", "implicitDeny"},
      // Direct grants: R-4.13, R-4.15, R-4.17, R-4.19.
      {"R-4.13", kUser, kN, kAbsent, kAbsent, kUserArn, "allowed", "implicitDeny"},
      {"A-55", kUser, kN, kN, kAbsent, kUserArn, "allowed", "implicitDeny"},
      {"R-4.13", kUser, kN, kN, kAbsent, "*", "allowed", "implicitDeny"},
      {"A-57", kSession, kN, kN, kN, kSessionArn, "allowed", "implicitDeny"},
      {"A-58", kSession, kN, kN, kN, "*", "allowed", "implicitDeny"},
      {"R-4.19", kFederated, kN, kN, kN, kGuestArn, "allowed", "implicitDeny"},
      {"R-4.19", kFederated, kN, kN, kN, "*", "allowed", "implicitDeny"},
      // Limited grants: R-4.16, R-4.20.
      {"R-4.35", kSession, kN, kAbsent, kAbsent, kRoleArn, "allowed", "implicitDeny"},
      {"R-4.35", kSession, kN, kA, kA, kRoleArn, "allowed", "implicitDeny"},
      {"A-56", kSession, kA, kN, kAbsent, kRoleArn, "implicitDeny", "implicitDeny"},
      {"R-4.34", kSession, kA, kAbsent, kN, kRoleArn, "implicitDeny", "implicitDeny"},
      {"R-4.20", kFederated, kN, kA, kA, kUserArn, "allowed", "implicitDeny"},
      {"R-4.20", kFederated, kN, kN, kA, kUserArn, "implicitDeny", "implicitDeny"},
      {"R-4.20", kFederated, kN, kA, kN, kUserArn, "implicitDeny", "implicitDeny"},
      // Delegation: R-4.14, R-4.18, R-4.21.
      {"A-62", kUser, kN, kAbsent, kAbsent, kOurs, "implicitDeny", "implicitDeny"},
      {"R-4.14", kUser, kA, kAbsent, kAbsent, kRootArn, "allowed", "allowed"},
      {"R-4.33", kUser, kA, kN, kAbsent, kOurs, "implicitDeny", "implicitDeny"},
      {"R-4.34", kSession, kA, kA, kN, kOurs, "implicitDeny", "implicitDeny"},
      {"R-4.21", kFederated, kA, kA, kA, kOurs, "allowed", "allowed"},
      // Across accounts both sides are needed: R-4.39, A-59.
      {"R-4.44", kUser, kA, kAbsent, kAbsent, kUserArn, "allowed", "allowed"},
      {"R-4.44", kSession, kA, kA, kA, kRoleArn, "allowed", "allowed"},
      {"A-59", kSession, kA, kN, kAbsent, kSessionArn, "allowed", "implicitDeny"},
      {"A-59", kSession, kA, kA, kN, "*", "allowed", "implicitDeny"},
      {"R-4.52", kUser, kA, kAbsent, kAbsent, kTheirs, "allowed", "implicitDeny"},
      // Root: R-1.4, R-4.9, R-4.40.
      {"R-4.9", kRoot, kAbsent, kAbsent, kAbsent, "", "allowed", "implicitDeny"},
      {"R-4.40", kRoot, kAbsent, kAbsent, kAbsent, kOurs, "allowed", "allowed"},
      {"R-4.40", kRoot, kAbsent, kAbsent, kAbsent, kUserArn, "allowed", "implicitDeny"},
  };
  for (const Row& row : kRows) {
    for (const std::string_view owner : {kOurs, kTheirs}) {
      World world;
      world.Caller(row.caller).Identity(row.identity).Boundary(row.boundary).Session(row.session);
      world.Resource(kA, row.resource_names).OwnedBy(owner);
      EXPECT_EQ(world.Effect(), owner == kOurs ? row.same_account : row.cross_account)
          << row.rule << " resource policy names " << row.resource_names << ", owner " << owner;
    }
  }
}

TEST(Evaluate, RequiredResourcePolicy) {  // R-4.38, R-4.48 to R-4.50, R-4.87.
  const Row kRows[] = {
      {"R-4.50", kUser, kA, kAbsent, kAbsent, "", "implicitDeny", "implicitDeny"},
      {"A-5", kUser, kA, kAbsent, kAbsent, kRoleArn, "implicitDeny", "implicitDeny"},
      {"A-1", kUser, kN, kAbsent, kAbsent, kRootArn, "implicitDeny", "implicitDeny"},
      {"R-4.49", kUser, kA, kAbsent, kAbsent, kRootArn, "allowed", "allowed"},
      {"A-2", kUser, kAbsent, kAbsent, kAbsent, kUserArn, "allowed", "implicitDeny"},
      {"R-4.48", kSession, kAbsent, kN, kAbsent, kRoleArn, "implicitDeny", "implicitDeny"},
      {"R-4.48", kSession, kAbsent, kA, kAbsent, kRoleArn, "allowed", "implicitDeny"},
      {"R-4.9", kRoot, kAbsent, kAbsent, kAbsent, "", "implicitDeny", "implicitDeny"},
      {"R-4.87", kRoot, kAbsent, kAbsent, kAbsent, kOurs, "allowed", "allowed"},
  };
  for (const Row& row : kRows) {
    for (const std::string_view owner : {kOurs, kTheirs}) {
      World world;
      world.Caller(row.caller).Identity(row.identity).Boundary(row.boundary).Session(row.session);
      world.Resource(kA, row.resource_names).OwnedBy(owner).RequiresResourcePolicy();
      EXPECT_EQ(world.Effect(), owner == kOurs ? row.same_account : row.cross_account)
          << row.rule << " resource policy names " << row.resource_names << ", owner " << owner;
    }
  }
}

TEST(Evaluate, ExplicitDenyWins) {  // R-4.6, R-4.47, from every kind of policy.
  const auto allowed = [](World& world) -> World& {
    return world.Identity(kA).Boundary(kA).Session(kA).ServiceControl({kA}).ResourceControl({kA});
  };
  struct Case {
    std::string_view what;
    PolicyKind kind;
    void (*change)(World&);
  };
  const Case kCases[] = {
      {"identity", PolicyKind::kIdentity, [](World& w) { w.Identity(kD); }},
      {"boundary", PolicyKind::kBoundary, [](World& w) { w.Boundary(kD); }},
      {"session", PolicyKind::kSession, [](World& w) { w.Session(kD); }},
      {"SCP", PolicyKind::kServiceControl,
       [](World& w) {
         w.ServiceControl({kA, kD});
       }},
      {"RCP", PolicyKind::kResourceControl,
       [](World& w) {
         w.ResourceControl({kD, kA});
       }},
      {"resource", PolicyKind::kResource, [](World& w) { w.Resource(kD, "*"); }},
      {"A-71", PolicyKind::kResource, [](World& w) { w.Resource(kD, kOurs); }},
  };
  for (const PrincipalKind caller : {kUser, kSession, kFederated, kRoot}) {
    for (const Case& c : kCases) {
      World world;
      c.change(allowed(world.Caller(caller)));
      const Decision decision = world.Decide();
      EXPECT_EQ(decision.effect, Effect::kExplicitDeny) << c.what;
      EXPECT_EQ(decision.limited_by, c.kind) << c.what;
      ASSERT_EQ(decision.determining.size(), 1u) << c.what;
      EXPECT_EQ(decision.determining[0].kind, c.kind) << c.what;
      EXPECT_EQ(decision.determining[0].statement->effect, StatementEffect::kDeny);
    }
  }
  EXPECT_EQ(World().Identity(kA).Resource(kD, kRoleArn).Caller(kSession).Effect(),
            "explicitDeny");  // R-4.27.
  EXPECT_EQ(World().Identity(kD).Resource(kA, kUserArn).Effect(), "explicitDeny");
  EXPECT_EQ(World().Boundary(kD).Resource(kA, kUserArn).Effect(), "explicitDeny");  // A-63.
}

TEST(Evaluate, Organizations) {
  EXPECT_EQ(World().Identity(kA).ServiceControl({kA, kA}).Effect(), "allowed");
  EXPECT_EQ(World().Identity(kA).ServiceControl({kN, kA}).Effect(), "implicitDeny");  // A-72.
  EXPECT_EQ(World().Identity(kA).ServiceControl({kA, kN}).Effect(), "implicitDeny");
  EXPECT_EQ(World().Identity(kN).ServiceControl({kA}).Effect(), "implicitDeny");   // R-4.82.
  EXPECT_EQ(World().Caller(kRoot).ServiceControl({kN}).Effect(), "implicitDeny");  // A-73.
  EXPECT_EQ(World().Identity(kA).ResourceControl({kN}).Effect(), "implicitDeny");  // R-4.7.
  EXPECT_EQ(World().Resource(kA, kUserArn).ResourceControl({kN}).Effect(), "implicitDeny");
}

TEST(Evaluate, CallersWithoutAnAccount) {  // R-4.22, R-4.23, R-4.42, R-4.54.
  const std::string_view kService = R"({"Service":"docs.amazonaws.com"})";
  World service;
  service.Caller(PrincipalKind::kService).ResourcePrincipal(kA, kService).OwnedBy(kTheirs);
  EXPECT_EQ(service.Effect(), "allowed");
  service.ServiceControl({kD}).Identity(kD).Boundary(kD);  // R-4.8: not theirs.
  EXPECT_EQ(service.Effect(), "allowed");
  service.ResourceControl({kN});  // R-4.85.
  EXPECT_EQ(service.Effect(), "implicitDeny");

  EXPECT_EQ(World().Caller(PrincipalKind::kService).Identity(kA).Effect(), "implicitDeny");
  EXPECT_EQ(World().Caller(PrincipalKind::kAnonymous).Resource(kA, "*").Effect(), "allowed");
  EXPECT_EQ(World().Caller(PrincipalKind::kAnonymous).Resource(kA, kOurs).Effect(), "implicitDeny");
  EXPECT_EQ(World().Caller(PrincipalKind::kAnonymous).Resource(kD, "*").Effect(), "explicitDeny");
  EXPECT_EQ(World().Caller(PrincipalKind::kWebIdentity).Identity(kA).Effect(), "implicitDeny");
}

TEST(Evaluate, UnionsWithinAKind) {
  EXPECT_EQ(World().Identity(kN).Identity(kA).Effect(), "allowed");  // R-1.9.
  World world;
  world.Caller(kSession).Identity(kA).Session(kN).Session(kA);
  EXPECT_EQ(world.Effect(), "allowed");  // A-66.
}

TEST(Evaluate, FederatedUserWithoutSessionPolicy) {  // R-4.4, A-67.
  World world;
  world.Caller(kFederated).Identity(kA);
  world.policies().session_limited = true;
  EXPECT_EQ(world.Effect(), "implicitDeny");
  world.Resource(kA, kGuestArn);
  EXPECT_EQ(world.Effect(), "allowed");
}

TEST(Evaluate, IdentityOfRootMadeSessions) {  // R-4.4.
  World world;
  world.Caller(kFederated).Session(kA);
  world.policies().identity_is_all = true;
  EXPECT_EQ(world.Effect(), "allowed");
}

TEST(Evaluate, UnknownCallerAccountIsForeign) {
  World world;
  world.Identity(kA).OwnedBy(kTheirs);
  Principal nobody;
  nobody.kind = kUser;
  const RequestContext context;
  AuthorizationRequest request;
  PrepareRequest(nobody, "box:Get", "arn:aws:box::222222222222:item/a", "", &context, &request);
  EXPECT_EQ(Evaluate(world.policies(), request).effect, Effect::kImplicitDeny);
}

struct ReasonCase {
  std::string_view rule;
  PolicyKind expected;
  void (*fill)(World&);
};

TEST(Evaluate, FirstFailingStage) {  // R-4.78.
  const ReasonCase kCases[] = {
      {"R-4.7", PolicyKind::kResourceControl,
       [](World& w) { w.ResourceControl({kN}).ServiceControl({kN}); }},
      {"R-4.75", PolicyKind::kServiceControl, [](World& w) { w.ServiceControl({kN}); }},
      {"R-4.71", PolicyKind::kResource, [](World& w) { w.OwnedBy(kTheirs); }},
      {"R-4.72", PolicyKind::kResource, [](World& w) { w.RequiresResourcePolicy(); }},
      {"R-4.71", PolicyKind::kResource,
       [](World& w) { w.Caller(PrincipalKind::kAnonymous).Identity(kA); }},
      {"R-4.70", PolicyKind::kIdentity, [](World& w) { w.Boundary(kN).Session(kN); }},
      {"R-4.70", PolicyKind::kIdentity, [](World& w) { w.Resource(kA, kOurs).Boundary(kN); }},
      {"R-4.70", PolicyKind::kIdentity,
       [](World& w) { w.Resource(kA, kUserArn).OwnedBy(kTheirs); }},
      {"R-4.73", PolicyKind::kBoundary, [](World& w) { w.Identity(kA).Boundary(kN).Session(kN); }},
      {"R-4.73", PolicyKind::kBoundary,
       [](World& w) { w.Caller(kSession).Resource(kA, kRoleArn).Boundary(kN); }},
      {"R-4.74", PolicyKind::kSession, [](World& w) { w.Identity(kA).Boundary(kA).Session(kN); }},
  };
  for (const ReasonCase& c : kCases) {
    World world;
    c.fill(world);
    const Decision decision = world.Decide();
    EXPECT_EQ(decision.effect, Effect::kImplicitDeny) << c.rule;
    EXPECT_EQ(decision.limited_by, c.expected) << c.rule;
    EXPECT_TRUE(decision.determining.empty()) << c.rule;
  }
}

TEST(Evaluate, DeterminingStatements) {  // R-9.17, A-110.
  World world;
  world.Identity(kA).Identity(kN).Identity(kA).Boundary(kA).Session(kA).Resource(kA, kUserArn);
  const Decision allowed = world.Decide();
  EXPECT_EQ(allowed.effect, Effect::kAllow);
  EXPECT_EQ(allowed.limited_by, PolicyKind::kNone);
  std::vector<PolicyKind> kinds;
  for (const StatementRef& ref : allowed.determining) kinds.push_back(ref.kind);
  EXPECT_THAT(kinds, ::testing::UnorderedElementsAre(PolicyKind::kResource, PolicyKind::kIdentity,
                                                     PolicyKind::kIdentity));
  world.Identity(kD).ServiceControl({kD});
  const Decision denied = world.Decide();
  EXPECT_EQ(denied.effect, Effect::kExplicitDeny);
  kinds.clear();
  for (const StatementRef& ref : denied.determining) kinds.push_back(ref.kind);
  EXPECT_THAT(kinds, ElementsAre(PolicyKind::kServiceControl, PolicyKind::kIdentity));
}

TEST(Evaluate, WhatTheBoundarySaid) {  // R-9.16, R-9.23.
  EXPECT_FALSE(World().Identity(kA).Decide().boundary_present);
  for (const Says says : {kA, kN, kD}) {
    for (const Says identity : {kA, kN, kD}) {
      const Decision decision =
          World().Identity(identity).Boundary(says).Resource(kA, kUserArn).Decide();
      EXPECT_TRUE(decision.boundary_present);
      EXPECT_EQ(decision.boundary_allowed, says == kA);
    }
  }
}

// ---- Memory ----

TEST(Evaluate, AllocatesNothing) {
  std::vector<std::string> documents;
  for (int i = 0; i < 40; ++i) {
    documents.push_back(Document(
        R"({"Effect":"Allow","Action":["box:G*","box:Put"],"Resource":"arn:aws:box:::item/)" +
        std::to_string(i) +
        R"(*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"${aws:RequestTag/team}"},
           "StringEqualsIgnoreCase":{"aws:PrincipalTag/team":"\u00c9"},
           "ForAllValues:StringLike":{"aws:TagKeys":["te*","${aws:username, 'x'}"]},
           "NumericLessThan":{"app:n":"10.5"},"DateGreaterThan":{"aws:CurrentTime":"2024-01-01"},
           "IpAddress":{"aws:SourceIp":["10.0.0.0/8","::/0"]},"Bool":{"app:b":"true"},
           "BinaryEquals":{"app:raw":"YWJj"},
           "ArnLike":{"aws:SourceArn":"arn:aws:s3:::${aws:username}*"}}})"));
  }
  const auto indexed = SetForTest(documents);
  const auto scanned =
      SetForTest(documents, PolicyType::kInlineIdentity, CompiledPolicySet::Indexing::kNever);
  EffectivePolicies policies;
  policies.identity = {indexed.get(), scanned.get()};
  policies.boundary = indexed.get();
  RequestContext context;
  AuthorizationRequest request;
  const Principal caller = CallerOf(kUser);
  const std::string long_value(200, 'v');
  const auto ask = [&] {
    context.Clear();
    context.AddOwned("aws:PrincipalTag/team", {"\u00e9"}, false);
    context.AddOwned("aws:RequestTag/team", {"\u00e9"}, false);
    context.AddOwned("aws:TagKeys", {"team", "tea", "test"}, true);
    context.AddOwned("aws:username", {"ana"}, false);
    context.AddOwned("app:n", {"10.25"}, false);
    context.AddOwned("app:b", {"TRUE"}, false);
    context.AddOwned("app:raw", {"YWJj"}, false);
    context.AddOwned("app:long", {long_value, long_value}, true);
    context.AddOwned("aws:CurrentTime", {"2024-06-01T12:00:00Z"}, false);
    context.AddOwned("aws:SourceIp", {"10.1.2.3"}, false);
    context.AddOwned("aws:SourceArn", {"arn:aws:s3:::ana-bucket"}, false);
    context.AddAmbiguous("aws:ResourceTag/twice");
    PrepareRequest(caller, "BOX:GetTheLongestItemThereIs", "arn:aws:box:::item/17/x", "", &context,
                   &request);
    return Evaluate(policies, request);
  };
  EXPECT_EQ(ask().effect, Effect::kAllow);  // Warms up what is reused.
  allocations = 0;
  counting = true;
  const Decision decision = ask();
  counting = false;
  EXPECT_EQ(allocations, 0u);
  EXPECT_EQ(decision.effect, Effect::kAllow);
  EXPECT_EQ(decision.determining.size(), 4u);  // item/1* and item/17*, of both sets.
}

// ---- Missing keys ----

TEST(MissingContextKeys, OfRelevantStatements) {  // R-9.20.
  const auto identity =
      SetForTest({Document(R"({"Effect":"Allow","Action":"box:Get","Resource":"*","Condition":{
            "StringEquals":{"app:Have":"${app:Variable}","App:B":"x"},"Null":{"app:a":"true"}}},
          {"Effect":"Deny","Action":"box:Put","Resource":"*","Condition":{
            "Bool":{"app:other-action":"true"}}},
          {"Effect":"Deny","Action":"box:*","Resource":"arn:aws:box:::other","Condition":{
            "Bool":{"app:other-resource":"true"}}},
          {"Effect":"Allow","Action":"box:Get",
           "Resource":"arn:aws:box:::item/${app:in-resource}"})"),
                  Document(R"({"Effect":"Deny","Action":"box:Get","Resource":"*","Condition":{
            "ArnLikeIfExists":{"app:b":"arn:aws:s3:::${app:in-arn, 'x'}"}}})")});
  EffectivePolicies policies;
  policies.identity.push_back(identity.get());
  RequestContext context;
  context.AddOwned("app:have", {"x"}, false);
  AuthorizationRequest request;
  PrepareRequest(CallerOf(kUser), "box:Get", kResource, "", &context, &request);
  EXPECT_THAT(MissingContextKeys(policies, request),
              ElementsAre("app:a", "app:b", "app:in-arn", "app:in-resource", "app:variable"));
}

}  // namespace
}  // namespace portcullis::policy
