#include "server/policy/denial.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

constexpr std::string_view kOurs = "111111111111";

struct Case {
  std::string_view rule;
  Effect effect;
  PolicyKind kind;
  std::string_view owner;
  DenialStyle style;
  std::string_view suffix;
};

TEST(DenialMessage, Suffixes) {
  constexpr auto kImplicit = Effect::kImplicitDeny;
  constexpr auto kExplicit = Effect::kExplicitDeny;
  constexpr DenialStyle kPlain;
  constexpr DenialStyle kTrust = {.resource_policy_is_trust_policy = true};
  constexpr DenialStyle kAdministrator = {.resource_policy_is_trust_policy = false,
                                          .hide_foreign_reasons = false};
  constexpr std::string_view kTheirs = "222222222222";
  const Case kCases[] = {
      {"R-4.70", kImplicit, PolicyKind::kIdentity, kOurs, kPlain,
       " because no identity-based policy allows the sts:AssumeRole action"},
      {"R-4.71", kImplicit, PolicyKind::kResource, kOurs, kPlain,
       " because no resource-based policy allows the sts:AssumeRole action"},
      {"R-4.72", kImplicit, PolicyKind::kResource, kOurs, kTrust,
       " because no role trust policy allows the sts:AssumeRole action"},
      {"R-4.73", kImplicit, PolicyKind::kBoundary, kOurs, kPlain,
       " because no permissions boundary allows the sts:AssumeRole action"},
      {"R-4.74", kImplicit, PolicyKind::kSession, kOurs, kPlain,
       " because no session policy allows the sts:AssumeRole action"},
      {"R-4.75", kImplicit, PolicyKind::kServiceControl, kTheirs, kPlain,
       " because no service control policy allows the sts:AssumeRole action"},
      {"R-4.76", kExplicit, PolicyKind::kIdentity, kTheirs, kPlain,
       " with an explicit deny in an identity-based policy"},
      {"R-4.76", kExplicit, PolicyKind::kResource, kOurs, kPlain,
       " with an explicit deny in a resource-based policy"},
      {"R-4.76", kExplicit, PolicyKind::kResource, kOurs, kTrust,
       " with an explicit deny in the role trust policy"},
      {"R-4.76", kExplicit, PolicyKind::kBoundary, kOurs, kPlain,
       " with an explicit deny in a permissions boundary"},
      {"R-4.76", kExplicit, PolicyKind::kSession, kOurs, kPlain,
       " with an explicit deny in a session policy"},
      {"R-4.76", kExplicit, PolicyKind::kServiceControl, kOurs, kPlain,
       " with an explicit deny in a service control policy"},
      {"R-4.76", kExplicit, PolicyKind::kResourceControl, kOurs, kPlain,
       " with an explicit deny in a resource control policy"},
      {"R-4.77", kExplicit, PolicyKind::kResource, kTheirs, kPlain, ""},
      {"R-4.77", kImplicit, PolicyKind::kResource, kTheirs, kTrust, ""},
      {"R-4.77", kExplicit, PolicyKind::kResourceControl, kTheirs, kPlain, ""},
      {"R-4.77", kExplicit, PolicyKind::kResource, kTheirs, kAdministrator,
       " with an explicit deny in a resource-based policy"},
  };
  for (const Case& c : kCases) {
    Decision decision;
    decision.effect = c.effect;
    decision.limited_by = c.kind;
    Principal caller;
    caller.kind = PrincipalKind::kRoleSession;
    caller.account = kOurs;
    caller.arn = "arn:aws:sts::111111111111:assumed-role/Ops/s1";
    const RequestContext context;
    AuthorizationRequest request;
    PrepareRequest(caller, "sts:AssumeRole", "arn:aws:iam::222222222222:role/X", c.owner, &context,
                   &request);
    EXPECT_EQ(DenialMessage(decision, request, c.style),
              "User: arn:aws:sts::111111111111:assumed-role/Ops/s1 is not authorized to perform: "
              "sts:AssumeRole on resource: arn:aws:iam::222222222222:role/X" +
                  std::string(c.suffix))
        << c.rule;
  }
}

TEST(WriteDenialMessage, ReplacesTheSentenceBefore) {
  const RequestContext context;
  AuthorizationRequest request;
  PrepareRequest({}, "a:B", "*", "", &context, &request);
  Decision decision;
  decision.effect = Effect::kImplicitDeny;
  decision.limited_by = PolicyKind::kIdentity;
  std::string message(1000, 'x');
  const char* const memory = message.data();
  WriteDenialMessage(decision, request, {}, &message);
  EXPECT_EQ(message, DenialMessage(decision, request, {}));
  EXPECT_EQ(message.data(), memory) << "memory is used again";
}

TEST(DenialMessage, UnsignedCallers) {
  const RequestContext context;
  AuthorizationRequest request;
  Decision decision;
  decision.limited_by = PolicyKind::kResource;
  Principal caller;
  caller.kind = PrincipalKind::kWebIdentity;
  PrepareRequest(caller, "sts:AssumeRoleWithWebIdentity", "arn:aws:iam::222222222222:role/X", "",
                 &context, &request);
  EXPECT_EQ(DenialMessage(decision, request, {}),
            "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  caller.kind = PrincipalKind::kAnonymous;
  PrepareRequest(caller, "box:Get", "*", "222222222222", &context, &request);
  EXPECT_EQ(DenialMessage(decision, request, {}),
            "User: anonymous is not authorized to perform: box:Get on resource: *");
}

TEST(AllowMessage, NamesTheGrant) {
  const RequestContext context;
  AuthorizationRequest request;
  Principal caller;
  caller.kind = PrincipalKind::kUser;
  caller.arn = "arn:aws:iam::111111111111:user/ana";
  PrepareRequest(caller, "box:Get", "*", "", &context, &request);
  const std::string begin =
      "User: arn:aws:iam::111111111111:user/ana is authorized to perform: box:Get on resource: * "
      "because ";
  Decision decision;
  decision.effect = Effect::kAllow;
  EXPECT_EQ(AllowMessage(decision, request),
            begin + "the caller is allowed everything in its account");
  decision.determining.push_back({PolicyKind::kIdentity, nullptr, nullptr});
  EXPECT_EQ(AllowMessage(decision, request),
            begin + "an identity-based policy allows the box:Get action");
  decision.determining.push_back({PolicyKind::kResource, nullptr, nullptr});
  EXPECT_EQ(
      AllowMessage(decision, request),
      begin + "an identity-based policy and a resource-based policy allow the box:Get action");
  decision.determining.erase(decision.determining.begin());
  EXPECT_EQ(AllowMessage(decision, request),
            begin + "a resource-based policy allows the box:Get action");
}

}  // namespace
}  // namespace portcullis::policy
