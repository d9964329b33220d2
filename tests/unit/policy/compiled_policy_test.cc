#include "server/policy/compiled_policy.h"

#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/policy/compile_for_test.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kAccount = "111122223333";

Principal Root() {
  return {.kind = PrincipalKind::kRoot,
          .arn = "arn:aws:iam::111122223333:root",
          .account = kAccount,
          .issuer_arn = {},
          .unique_id = kAccount,
          .federated_provider = {}};
}
Principal User() {
  return {.kind = PrincipalKind::kUser,
          .arn = "arn:aws:iam::111122223333:user/x/ana",
          .account = kAccount,
          .issuer_arn = {},
          .unique_id = "AIDAANA",
          .federated_provider = {}};
}
Principal Session() {
  return {.kind = PrincipalKind::kRoleSession,
          .arn = "arn:aws:sts::111122223333:assumed-role/Deploy/s1",
          .account = kAccount,
          .issuer_arn = "arn:aws:iam::111122223333:role/eng/Deploy",
          .unique_id = "AROADEPLOY",
          .federated_provider = {}};
}
// A session of which only its ARN is known (R-1.30).
Principal PathlessSession() {
  Principal caller = Session();
  caller.issuer_arn = {};
  caller.unique_id = {};
  return caller;
}
Principal Federated() {
  return {.kind = PrincipalKind::kFederatedUser,
          .arn = "arn:aws:sts::111122223333:federated-user/guest",
          .account = kAccount,
          .issuer_arn = "arn:aws:iam::111122223333:user/x/ana",
          .unique_id = "AIDAANA",
          .federated_provider = {}};
}
Principal Service() {
  return {.kind = PrincipalKind::kService,
          .arn = "docs.amazonaws.com",
          .account = {},
          .issuer_arn = {},
          .unique_id = {},
          .federated_provider = {}};
}
Principal WebIdentity() {
  return {.kind = PrincipalKind::kWebIdentity,
          .arn = {},
          .account = {},
          .issuer_arn = {},
          .unique_id = {},
          .federated_provider = "arn:aws:iam::111122223333:oidc-provider/id.example.com"};
}
Principal Anonymous() {
  return {};
}

struct PrincipalCase {
  std::string_view rule;
  std::string principal;  // The member Principal or NotPrincipal.
  Principal caller;
  PrincipalMatch expected;
};

constexpr auto kNone = PrincipalMatch::kNone;
constexpr auto kAccountMatch = PrincipalMatch::kAccount;
constexpr auto kLimited = PrincipalMatch::kLimited;
constexpr auto kDirect = PrincipalMatch::kDirect;

std::string Aws(std::string_view entries) {
  return R"("Principal":{"AWS":[)" + std::string(entries) + "]}";
}

PrincipalMatch MatchOf(const std::string& principal, std::string_view effect,
                       const Principal& caller, bool boundary = false) {
  const auto policy =
      CompileForTest(Document(R"({"Effect":")" + std::string(effect) + "\"," + principal +
                              R"(,"Action":"s3:Get","Resource":"arn:aws:s3:::b"})"),
                     PolicyType::kResource);
  EXPECT_EQ(policy->statements().size(), 1u);
  if (policy->statements().empty()) return kNone;
  return MatchPrincipal(policy->statements()[0], caller, boundary);
}

TEST(MatchPrincipal, Entries) {
  const std::string kEveryone = R"("Principal":"*")";
  const std::string kId = Aws(R"("111122223333")");
  const std::string kRootArn = Aws(R"("arn:aws:iam::111122223333:root")");
  const std::string kUser = Aws(R"("arn:aws:iam::111122223333:user/x/ana")");
  const std::string kRole = Aws(R"("arn:aws:iam::111122223333:role/eng/Deploy")");
  const std::string kSession = Aws(R"("arn:aws:sts::111122223333:assumed-role/Deploy/s1")");
  const std::string kService = R"("Principal":{"Service":"docs.amazonaws.com"})";
  const PrincipalCase kCases[] = {
      {"R-2.13", kEveryone, Root(), kDirect},
      {"R-2.13", kEveryone, User(), kDirect},
      {"R-2.13", Aws(R"("*")"), Session(), kDirect},
      {"R-2.13", kEveryone, Service(), kDirect},
      {"R-2.13", kEveryone, Anonymous(), kDirect},
      {"R-2.14", kId, Root(), kAccountMatch},
      {"R-2.14", kId, User(), kAccountMatch},
      {"R-2.14", kId, Session(), kAccountMatch},
      {"R-2.14", kId, Federated(), kAccountMatch},
      {"R-2.14", kId, Service(), kNone},
      {"R-2.14", kId, Anonymous(), kNone},
      {"R-2.14", kId, WebIdentity(), kNone},
      {"R-4.27", kRootArn, Root(), kAccountMatch},
      {"R-2.14", kRootArn, User(), kAccountMatch},
      {"R-2.14", Aws(R"("222222222222")"), User(), kNone},
      {"R-1.2", Aws(R"("arn:aws-cn:iam::111122223333:root")"), User(), kNone},
      {"R-2.15", kUser, User(), kDirect},
      {"R-2.15", kUser, Federated(), kLimited},
      {"R-2.15", kUser, Session(), kNone},
      {"R-2.15", kUser, Root(), kNone},
      {"R-1.33", Aws(R"("arn:aws:iam::111122223333:user/x/Ana")"), User(), kNone},
      {"A-68", Aws(R"("arn:aws:iam::111122223333:user/guest")"), Federated(), kNone},
      {"R-2.16", kRole, Session(), kLimited},
      {"R-1.30", Aws(R"("arn:aws:iam::111122223333:role/Deploy")"), Session(), kNone},
      {"R-1.30", kRole, PathlessSession(), kLimited},
      {"R-1.30", Aws(R"("arn:aws:iam::111122223333:role/Deploy")"), PathlessSession(), kLimited},
      {"R-1.30", Aws(R"("arn:aws:iam::222222222222:role/Deploy")"), PathlessSession(), kNone},
      {"R-1.30", Aws(R"("arn:aws:iam::111122223333:role/eng/Deploy2")"), PathlessSession(), kNone},
      {"R-2.16", kRole, User(), kNone},
      {"R-2.17", kSession, Session(), kDirect},
      {"R-2.17", Aws(R"("arn:aws:sts::111122223333:assumed-role/Deploy/s2")"), Session(), kNone},
      {"R-2.18", Aws(R"("arn:aws:sts::111122223333:federated-user/guest")"), Federated(), kDirect},
      {"R-2.18", Aws(R"("arn:aws:sts::111122223333:federated-user/ana")"), Federated(), kNone},
      {"R-2.19", kService, Service(), kDirect},
      {"A-104", kService, Session(), kNone},
      {"R-2.19", R"("Principal":{"Service":"mail.amazonaws.com"})", Service(), kNone},
      // Several entries: OR, the strongest counts (R-2.12, R-4.12).
      {"R-4.12", Aws(R"("111122223333","arn:aws:iam::111122223333:user/x/ana")"), User(), kDirect},
      {"R-4.12",
       Aws(R"("arn:aws:iam::111122223333:role/eng/Deploy","arn:aws:iam::111122223333:root")"),
       Session(), kLimited},
  };
  for (const PrincipalCase& c : kCases) {
    EXPECT_EQ(MatchOf(c.principal, "Allow", c.caller), c.expected)
        << c.rule << " " << c.principal << " " << c.caller.arn;
    EXPECT_EQ(MatchOf(c.principal, "Deny", c.caller), c.expected) << c.rule;
  }
}

// A statement with one principal.
CompiledStatement& WriteStatement(CompiledPrincipal::Kind kind, std::string_view value,
                                  BlockWriter* writer) {
  const auto statement = writer->Append<CompiledStatement>();
  const auto principal = writer->SetArray(statement, &CompiledStatement::principals, 1);
  writer->At(principal).kind = kind;
  writer->SetText(principal, &CompiledPrincipal::value, value);
  return writer->At(statement);
}

PrincipalMatch MatchCompiled(CompiledPrincipal::Kind kind, std::string_view value,
                             const Principal& caller) {
  BlockWriter writer;
  WriteStatement(kind, value, &writer).has_principal = true;
  return MatchPrincipal(*Block<CompiledStatement>(writer), caller, false);
}

TEST(MatchPrincipal, UniqueIds) {  // R-2.22.
  constexpr auto kId = CompiledPrincipal::Kind::kUniqueId;
  EXPECT_EQ(MatchCompiled(kId, "AIDAANA", User()), kDirect);
  EXPECT_EQ(MatchCompiled(kId, "AROADEPLOY", Session()), kLimited);
  EXPECT_EQ(MatchCompiled(kId, "AIDAANA", Federated()), kLimited);
  EXPECT_EQ(MatchCompiled(kId, "AIDAANB", User()), kNone);
  EXPECT_EQ(MatchCompiled(kId, "", Anonymous()), kNone);
  EXPECT_EQ(MatchCompiled(kId, "", PathlessSession()), kNone);
}

TEST(MatchPrincipal, Federation) {  // R-2.20.
  constexpr auto kFederated = CompiledPrincipal::Kind::kFederated;
  const std::string_view provider = "arn:aws:iam::111122223333:oidc-provider/id.example.com";
  EXPECT_EQ(MatchCompiled(kFederated, provider, WebIdentity()), kDirect);
  EXPECT_EQ(MatchCompiled(kFederated, "accounts.google.com", WebIdentity()), kNone);
  EXPECT_EQ(MatchCompiled(kFederated, provider, Session()), kNone);
  EXPECT_EQ(MatchCompiled(kFederated, "", Anonymous()), kNone);
}

TEST(MatchPrincipal, WithoutPrincipalNeverApplies) {  // R-2.11, A-103.
  const CompiledStatement statement;
  EXPECT_EQ(MatchPrincipal(statement, Root(), false), kNone);
}

struct NotPrincipalCase {
  std::string_view rule;
  std::string entries;
  Principal caller;
  bool boundary;
  bool applies;
};

TEST(MatchPrincipal, DenyWithNotPrincipal) {  // R-2.25, R-2.26.
  const std::string kUser = R"("arn:aws:iam::111122223333:user/x/ana")";
  const std::string kRootArn = R"("arn:aws:iam::111122223333:root")";
  const std::string kRole = R"("arn:aws:iam::111122223333:role/eng/Deploy")";
  const std::string kSession = R"("arn:aws:sts::111122223333:assumed-role/Deploy/s1")";
  const std::string kGuest = R"("arn:aws:sts::111122223333:federated-user/guest")";
  const std::string kId = R"("111122223333")";
  const NotPrincipalCase kCases[] = {
      {"R-2.25", kUser, User(), false, true},
      {"R-2.25", kRootArn, User(), false, true},
      {"R-2.25", kUser + "," + kRootArn, User(), false, false},
      {"R-2.25", kUser + "," + kId, User(), false, false},
      {"R-2.26", kUser + "," + kId, User(), true, true},
      {"A-69", kRole, Session(), false, true},
      {"R-2.25", kRole + "," + kSession, Session(), false, true},
      {"R-2.25", kRole + "," + kId, Session(), false, true},
      {"R-2.25", kRole + "," + kSession + "," + kId, Session(), false, false},
      {"A-70", kRole + "," + kSession + "," + kId, Session(), true, true},
      {"R-2.25", kGuest + "," + kId, Federated(), false, false},
      {"R-2.25", kUser + "," + kId, Federated(), false, true},
      {"R-2.25", kRootArn, Root(), false, false},
      {"R-2.25", kId, Root(), true, false},
      {"R-2.25", kUser, Root(), false, true},
      {"R-2.25", kUser + "," + kId, Anonymous(), false, true},
      {"R-2.25", kUser + "," + kId, Service(), false, true},
  };
  for (const NotPrincipalCase& c : kCases) {
    EXPECT_EQ(
        MatchOf(R"("NotPrincipal":{"AWS":[)" + c.entries + "]}", "Deny", c.caller, c.boundary),
        c.applies ? kDirect : kNone)
        << c.rule << " " << c.entries << " " << c.caller.arn;
  }
  EXPECT_EQ(MatchOf(R"("NotPrincipal":{"Service":"docs.amazonaws.com"})", "Deny", Service()),
            kNone);
}

TEST(MatchPrincipal, AllowWithNotPrincipal) {  // R-2.27: refused at the door, but has a meaning.
  BlockWriter writer;
  CompiledStatement& written = WriteStatement(CompiledPrincipal::Kind::kAccount, kAccount, &writer);
  written.effect = StatementEffect::kAllow;
  written.has_principal = true;
  written.not_principal = true;
  const Block<CompiledStatement> statement(writer);
  EXPECT_EQ(MatchPrincipal(*statement, User(), false), kNone);
  EXPECT_EQ(MatchPrincipal(*statement, Anonymous(), false), kDirect);
}

// ---- Actions and resources ----

struct PartCase {
  std::string_view rule;
  std::string part;  // Action or NotAction, or Resource or NotResource.
  std::string_view asked;
  bool expected;
};

bool PartsMatch(const std::string& parts, std::string_view action, std::string_view resource) {
  const auto policy = CompileForTest(Document(R"({"Effect":"Deny",)" + parts + "}"));
  if (policy->statements().empty()) return false;
  RequestContext context;
  context.AddOwned("aws:username", {"ana"}, false);
  AuthorizationRequest request;
  PrepareRequest(User(), action, resource, "", &context, &request);
  return MatchesAction(policy->statements()[0], request) &&
         MatchesResource(policy->statements()[0], request);
}

TEST(MatchesAction, Cases) {
  const PartCase kCases[] = {
      {"R-2.28", R"("Action":"s3:GetObject")", "s3:GetObject", true},
      {"A-45", R"("Action":"s3:deleteobject")", "s3:DeleteObject", true},
      {"R-2.28", R"("Action":"S3:Get*")", "s3:GetObject", true},
      {"R-2.28", R"("Action":"s3:Get")", "s3:GetObject", false},
      {"R-2.28", R"("Action":"s3:?et")", "s3:Get", true},
      {"R-2.28", R"("Action":"s3:Get?")", "s3:Get", false},
      {"R-2.28", R"("Action":"s3:*")", "s3express:Get", false},
      {"R-2.28", R"("Action":"*")", "s3:Get", true},
      {"R-2.5", R"("Action":["ec2:*","s3:Get"])", "s3:Get", true},
      {"R-2.31", R"("NotAction":"iam:*")", "sts:AssumeRole", true},
      {"A-46", R"("NotAction":"iam:*")", "iam:GetUser", false},
      {"R-2.31", R"("NotAction":["iam:*","sts:*"])", "sts:AssumeRole", false},
      {"R-2.113", R"("Action":"iam: x")", "iam:x", false},
  };
  for (const PartCase& c : kCases) {
    EXPECT_EQ(PartsMatch(c.part + R"(,"Resource":"*")", c.asked, "*"), c.expected)
        << c.rule << " " << c.part << " " << c.asked;
  }
}

TEST(MatchesResource, Cases) {
  const PartCase kCases[] = {
      {"R-2.42", R"("Resource":"*")", "*", true},
      {"A-43", R"("Resource":"arn:aws:iam::*:*")", "*", false},
      {"A-44", R"("NotResource":"arn:aws:s3:::b")", "*", true},
      {"R-2.42", R"("NotResource":"*")", "*", false},
      {"R-2.42", R"("NotResource":"*")", "arn:aws:s3:::b", false},
      {"R-2.43", R"("NotResource":["arn:aws:s3:::b","arn:aws:s3:::c"])", "arn:aws:s3:::c", false},
      {"R-2.43", R"("NotResource":["arn:aws:s3:::b","arn:aws:s3:::c"])", "arn:aws:s3:::d", true},
      {"R-2.36", R"("Resource":"arn:aws:s3")", "arn:aws:s3:::b", true},
      {"R-2.36", R"("Resource":"arn:aws:s3")", "*", false},
      {"R-2.45", R"("Resource":"arn:aws:s3:::${aws:username}")", "arn:aws:s3:::ana", true},
      {"R-2.49", R"("Resource":"arn:aws:s3:::${aws:userid}")", "arn:aws:s3:::ana", false},
      {"R-2.49", R"("NotResource":"arn:aws:s3:::${aws:userid}")", "arn:aws:s3:::ana", true},
      {"R-2.51", R"("NotResource":"arn:aws:s3:::${aws:username}")", "arn:aws:s3:::ana", false},
  };
  for (const PartCase& c : kCases) {
    EXPECT_EQ(PartsMatch(R"("Action":"*",)" + c.part, "s3:Get", c.asked), c.expected)
        << c.rule << " " << c.part << " " << c.asked;
  }
}

TEST(MatchesAction, EntriesWithAComma) {  // R-2.30, A-47: whatever the parser thinks of them.
  PolicyDocument document;
  document.version = LanguageVersion::k2012;
  Statement& statement = document.statements.emplace_back();
  statement.has_not_action = true;
  statement.actions = {{"a:b", {}}, {"c:d, e:f", {}}, {"", {}}};
  statement.has_resource = true;
  statement.resources = {{"*", {}}};
  std::vector<Diagnostic> diagnostics;
  const auto policy =
      CompileDocument(document, PolicyType::kInlineIdentity, PolicyLimits(), &diagnostics);
  ASSERT_NE(policy, nullptr);
  const RequestContext context;
  AuthorizationRequest request;
  for (const auto& [action, expected] :
       {std::pair("a:b", false), std::pair("c:d", true), std::pair("e:f", true)}) {
    PrepareRequest(User(), action, "*", "", &context, &request);
    EXPECT_EQ(MatchesAction(policy->statements()[0], request), expected) << action;
  }
}

TEST(CompiledPolicy, IsOfItsType) {
  for (int number = 0; number < kPolicyTypeCount; ++number) {
    const auto type = static_cast<PolicyType>(number);
    const SharedPolicy policy = CompiledPolicy::MakeEmpty(type);
    EXPECT_EQ(policy->type(), type);
    EXPECT_TRUE(policy->statements().empty());
    EXPECT_EQ(policy->WithDocument("{}")->type(), type);
  }
}

TEST(CompiledPolicy, IsSharedBetweenThreads) {
  const std::string text = Document(R"({"Effect":"Allow","Action":"a:b","Resource":"*"})");
  SharedPolicy policy = CompileForTest(text)->WithDocument(text);
  EXPECT_EQ(policy->use_count(), 1u);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([share = policy, &text] {
      std::vector<SharedPolicy> shares(1000, share);
      shares.resize(500);
      for (const SharedPolicy& each : shares) EXPECT_EQ(each->statements().size(), 1u);
      EXPECT_EQ(shares.back()->document(), text);
    });
  }
  const SharedPolicy last = std::move(policy);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(last->use_count(), 1u);
  EXPECT_EQ(last->document(), text);
}

}  // namespace
}  // namespace portcullis::policy
