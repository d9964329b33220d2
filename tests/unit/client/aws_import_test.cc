#include "client/aws_import.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "server/policy/evaluate.h"
#include "server/policy/request.h"
#include "server/policy/request_context.h"
#include "tests/unit/client/import_helpers.h"

namespace portcullis::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::ordered_json;

constexpr char kGolden[] = "tests/golden/import/";
constexpr char kAccount[] = "123456789012";

ImportFile Golden(const std::string& name) {
  return {name, FileContents(kGolden + name)};
}

AwsImportInput GoldenInput() {
  AwsImportInput input;
  input.details = {Golden("details.json"), Golden("roles.json")};
  input.credential_report = Golden("credential-report.csv");
  input.resource_policies = Golden("resources.json");
  return input;
}

AwsImportInput Exported(const store::Snapshot& snapshot) {
  AwsImportInput input;
  input.details = {{"export.json", Export(snapshot)}};
  input.resource_policies = {"resources.json", ExportedResources(snapshot)};
  return input;
}

TEST(AwsImportTest, TheExampleBecomesTheExpectedTree) {
  const ScratchDirectory scratch;
  EXPECT_THAT(Import(GoldenInput(), scratch.Path("tree")), IsEmpty());
  const auto expected = TreeContents(std::string(kGolden) + "expected");
  const auto made = TreeContents(scratch.Path("tree"));
  EXPECT_EQ(expected.size(), made.size());
  for (const auto& [name, content] : expected) {
    ASSERT_EQ(made.count(name), 1U) << name;
    EXPECT_EQ(made.at(name), content) << name;
  }
}

TEST(AwsImportTest, ImportOfAnExportOfAnImportIsTheSameTree) {
  const ScratchDirectory scratch;
  EXPECT_THAT(Import(GoldenInput(), scratch.Path("first")), IsEmpty());
  AwsImportInput again = Exported(*Load(scratch.Path("first")));
  again.credential_report = Golden("credential-report.csv");
  EXPECT_THAT(Import(again, scratch.Path("second")), IsEmpty());
  EXPECT_EQ(TreeContents(scratch.Path("first")), TreeContents(scratch.Path("second")));
}

// R-1.35: the loader's error, at the place in the input.
TEST(AwsImportTest, OneIdForTwoGroupsIsAnError) {
  const ScratchDirectory scratch;
  const std::string details = R"({"GroupDetailList": [
 {"GroupId": "AGPAQ3EGTYJ5AEXAMPLE", "Arn": "arn:aws:iam::123456789012:group/a"},
 {"GroupId": "AGPAQ3EGTYJ5AEXAMPLE", "Arn": "arn:aws:iam::123456789012:group/b"}]})";
  EXPECT_THAT(Import(details, scratch.Path("tree")),
              ElementsAre(HasSubstr("dump.json:3:14: error: GroupDetailList[1].GroupId: id "
                                    "`AGPAQ3EGTYJ5AEXAMPLE` belongs already to "
                                    "`arn:aws:iam::123456789012:group/a` at groups.yaml:")));
  EXPECT_THAT(scratch.Names(), IsEmpty());
}

// ---- Random accounts ----

// Makes the answer of GetAccountAuthorizationDetails about an account that never was.
class RandomAccount {
 public:
  explicit RandomAccount(unsigned seed) : random_(seed) {}

  Json Make() {
    for (size_t i = Below(4) + 1; i > 0; --i) policies_.push_back(MakePolicy());
    for (size_t i = Below(3); i > 0; --i) groups_.push_back(MakeGroup());
    for (size_t i = Below(4) + 1; i > 0; --i) users_.push_back(MakeUser());
    for (size_t i = Below(4); i > 0; --i) roles_.push_back(MakeRole());
    Count();
    return {{"UserDetailList", users_},
            {"GroupDetailList", groups_},
            {"RoleDetailList", roles_},
            {"Policies", policies_}};
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  template <typename T>
  const T& OneOf(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }

  std::string Id(const std::string& prefix) {
    std::string id = prefix;
    for (int i = 0; i < 17; ++i) id += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Below(32)];
    return id;
  }
  std::string Time() {
    char text[32];
    std::snprintf(text, sizeof(text), "20%02d-%02d-%02dT%02d:%02d:%02dZ",
                  10 + static_cast<int>(Below(16)), 1 + static_cast<int>(Below(12)),
                  1 + static_cast<int>(Below(28)), static_cast<int>(Below(24)),
                  static_cast<int>(Below(60)), static_cast<int>(Below(60)));
    return text;
  }
  std::string Name() {
    return OneOf<std::string>({"a", "Yes", "n", "12", "x@y.z", "null"}) + "-" +
           std::to_string(next_++);
  }
  std::string Path() { return OneOf<std::string>({"/", "/", "/div/", "/a/b_c/", "/1/"}); }

  Json Named(const std::string& kind, const std::string& noun, const std::string& prefix) {
    const std::string path = Path();
    const std::string name = Name();
    return {{"Path", path},
            {kind + "Name", name},
            {kind + "Id", Id(prefix)},
            {"Arn", "arn:aws:iam::" + std::string(kAccount) + ":" + noun + path + name},
            {"CreateDate", Time()}};
  }

  Json Statement() {
    Json statement = {{"Effect", OneOf<std::string>({"Allow", "Allow", "Deny"})}};
    if (Below(4) == 0) statement["Sid"] = "S" + std::to_string(next_++);
    statement[Below(6) == 0 ? "NotAction" : "Action"] =
        OneOf<Json>({"s3:*", "s3:Get*", "*", {"s3:GetObject", "ec2:RunInstances"}, {"iam:*"}});
    statement[Below(6) == 0 ? "NotResource" : "Resource"] = OneOf<Json>(
        {"*", "arn:aws:s3:::b/*", {"arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::c"}});
    if (Below(3) == 0) {
      statement["Condition"] =
          OneOf<Json>({{{"StringEquals", {{"aws:PrincipalTag/team", {"red", "Łódź"}}}}},
                       {{"Bool", {{"aws:SecureTransport", "false"}}}},
                       {{"NumericLessThan", {{"aws:MultiFactorAuthAge", 3600}}}},
                       {{"StringLikeIfExists", {{"s3:prefix", "home/*"}}}}});
    }
    return statement;
  }
  Json Document() {
    Json statements = Json::array();
    for (size_t i = Below(3) + 1; i > 0; --i) statements.push_back(Statement());
    Json document = {{"Version", "2012-10-17"}};
    document["Statement"] = statements.size() == 1 && Below(2) == 0 ? statements[0] : statements;
    return document;
  }

  Json Inline() {
    Json list = Json::array();
    for (size_t i = Below(3); i > 0; --i) {
      list.push_back({{"PolicyName", Name()}, {"PolicyDocument", Document()}});
    }
    return list;
  }
  Json Attached() {
    Json list = Json::array();
    for (const Json& policy : policies_) {
      if (Below(3) != 0) continue;
      list.push_back({{"PolicyName", policy["PolicyName"]}, {"PolicyArn", policy["Arn"]}});
    }
    return list;
  }
  void AddBoundaryAndTags(Json* entity) {
    if (Below(3) == 0) {
      (*entity)["PermissionsBoundary"] = {
          {"PermissionsBoundaryType", "PermissionsBoundaryPolicy"},
          {"PermissionsBoundaryArn", policies_[Below(policies_.size())]["Arn"]}};
    }
    Json tags = Json::array();
    for (const char* key : {"team", "42", "Ключ"}) {
      if (Below(2) != 0) continue;
      tags.push_back({{"Key", key}, {"Value", OneOf<std::string>({"", "red", "no", "1e3", "东"})}});
    }
    if (!tags.empty()) (*entity)["Tags"] = tags;
  }

  Json MakePolicy() {
    Json policy = Named("Policy", "policy", "ANPA");
    const size_t version_count = Below(5) + 1;
    const size_t in_force = Below(version_count);
    Json versions = Json::array();
    const std::string updated = Time();
    for (size_t i = 0; i < version_count; ++i) {
      versions.push_back({{"Document", Document()},
                          {"VersionId", "v" + std::to_string(i * 3 + 1)},
                          {"IsDefaultVersion", i == in_force},
                          {"CreateDate", i == in_force ? updated : Time()}});
    }
    policy["DefaultVersionId"] = versions[in_force]["VersionId"];
    if (Below(2) == 0) policy["Description"] = "It: does \"this\" #1\nand that";
    policy["UpdateDate"] = updated;
    policy["IsAttachable"] = true;
    policy["PolicyVersionList"] = versions;
    return policy;
  }
  Json MakeGroup() {
    Json group = Named("Group", "group", "AGPA");
    group["GroupPolicyList"] = Inline();
    group["AttachedManagedPolicies"] = Attached();
    return group;
  }
  Json MakeUser() {
    Json user = Named("User", "user", "AIDA");
    user["UserPolicyList"] = Inline();
    user["GroupList"] = Json::array();
    for (const Json& group : groups_) {
      if (Below(2) == 0) user["GroupList"].push_back(group["GroupName"]);
    }
    user["AttachedManagedPolicies"] = Attached();
    AddBoundaryAndTags(&user);
    return user;
  }
  Json MakeRole() {
    Json role = Named("Role", "role", "AROA");
    const Json principal =
        OneOf<Json>({{{"AWS", "210987654321"}},
                     {{"AWS", {users_[0]["Arn"], "arn:aws:iam::333333333333:role/other"}}},
                     {{"Service", "ec2.amazonaws.com"}},
                     {{"Federated", "arn:aws:iam::123456789012:oidc-provider/idp.example.com/x"}},
                     {{"Federated", "arn:aws:iam::123456789012:saml-provider/Idp"}}});
    const bool saml = principal.dump().find("saml") != std::string::npos;
    const bool oidc = principal.dump().find("oidc") != std::string::npos;
    role["AssumeRolePolicyDocument"] = {{"Version", "2012-10-17"},
                                        {"Statement",
                                         {{{"Effect", "Allow"},
                                           {"Principal", principal},
                                           {"Action", saml   ? "sts:AssumeRoleWithSAML"
                                                      : oidc ? "sts:AssumeRoleWithWebIdentity"
                                                             : "sts:AssumeRole"}}}}};
    role["InstanceProfileList"] = Json::array();
    role["RolePolicyList"] = Inline();
    role["AttachedManagedPolicies"] = Attached();
    AddBoundaryAndTags(&role);
    if (Below(2) == 0) role["MaxSessionDuration"] = 7200;
    if (Below(2) == 0) role["Description"] = "true";
    role["RoleLastUsed"] = Json::object();
    return role;
  }

  // What AWS counts.
  void Count() {
    for (Json& policy : policies_) {
      int attached = 0;
      int boundaries = 0;
      for (const auto* list : {&users_, &groups_, &roles_}) {
        for (const Json& entity : *list) {
          for (const Json& use : entity["AttachedManagedPolicies"]) {
            attached += use["PolicyArn"] == policy["Arn"];
          }
          if (entity.contains("PermissionsBoundary")) {
            boundaries += entity["PermissionsBoundary"]["PermissionsBoundaryArn"] == policy["Arn"];
          }
        }
      }
      policy["AttachmentCount"] = attached;
      policy["PermissionsBoundaryUsageCount"] = boundaries;
    }
  }

  std::mt19937 random_;
  int next_ = 0;
  std::vector<Json> users_;
  std::vector<Json> groups_;
  std::vector<Json> roles_;
  std::vector<Json> policies_;
};

// The same whatever the order of members and of the lists whose order says nothing.
nlohmann::json Normal(const Json& value, const std::string& key = "") {
  if (value.is_object()) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [name, member] : value.items()) object[name] = Normal(member, name);
    return object;
  }
  if (!value.is_array()) return nlohmann::json::parse(value.dump());
  nlohmann::json list = nlohmann::json::array();
  for (const Json& item : value) list.push_back(Normal(item));
  const bool ordered = key == "Statement" || key == "Action" || key == "Resource" ||
                       key == "NotAction" || key == "NotResource" || key == "AWS";
  if (!ordered) std::sort(list.begin(), list.end());
  return list;
}

// Everything that some user or role of the snapshot may do, as one text.
std::string Decisions(const store::Snapshot& snapshot) {
  std::string decisions;
  const auto ask = [&](const auto& entity, const auto& identity) {
    policy::RequestContext context;
    const std::string_view no[] = {"false"};
    const std::string_view name[] = {entity.name};
    context.AddOwned("aws:SecureTransport", no, false);
    context.AddOwned("aws:username", name, false);
    for (const store::Tag& tag : entity.tags) {
      const std::string_view value[] = {tag.value};
      context.AddOwned("aws:PrincipalTag/" + tag.key, value, false);
    }
    policy::EffectivePolicies policies;
    for (const policy::CompiledPolicySet* set : identity) policies.identity.push_back(set);
    if (entity.boundary != nullptr) policies.boundary = entity.boundary->set.get();
    policy::Principal principal;
    principal.kind = policy::PrincipalKind::kUser;
    principal.arn = entity.arn;
    principal.account = entity.account->id;
    for (const char* action : {"s3:GetObject", "s3:PutObject", "ec2:RunInstances", "iam:GetUser"}) {
      for (const std::string& resource :
           {std::string("arn:aws:s3:::b/k"), "arn:aws:s3:::b/" + std::string(entity.name) + "/k",
            std::string("arn:aws:s3:::c")}) {
        policy::AuthorizationRequest request;
        policy::PrepareRequest(principal, action, resource, kAccount, &context, &request);
        decisions += policy::EffectName(policy::Evaluate(policies, request).effect);
        decisions += '\n';
      }
    }
  };
  std::vector<const store::User*> users;
  for (const auto& user : snapshot.users()) users.push_back(user.get());
  std::sort(users.begin(), users.end(), [](auto* a, auto* b) { return a->arn < b->arn; });
  for (const store::User* user : users) ask(*user, user->identity);
  std::vector<const store::Role*> roles;
  for (const auto& role : snapshot.roles()) roles.push_back(role.get());
  std::sort(roles.begin(), roles.end(), [](auto* a, auto* b) { return a->arn < b->arn; });
  for (const store::Role* role : roles) ask(*role, std::vector{role->policies.get()});
  return decisions;
}

TEST(AwsImportTest, RandomAccountsComeBackAsTheyWere) {
  size_t allowed = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    const Json details = RandomAccount(seed).Make();
    const ScratchDirectory scratch;
    ASSERT_THAT(Import(details.dump(), scratch.Path("first")), IsEmpty()) << details.dump(2);
    const auto first = Load(scratch.Path("first"));
    ASSERT_NE(first, nullptr);
    const Json exported = Json::parse(Export(*first));
    ASSERT_EQ(Normal(exported), Normal(details)) << seed;

    ASSERT_THAT(Import(Exported(*first), scratch.Path("second")), IsEmpty());
    ASSERT_EQ(TreeContents(scratch.Path("first")), TreeContents(scratch.Path("second"))) << seed;
    const std::string decisions = Decisions(*first);
    ASSERT_EQ(decisions, Decisions(*Load(scratch.Path("second"))));
    allowed += decisions.find("allowed") != std::string::npos;
  }
  EXPECT_GT(allowed, 10U);  // Otherwise nothing was compared.
}

// The example configuration decides the same after a journey through the JSON of AWS.
TEST(AwsImportTest, DecisionsOfATreeSurviveExportAndImport) {
  const ScratchDirectory scratch;
  ASSERT_THAT(Import(GoldenInput(), scratch.Path("first")), IsEmpty());
  const auto first = Load(scratch.Path("first"));
  ASSERT_THAT(Import(Exported(*first), scratch.Path("second")), IsEmpty());
  const auto second = Load(scratch.Path("second"));
  EXPECT_THAT(Decisions(*first), HasSubstr("allowed"));
  EXPECT_EQ(Decisions(*first), Decisions(*second));
}

// ---- What is less than AWS prints ----

TEST(AwsImportTest, EntitiesWithoutIdsGetTheDerivedOnes) {
  const ScratchDirectory scratch;
  constexpr char kDetails[] =
      R"({"UserDetailList":[{"UserName":"ana","Arn":"arn:aws:iam::123456789012:user/x/ana"}]})";
  EXPECT_THAT(Import(kDetails, scratch.Path("first")), IsEmpty());
  const auto snapshot = Load(scratch.Path("first"));
  const store::User* user = snapshot->FindUser("arn:aws:iam::123456789012:user/x/ana");
  ASSERT_NE(user, nullptr);
  EXPECT_THAT(FileContents(scratch.Path("first/users.yaml")),
              HasSubstr("UserId: " + std::string(user->id)));
  EXPECT_EQ(user->create_date, std::nullopt);
  EXPECT_THAT(Import(Exported(*snapshot), scratch.Path("second")), IsEmpty());
  EXPECT_EQ(TreeContents(scratch.Path("first")), TreeContents(scratch.Path("second")));
}

// ---- Errors of the loader, told at the place in the input ----

TEST(AwsImportTest, MistakesOfDocumentsAreToldWhereTheyAre) {
  const ScratchDirectory scratch;
  EXPECT_THAT(Import(R"({"UserDetailList":[{"UserName":"ana",
  "Arn":"arn:aws:iam::123456789012:user/ana",
  "GroupList":["Nobodies"],
  "UserPolicyList":[
    {"PolicyName":"a","PolicyDocument":{"Version":"2012-10-17",
       "Statement":[{"Effect":"Perhaps","Action":"*","Resource":"*"}]}},
    {"PolicyName":"b","PolicyDocument":
       "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%7D%5D%7D"}]}]})",
                     scratch.Path("tree")),
              ElementsAre(HasSubstr("dump.json:6:31: error: "
                                    "UserDetailList[0].UserPolicyList[0].PolicyDocument."
                                    "Statement[0].Effect: "),
                          HasSubstr("dump.json:8:8: error: "
                                    "UserDetailList[0].UserPolicyList[1].PolicyDocument: "),
                          HasSubstr("dump.json:8:8: error: ")));
  EXPECT_THAT(scratch.Names(), IsEmpty());
}

TEST(AwsImportTest, MissingThingsAreToldWhereTheyAreNamed) {
  const ScratchDirectory scratch;
  EXPECT_THAT(
      Import(R"({"UserDetailList":[{"UserName":"ana",
  "Arn":"arn:aws:iam::123456789012:user/ana",
  "GroupList":["Nobodies"]}]})",
             scratch.Path("tree")),
      ElementsAre(
          "dump.json:3:16: error: UserDetailList[0].GroupList[0]: group `Nobodies` does not "
          "exist in account `123456789012` (was the input made with `--filter`, or is "
          "something of it missing?)"));
  EXPECT_THAT(scratch.Names(), IsEmpty());
}

// Section 1.10: AWS raises the quota of trust policies, to twice what fits here.
TEST(AwsImportTest, OverAQuotaSaysWhatToDo) {
  const ScratchDirectory scratch;
  std::string users = R"("arn:aws:iam::210987654321:user/u0")";
  for (int i = 1; i < 150; ++i) {
    users += R"(,"arn:aws:iam::210987654321:user/u)" + std::to_string(i) + "\"";
  }
  const auto lines = Import(R"({"RoleDetailList":[{"RoleName":"r",
  "Arn":"arn:aws:iam::123456789012:role/r","AssumeRolePolicyDocument":{"Version":"2012-10-17",
  "Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":[)" +
                                users + "]}}]}}]}",
                            scratch.Path("tree"));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], HasSubstr("dump.json:2:"));
  EXPECT_THAT(lines[0], HasSubstr("RoleDetailList[0].AssumeRolePolicyDocument: policy of "));
  EXPECT_THAT(lines[0], HasSubstr("AWS raises this quota on request; name accounts instead"));
}

// R-2.96.
TEST(AwsImportTest, TrustInEverybodyNeedsTheSwitch) {
  constexpr char kDetails[] = R"({"RoleDetailList":[{"RoleName":"r",
  "Arn":"arn:aws:iam::123456789012:role/r","AssumeRolePolicyDocument":{"Version":"2012-10-17",
  "Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"},
  "Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}}]}}]})";
  const ScratchDirectory scratch;
  const auto lines = Import(kDetails, scratch.Path("tree"));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], HasSubstr("RoleDetailList[0].AssumeRolePolicyDocument.Statement[0]."));
  EXPECT_THAT(lines[0], HasSubstr("--allow-wildcard-trust"));
  ImportReport report;
  AwsImportInput input;
  input.details.push_back({"dump.json", kDetails});
  const auto result =
      WriteAwsAccount(ReadAwsAccount(input, &report), scratch.Path("tree"), true, &report);
  EXPECT_TRUE(result.ok() && result->written);
}

// AWS's own policies may be larger than an account's (R-1.41, section 1.10).
TEST(AwsImportTest, PoliciesOfAwsHaveNoQuota) {
  std::string actions = R"("s3:Action0")";
  for (int i = 1; i < 1000; ++i) actions += R"(,"s3:Action)" + std::to_string(i) + "\"";
  const auto details = [&](const std::string& owner) {
    return R"({"GroupDetailList":[{"GroupName":"g","Arn":"arn:aws:iam::123456789012:group/g",
  "AttachedManagedPolicies":[{"PolicyName":"p","PolicyArn":"arn:aws:iam::)" +
           owner + R"(:policy/p"}]}],"Policies":[{"PolicyName":"p","Arn":"arn:aws:iam::)" + owner +
           R"(:policy/p","DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1",
  "Document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[)" +
           actions + "]}]}}]}]}";
  };
  const ScratchDirectory scratch;
  EXPECT_THAT(Import(details("aws"), scratch.Path("tree")), IsEmpty());
  EXPECT_THAT(Import(details("123456789012"), scratch.Path("other")),
              ElementsAre(HasSubstr("exceeds the 6144 characters")));
}

TEST(AwsImportTest, ADirectoryInUseIsLeftAlone) {
  const ScratchDirectory scratch;
  const std::string details =
      R"({"UserDetailList":[{"UserName":"ana","Arn":"arn:aws:iam::123456789012:user/ana"}]})";
  EXPECT_THAT(Import(details, scratch.Path("tree")), IsEmpty());
  const auto before = TreeContents(scratch.Path("tree"));
  EXPECT_THAT(Import(details, scratch.Path("tree")), ElementsAre(HasSubstr("is not empty")));
  EXPECT_EQ(TreeContents(scratch.Path("tree")), before);
}

}  // namespace
}  // namespace portcullis::client
