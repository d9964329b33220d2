#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr auto kInline = policy::PolicyType::kInlineIdentity;

std::vector<std::string> PolicyIds(const policy::CompiledPolicySet& set) {
  std::vector<std::string> ids;
  for (const auto& held : set.policies()) ids.emplace_back(held.id());
  return ids;
}

// R-1.9: own policies and those of every group.
TEST(BuildEntitiesTest, IdentityOfAUserIsOwnAndGroupPolicies) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.ManagedPolicy(kDev, "Reader");
  file.Group(kDev, "Developers")
      .inline_policies.push_back(Policy("AssumeUpdateApp", kAllowAll, kInline));
  file.Group(kDev, "Empty");
  UserDefinition& ana = file.User(kDev, "ana");
  ana.path = At("/div/x/", 3);
  ana.groups = {At("Developers", 4), At("Empty", 5)};
  ana.inline_policies.push_back(Policy("Own", kAllowAll, kInline));
  ana.managed_policy_arns = {At("arn:aws:iam::111111111111:policy/Reader", 6)};
  ana.permissions_boundary = At("arn:aws:iam::aws:policy/AdministratorAccess", 7);
  ana.tags.push_back({At("Team", 8), At("blue", 8)});

  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const User* user = result.snapshot->FindUser("arn:aws:iam::111111111111:user/div/x/ana");
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(result.snapshot->FindUserById(user->id), user);
  EXPECT_EQ(user->id.substr(0, 4), "AIDA");
  EXPECT_EQ(user->groups.size(), 2u);
  ASSERT_EQ(user->identity.size(), 2u);  // The empty group adds nothing.
  EXPECT_THAT(PolicyIds(*user->identity[0]),
              ElementsAre("user/ana:Own", "arn:aws:iam::111111111111:policy/Reader"));
  EXPECT_THAT(PolicyIds(*user->identity[1]), ElementsAre("group/Developers:AssumeUpdateApp"));
  ASSERT_NE(user->boundary, nullptr);
  EXPECT_EQ(user->boundary->name, "AdministratorAccess");
  ASSERT_EQ(user->tags.size(), 1u);
  EXPECT_EQ(user->tags[0].principal_tag.folded(), "aws:principaltag/team");
  EXPECT_EQ(user->tags[0].resource_tag.folded(), "aws:resourcetag/team");
  EXPECT_EQ(user->tags[0].iam_resource_tag.folded(), "iam:resourcetag/team");
  EXPECT_EQ(user->origin.position, (base::Position{1, 2}));
}

// R-1.10, R-1.30.
TEST(BuildEntitiesTest, RolesHaveTrustAndPermissions) {
  TestFile file("a.yaml");
  file.Account(kProd);
  RoleDefinition& definition = file.Role(kProd, "UpdateApp");
  definition.path = At("/app/", 2);
  definition.inline_policies.push_back(Policy("P", kAllowAll, kInline));
  definition.max_session_duration_seconds = 43200;
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Role* role = result.snapshot->FindRole("arn:aws:iam::123456789012:role/app/UpdateApp");
  ASSERT_NE(role, nullptr);
  EXPECT_EQ(result.snapshot->FindRoleById(role->id), role);
  EXPECT_EQ(role->id.substr(0, 4), "AROA");
  ASSERT_NE(role->trust_policy, nullptr);
  EXPECT_THAT(PolicyIds(*role->trust_policy), ElementsAre(role->arn));
  EXPECT_EQ(role->policies->policies().size(), 1u);
  EXPECT_FALSE(role->service_linked);
  EXPECT_EQ(result.snapshot->statement_count(), 4u);  // Two of them in the platform's policies.
}

// R-1.37: per account and kind, without case, whatever the path.
TEST(BuildEntitiesTest, NamesAreUniqueWithoutCasePerAccountAndKind) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.Account(kProd);
  file.User(kDev, "admins", 2);
  file.User(kProd, "ADMINS", 3);
  file.Group(kDev, "ADMINS", 4);
  file.Role(kDev, "ADMINS", 5);
  EXPECT_THAT(BuildFrom(file).diagnostics, IsEmpty());

  TestFile second("b.yaml");
  second.User(kDev, "ADMINS", 7).path = At("/other/", 8);
  EXPECT_THAT(BuildFrom({&second, &file}).diagnostics,
              ElementsAre("b.yaml:7:2: error: user `ADMINS` is already defined as `admins` at "
                          "a.yaml:2:2; names are unique without regard to case and path"));
}

TEST(BuildEntitiesTest, RefusesBadNamesPathsAndIds) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.User(kDev, std::string(64, 'u'), 2);
  file.User(kDev, std::string(65, 'v'), 3);
  file.Group(kDev, std::string(128, 'g'), 4);
  file.Role(kDev, "r", 5).path = At("no-slash", 6);
  file.User(kDev, "ana", 7).id = At("AROAJQABLZS4A3QDU576Q", 8);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          base::StrCat("a.yaml:3:2: error: user name `", std::string(65, 'v'),
                       "` must be 1 to 64 letters, digits and `_+=,.@-`"),
          "a.yaml:6:1: error: path `no-slash` must be `/`, or begin and end with `/`, without "
          "blanks and wildcards",
          "a.yaml:8:1: error: id `AROAJQABLZS4A3QDU576Q` of the user must begin with `AIDA` and "
          "have 16 to 128 letters and digits"));
}

// R-1.35, R-6.10: an explicit id or a new creation date makes a new entity.
TEST(BuildEntitiesTest, IdsAreExplicitOrDerived) {
  const auto id_of = [](std::string_view id, std::optional<absl::Time> date) {
    TestFile file("a.yaml");
    file.Account(kDev);
    RoleDefinition& role = file.Role(kDev, "r");
    role.id = At(id, 2);
    role.create_date = date;
    return BuildFrom(file).snapshot->FindRole("arn:aws:iam::111111111111:role/r")->id;
  };
  EXPECT_EQ(id_of("AROAJQABLZS4A3QDU576Q", {}), "AROAJQABLZS4A3QDU576Q");
  EXPECT_EQ(id_of("", {}), id_of("", {}));
  EXPECT_NE(id_of("", {}), id_of("", absl::FromUnixSeconds(1)));
  EXPECT_NE(id_of("", absl::FromUnixSeconds(2)), id_of("", absl::FromUnixSeconds(1)));
}

// R-1.35, also across accounts.
TEST(BuildEntitiesTest, IdsAreUnique) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.Account(kProd);
  file.User(kDev, "ana", 2).id = At("AIDAJQABLZS4A3QDU576Q", 3);
  file.User(kProd, "bo", 4).id = At("AIDAJQABLZS4A3QDU576Q", 5);
  file.Group(kDev, "g", 6).id = At("AGPAJQABLZS4A3QDU576Q", 7);
  file.Group(kDev, "h", 8).id = At("AGPAJQABLZS4A3QDU576Q", 9);
  file.Role(kDev, "r", 10).id = At("AROAJQABLZS4A3QDU576Q", 11);
  file.Role(kProd, "r", 12).id = At("AROAJQABLZS4A3QDU576Q", 13);
  file.InstanceProfile(kDev, "p", 14).id = At("AIPAJQABLZS4A3QDU576Q", 15);
  file.InstanceProfile(kDev, "q", 16).id = At("AIPAJQABLZS4A3QDU576Q", 17);
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:5:1: error: id `AIDAJQABLZS4A3QDU576Q` belongs already to "
                          "`arn:aws:iam::111111111111:user/ana` at a.yaml:2:2",
                          "a.yaml:9:1: error: id `AGPAJQABLZS4A3QDU576Q` belongs already to "
                          "`arn:aws:iam::111111111111:group/g` at a.yaml:6:2",
                          "a.yaml:13:1: error: id `AROAJQABLZS4A3QDU576Q` belongs already to "
                          "`arn:aws:iam::111111111111:role/r` at a.yaml:10:2",
                          "a.yaml:17:1: error: id `AIPAJQABLZS4A3QDU576Q` belongs already to "
                          "`arn:aws:iam::111111111111:instance-profile/p` at a.yaml:14:2"));
}

// The second one has no id of its own: the one that would be derived for it is the other's.
TEST(BuildEntitiesTest, AnExplicitIdMayNotBeTheDerivedOneOfAnother) {
  TestFile first("a.yaml");
  first.Account(kDev);
  first.Group(kDev, "g");
  const std::string id =
      BuildFrom(first).snapshot->FindGroup("arn:aws:iam::111111111111:group/g")->id;
  TestFile file("a.yaml");
  file.Account(kDev);
  file.Group(kDev, "h", 2).id = At(id, 3);
  file.Group(kDev, "g", 4);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(base::StrCat("a.yaml:4:2: error: id `", id,
                               "` belongs already to `arn:aws:iam::111111111111:group/h` at "
                               "a.yaml:2:2")));
}

TEST(BuildEntitiesTest, ReferencesMustExistAndGetSuggestions) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.Account(kProd);
  file.Group(kDev, "Developers", 2);
  file.ManagedPolicy(kProd, "Reader", 3);
  UserDefinition& ana = file.User(kDev, "ana", 4);
  ana.groups = {At("Devlopers", 5), At("developers", 6)};
  ana.managed_policy_arns = {At("arn:aws:iam::aws:policy/AdministratorAcess", 7),
                             At("arn:aws:iam::123456789012:policy/Reader", 8)};
  ana.permissions_boundary = At("arn:aws:iam::111111111111:policy/Gone", 9);
  const BuildResult result = BuildFrom(file);
  EXPECT_EQ(result.snapshot, nullptr);
  EXPECT_THAT(
      result.diagnostics,
      ElementsAre("a.yaml:5:1: error: group `Devlopers` does not exist in account `111111111111`; "
                  "did you mean `Developers`?",
                  "a.yaml:6:1: error: group `developers` does not exist in account `111111111111`; "
                  "did you mean `Developers`?",
                  "a.yaml:7:1: error: managed policy `arn:aws:iam::aws:policy/AdministratorAcess` "
                  "does not exist; did you mean `arn:aws:iam::aws:policy/AdministratorAccess`?",
                  "a.yaml:8:1: error: managed policy `arn:aws:iam::123456789012:policy/Reader` "
                  "belongs to another account than `111111111111`",
                  "a.yaml:9:1: error: managed policy `arn:aws:iam::111111111111:policy/Gone` does "
                  "not exist"));
}

// R-1.8, R-1.44.
TEST(BuildEntitiesTest, GroupsHaveNeitherTagsNorBoundary) {
  TestFile file("a.yaml");
  file.Account(kDev);
  GroupDefinition& group = file.Group(kDev, "g", 2);
  group.tags.push_back({At("k", 3), At("v", 3)});
  group.permissions_boundary = At("arn:aws:iam::aws:policy/AdministratorAccess", 4);
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:3:1: error: groups cannot be tagged",
                          "a.yaml:4:1: error: groups cannot have a permissions boundary"));
}

// R-1.16.
TEST(BuildEntitiesTest, ServiceLinkedRoles) {
  TestFile file("a.yaml");
  file.Account(kDev);
  RoleDefinition& good = file.Role(kDev, "AWSServiceRoleForBackup", 2);
  good.path = At("/aws-service-role/backup.amazonaws.com/", 2);
  good.trust_policy = TrustPolicy(R"({"Service":"backup.amazonaws.com"})", 2);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  EXPECT_TRUE(result.snapshot->roles()[0]->service_linked);

  RoleDefinition& bad = file.Role(kDev, "Mine", 3);
  bad.path = At("/aws-service-role/backup.amazonaws.com/", 3);
  bad.permissions_boundary = At("arn:aws:iam::aws:policy/AdministratorAccess", 4);
  bad.trust_policy = TrustPolicy(R"({"AWS":"111111111111"})", 5);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre("a.yaml:3:2: error: a role under path `/aws-service-role/` is service-linked and "
                  "its name must begin with `AWSServiceRoleFor`, followed by that of the service",
                  "a.yaml:4:1: error: service-linked roles cannot have a permissions boundary",
                  "a.yaml:5:75: error: a service-linked role under this path can be assumed by "
                  "`backup.amazonaws.com` only"));
}

// R-1.16: what lifts SCPs from a role is checked as a whole.
TEST(BuildEntitiesTest, ServiceLinkedRolesHaveTheirServiceInPathAndName) {
  TestFile file("a.yaml");
  file.Account(kDev);
  const auto add = [&](std::string_view name, std::string_view path, uint32_t line) {
    RoleDefinition& role = file.Role(kDev, name, line);
    role.path = At(path, line);
    role.trust_policy = TrustPolicy(R"({"Service":"backup.amazonaws.com"})", line);
  };
  add("AWSServiceRoleFor", "/aws-service-role/backup.amazonaws.com/", 2);
  add("AWSServiceRoleForNone", "/aws-service-role/", 3);
  add("AWSServiceRoleForMore", "/aws-service-role/backup.amazonaws.com/x/", 4);
  add("AWSServiceRoleForPlain", "/", 5);
  add("AWSServiceRoleForBackup_blue", "/aws-service-role/backup.amazonaws.com/", 6);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          "a.yaml:2:2: error: a role under path `/aws-service-role/` is service-linked and its "
          "name must begin with `AWSServiceRoleFor`, followed by that of the service",
          "a.yaml:3:1: error: path of a service-linked role must be `/aws-service-role/SERVICE/`, "
          "where `` is not the name of a service",
          "a.yaml:4:1: error: path of a service-linked role must be `/aws-service-role/SERVICE/`, "
          "where `backup.amazonaws.com/x` is not the name of a service",
          "a.yaml:5:2: warning: role `AWSServiceRoleForPlain` has the name of a service-linked "
          "role, but is none without the path `/aws-service-role/SERVICE/`"));
}

// R-1.17.
TEST(BuildEntitiesTest, ReservedRolesCannotBeTagged) {
  TestFile file("a.yaml");
  file.Account(kDev);
  RoleDefinition& role = file.Role(kDev, "AWSReservedSSO_Admin_0", 2);
  role.path = At("/aws-reserved/sso.amazonaws.com/", 2);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  EXPECT_TRUE(result.snapshot->roles()[0]->reserved);
  EXPECT_FALSE(result.snapshot->roles()[0]->service_linked);
  role.tags.push_back({At("k", 3), At("v", 3)});
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:3:1: error: roles under path `/aws-reserved/` cannot be tagged"));
}

// R-1.6, R-8.15.
TEST(BuildEntitiesTest, LoginProfiles) {
  const absl::Time set = absl::UnixEpoch() + absl::Hours(1);
  const absl::Time used = absl::UnixEpoch() + absl::Hours(2);
  TestFile file("a.yaml");
  file.Account(kDev);
  file.User(kDev, "none", 2);
  file.User(kDev, "past", 3).password_last_used = used;
  file.User(kDev, "both", 4).login_profile = LoginProfileDefinition{{4, 5}, set, used, true};
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const auto users = result.snapshot->users();
  EXPECT_FALSE(users[0]->login_profile.has_value() || users[0]->password_last_used.has_value());
  EXPECT_FALSE(users[1]->login_profile.has_value());
  EXPECT_EQ(users[1]->password_last_used, used);
  ASSERT_TRUE(users[2]->login_profile.has_value());
  EXPECT_EQ(users[2]->login_profile->create_date, set);
  EXPECT_TRUE(users[2]->login_profile->password_reset_required);
  EXPECT_EQ(users[2]->password_last_used, used);

  UserDefinition& twice = file.User(kDev, "twice", 5);
  twice.password_last_used = used;
  twice.login_profile = LoginProfileDefinition{{5, 5}, set, used, false};
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:5:5: error: `PasswordLastUsed` is given twice, in the login "
                          "profile and of the user"));
}

TEST(BuildEntitiesTest, RolesNeedATrustPolicyAndASaneDuration) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.Role(kDev, "A", 2).trust_policy.reset();
  file.Role(kDev, "B", 3).max_session_duration_seconds = 3599;
  file.Role(kDev, "C", 4).max_session_duration_seconds = 43201;
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre("a.yaml:2:2: error: role `A` has no trust policy (`AssumeRolePolicyDocument`)",
                  "a.yaml:3:2: error: maximum session duration of role `B` must be 3600 to 43200 "
                  "seconds",
                  "a.yaml:4:2: error: maximum session duration of role `C` must be 3600 to 43200 "
                  "seconds"));
}

// Section 1.10, each at its limit and past it.
TEST(BuildEntitiesTest, QuotasPerEntity) {
  TestFile file("a.yaml");
  file.Account(kDev);
  UserDefinition& user = file.User(kDev, "ana", 2);
  for (int i = 0; i < 10; ++i) {
    file.Group(kDev, base::StrCat("g", i), 3);
    user.groups.push_back(At(base::StrCat("g", i), 4));
  }
  for (int i = 0; i < 20; ++i) {
    file.ManagedPolicy(kDev, base::StrCat("p", i), 5);
    user.managed_policy_arns.push_back(
        At(base::StrCat("arn:aws:iam::111111111111:policy/p", i), 6));
  }
  for (int i = 0; i < 50; ++i) user.tags.push_back({At(base::StrCat("k", i), 7), At("v", 7)});
  user.inline_policies.push_back(Policy("P", kAllowAll, kInline, 8));
  user.inline_policies.back().size = 2048;
  EXPECT_THAT(BuildFrom(file).diagnostics, IsEmpty());

  file.Group(kDev, "g10", 3);
  user.groups.push_back(At("g10", 4));
  user.managed_policy_arns.push_back(At("arn:aws:iam::aws:policy/AdministratorAccess", 6));
  user.tags.push_back({At("k50", 7), At("v", 7)});
  user.inline_policies.push_back(Policy("Q", kAllowAll, kInline, 8));
  user.inline_policies.back().size = 1;
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      UnorderedElementsAre(
          "a.yaml:2:2: error: cannot exceed quota for GroupsPerUser: 10",
          "a.yaml:2:2: error: cannot exceed quota for AttachedPoliciesPerEntity: 20",
          "a.yaml:7:1: error: cannot exceed quota for TagsPerObject: 50",
          "a.yaml:2:2: error: cannot exceed quota for the total size of inline policies of a user: "
          "2048"));
}

TEST(BuildEntitiesTest, QuotasPerAccount) {
  TestFile file("a.yaml");
  file.Account(kDev);
  for (const char* name : {"a", "b"}) {
    file.User(kDev, name, 2);
    file.Group(kDev, name, 3);
    file.Role(kDev, name, 4);
  }
  EXPECT_THAT(BuildFrom(file).diagnostics, IsEmpty());
  Quotas quotas;
  quotas.users_per_account = quotas.groups_per_account = quotas.roles_per_account = 1;
  EXPECT_THAT(BuildFrom(file, quotas).diagnostics,
              ElementsAre("a.yaml:2:2: error: cannot exceed quota for UsersPerAccount: 1",
                          "a.yaml:3:2: error: cannot exceed quota for GroupsPerAccount: 1",
                          "a.yaml:4:2: error: cannot exceed quota for RolesPerAccount: 1"));
}

TEST(BuildEntitiesTest, RepeatedAttachmentsAreHarmless) {  // R-1.41.
  TestFile file("a.yaml");
  file.Account(kDev);
  file.Group(kDev, "g", 2);
  UserDefinition& user = file.User(kDev, "ana", 3);
  user.groups = {At("g", 4), At("g", 5)};
  const Located admin = At("arn:aws:iam::aws:policy/AdministratorAccess", 6);
  user.managed_policy_arns = {admin, admin};
  const BuildResult result = BuildFrom(file);
  ASSERT_NE(result.snapshot, nullptr);
  EXPECT_THAT(result.diagnostics,
              ElementsAre("a.yaml:5:1: warning: group `g` is listed twice",
                          "a.yaml:6:1: warning: managed policy "
                          "`arn:aws:iam::aws:policy/AdministratorAccess` is attached twice"));
  EXPECT_EQ(result.snapshot->users()[0]->own_policies->policies().size(), 1u);
}

TEST(BuildEntitiesTest, InlinePolicyNamesAreUniqueInTheirEntity) {  // R-1.40.
  TestFile file("a.yaml");
  file.Account(kDev);
  UserDefinition& user = file.User(kDev, "ana", 2);
  user.inline_policies.push_back(Policy("P", kAllowAll, kInline, 3));
  user.inline_policies.push_back(Policy("P", kAllowAll, kInline, 4));
  user.inline_policies.push_back(Policy("bad name", kAllowAll, kInline, 5));
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:4:1: error: policy name `P` is given twice for one user",
                          "a.yaml:5:1: error: policy name `bad name` must be 1 to 128 letters, "
                          "digits and `_+=,.@-`"));
}

TEST(BuildEntitiesTest, EveryEntityHasItsDate) {
  TestFile file("a.yaml");
  file.Account(kDev);
  const absl::Time date = absl::FromUnixSeconds(1'700'000'000);
  file.User(kDev, "u", 2).create_date = date;
  file.Group(kDev, "g", 3).create_date = date;
  file.Role(kDev, "r", 4).create_date = date;
  file.InstanceProfile(kDev, "p", 5).create_date = date;
  const auto snapshot = BuildFrom(file).snapshot;
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->users()[0]->create_date, date);
  EXPECT_EQ(snapshot->groups()[0]->create_date, date);
  EXPECT_EQ(snapshot->roles()[0]->create_date, date);
  EXPECT_EQ(snapshot->instance_profiles()[0]->create_date, date);
}

TEST(BuildEntitiesTest, TrustAndInlinePoliciesKeepTheirText) {
  TestFile file("a.yaml");
  file.Account(kDev);
  RoleDefinition& role = file.Role(kDev, "r", 2);
  role.inline_policies.push_back(Policy("P", kDenyAll, kInline, 3));
  const auto snapshot = BuildFrom(file).snapshot;
  ASSERT_NE(snapshot, nullptr);
  const Role& built = *snapshot->roles()[0];
  // The same objects as in the definitions: there is one copy of a text.
  EXPECT_EQ(&built.trust_policy->policies()[0].policy(), role.trust_policy->policy.get());
  EXPECT_EQ(&built.policies->policies()[0].policy(), role.inline_policies[0].policy.get());
  EXPECT_EQ(built.policies->policies()[0].policy().document(), kDenyAll);
}

// R-1.14, section 1.6.
TEST(BuildEntitiesTest, InstanceProfilesHoldARole) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.Role(kDev, "AppServer", 2).path = At("/machines/", 2);
  InstanceProfileDefinition& definition = file.InstanceProfile(kDev, "Web", 3);
  definition.path = At("/machines/", 4);
  definition.roles = {At("AppServer", 5)};
  definition.tags = {{At("Team"), At("a")}, {At("team"), At("b")}};  // R-1.38: case counts.
  file.InstanceProfile(kDev, "Given", 6).id = At("AIPAJQABLZS4A3QDU576Q", 7);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const InstanceProfile* profile = result.snapshot->FindInstanceProfileByName(kDev, "Web");
  ASSERT_NE(profile, nullptr);
  EXPECT_EQ(profile->arn, "arn:aws:iam::111111111111:instance-profile/machines/Web");
  EXPECT_EQ(profile->account, result.snapshot->FindAccount(kDev));
  EXPECT_EQ(profile->role, result.snapshot->FindRoleByName(kDev, "AppServer"));
  EXPECT_EQ(profile->id.substr(0, 4), "AIPA");
  EXPECT_EQ(profile->id.size(), 21u);  // R-1.35.
  EXPECT_EQ(profile->tags.size(), 2u);
  EXPECT_EQ(*profile->origin.file, "a.yaml");
  EXPECT_EQ(profile->origin.position, (base::Position{3, 2}));
  const InstanceProfile* given = result.snapshot->FindInstanceProfileByName(kDev, "Given");
  ASSERT_NE(given, nullptr);
  EXPECT_EQ(given->id, "AIPAJQABLZS4A3QDU576Q");
  EXPECT_EQ(given->role, nullptr);
}

TEST(BuildEntitiesTest, RefusesInstanceProfilesThatCannotBe) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.Account(kProd);
  file.Role(kDev, "AppServer", 2);
  file.Role(kProd, "Other", 3);
  file.InstanceProfile(kDev, "bad name", 4);
  file.InstanceProfile(kDev, "A", 5).id = At("AROAJQABLZS4A3QDU576Q", 6);
  file.InstanceProfile(kDev, "B", 7).roles = {At("AppServer", 8), At("AppServer", 9)};
  file.InstanceProfile(kDev, "C", 10).roles = {At("AppServre", 11)};
  file.InstanceProfile(kDev, "D", 12).roles = {At("Other", 13)};  // Of another account.
  file.InstanceProfile(kDev, "c", 14).path = At("/other/", 15);   // R-1.37.
  file.InstanceProfile(kPartner, "E", 16);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          "a.yaml:4:2: error: instance profile name `bad name` must be 1 to 128 letters, digits "
          "and `_+=,.@-`",
          "a.yaml:6:1: error: id `AROAJQABLZS4A3QDU576Q` of the instance profile must begin with "
          "`AIPA` and have 16 to 128 letters and digits",
          "a.yaml:9:1: error: an instance profile holds at most one role; make a second profile "
          "for this one",
          "a.yaml:11:1: error: role `AppServre` does not exist in account `111111111111`; did you "
          "mean `AppServer`?",
          "a.yaml:13:1: error: role `Other` does not exist in account `111111111111`",
          "a.yaml:14:2: error: instance profile `c` is already defined as `C` at a.yaml:10:2; "
          "names are unique without regard to case and path",
          "a.yaml:16:1: error: account `999999999999` is not declared under `Accounts` of any "
          "file"));
}

TEST(BuildEntitiesTest, InstanceProfilesHaveAQuota) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.InstanceProfile(kDev, "A", 2);
  file.InstanceProfile(kDev, "B", 3);
  Quotas quotas;
  quotas.instance_profiles_per_account = 1;
  EXPECT_THAT(BuildFrom(file, quotas).diagnostics,
              ElementsAre(::testing::HasSubstr("InstanceProfilesPerAccount")));
}

}  // namespace
}  // namespace portcullis::store
