#include "server/store/listings.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(GroupedTest, KeepsTheOrderWithinAKey) {
  const std::vector<int> numbers = {1, 2, 3, 4, 5, 6};
  std::vector<Grouped<int, int>::Entry> entries;
  for (const int& number : numbers) {
    for (const int divisor : {2, 3}) {  // 6 has both, 1 and 5 have none.
      if (number % divisor == 0) entries.push_back({divisor, &number});
    }
  }
  const Grouped<int, int> grouped(entries);
  EXPECT_THAT(grouped.Of(2), ElementsAre(&numbers[1], &numbers[3], &numbers[5]));
  EXPECT_THAT(grouped.Of(3), ElementsAre(&numbers[2], &numbers[5]));
  EXPECT_THAT(grouped.Of(5), IsEmpty());
  EXPECT_THAT((Grouped<int, int>().Of(2)), IsEmpty());
}

template <typename T>
std::vector<std::string> NamesOf(absl::Span<const T* const> listing) {
  std::vector<std::string> names;
  for (const T* entity : listing) names.emplace_back(entity->name);
  return names;
}

constexpr auto kInline = policy::PolicyType::kInlineIdentity;

// Two accounts, and each kind of entity in an order that is not that of names.
class ListingsTest : public ::testing::Test {
 protected:
  ListingsTest() : file_("a.yaml") {
    file_.Account(kProd);
    file_.Account(kDev);
    file_.ManagedPolicy(kDev, "Writer").path = At("/team/");
    file_.ManagedPolicy(kDev, "Reader");
    file_.ManagedPolicy(kProd, "Reader");
    for (const char* name : {"Testers", "Developers", "Admins"}) file_.Group(kDev, name);
    for (const char* account : {kDev.data(), kProd.data()}) {
      for (const char* name : {"zoe", "ana", "Ben"}) file_.User(account, name);
      for (const char* name : {"r2", "r10", "r1"}) file_.Role(account, name);
    }
  }

  void Build() {
    result_ = BuildFrom(file_);
    ASSERT_THAT(result_.diagnostics, IsEmpty());
  }
  const Snapshot& snapshot() const { return *result_.snapshot; }
  const Account& Dev() const { return *snapshot().FindAccount(kDev); }
  const Account& Prod() const { return *snapshot().FindAccount(kProd); }

  TestFile file_;
  BuildResult result_;
};

// Byte order: what a client's next page begins after can be found by comparing.
TEST_F(ListingsTest, EachAccountHasItsOwnSortedByName) {
  file_.InstanceProfile(kDev, "p2");
  file_.InstanceProfile(kDev, "p1");
  file_.OidcProvider(kDev, "https://b.example.com");
  file_.OidcProvider(kDev, "https://a.example.com");
  file_.SamlProvider(kDev, "Idp2");
  file_.SamlProvider(kDev, "Idp1");
  file_.Group(kProd, "Only");
  Build();
  EXPECT_THAT(NamesOf(snapshot().UsersOf(Dev())), ElementsAre("Ben", "ana", "zoe"));
  EXPECT_THAT(NamesOf(snapshot().UsersOf(Prod())), ElementsAre("Ben", "ana", "zoe"));
  for (const User* user : snapshot().UsersOf(Prod())) EXPECT_EQ(user->account, &Prod());
  EXPECT_THAT(NamesOf(snapshot().GroupsOf(Dev())), ElementsAre("Admins", "Developers", "Testers"));
  EXPECT_THAT(NamesOf(snapshot().GroupsOf(Prod())), ElementsAre("Only"));
  EXPECT_THAT(NamesOf(snapshot().RolesOf(Dev())), ElementsAre("r1", "r10", "r2"));
  EXPECT_THAT(NamesOf(snapshot().ManagedPoliciesOf(Dev())), ElementsAre("Reader", "Writer"));
  EXPECT_THAT(NamesOf(snapshot().ManagedPoliciesOf(Prod())), ElementsAre("Reader"));
  EXPECT_THAT(NamesOf(snapshot().PlatformManagedPolicies()),
              ElementsAre("AWSDenyAll", "AdministratorAccess"));
  EXPECT_THAT(NamesOf(snapshot().InstanceProfilesOf(Dev())), ElementsAre("p1", "p2"));
  EXPECT_THAT(snapshot().InstanceProfilesOf(Prod()), IsEmpty());
  ASSERT_EQ(snapshot().OidcProvidersOf(Dev()).size(), 2u);
  EXPECT_EQ(snapshot().OidcProvidersOf(Dev())[0]->url, "https://a.example.com");
  EXPECT_THAT(snapshot().OidcProvidersOf(Prod()), IsEmpty());
  EXPECT_THAT(NamesOf(snapshot().SamlProvidersOf(Dev())), ElementsAre("Idp1", "Idp2"));
}

// Names that are equal for longer than is compared at once.
TEST_F(ListingsTest, LongNamesAreSortedToTheirEnd) {
  for (const int number : {7, 3, 12, 1, 30}) {
    file_.User(kDev, base::StrCat("a-user-with-a-long-name-", number));
  }
  file_.User(kDev, "a-user-with-a-lo");
  Build();
  const auto names = NamesOf(snapshot().UsersOf(Dev()));
  EXPECT_EQ(names.size(), 9u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST_F(ListingsTest, FindsByAccountAndName) {
  file_.InstanceProfile(kDev, "p").path = At("/machines/");
  file_.User(kDev, "path").path = At("/people/");
  Build();
  EXPECT_EQ(snapshot().FindUserByName(kDev, "ana"),
            snapshot().FindUser("arn:aws:iam::111111111111:user/ana"));
  ASSERT_NE(snapshot().FindUserByName(kProd, "zoe"), nullptr);
  EXPECT_EQ(snapshot().FindUserByName(kProd, "zoe")->arn, "arn:aws:iam::123456789012:user/zoe");
  ASSERT_NE(snapshot().FindUserByName(kDev, "path"), nullptr);  // whatever the path.
  EXPECT_EQ(snapshot().FindGroupByName(kDev, "Admins"),
            snapshot().FindGroup("arn:aws:iam::111111111111:group/Admins"));
  const InstanceProfile* profile = snapshot().FindInstanceProfileByName(kDev, "p");
  ASSERT_NE(profile, nullptr);
  EXPECT_EQ(profile->arn, "arn:aws:iam::111111111111:instance-profile/machines/p");
  EXPECT_EQ(snapshot().FindInstanceProfile(profile->arn), profile);
  for (const char* name : {"", "ANA", "an", "anaa", "~"}) {
    EXPECT_EQ(snapshot().FindUserByName(kDev, name), nullptr) << name;
    EXPECT_EQ(snapshot().FindGroupByName(kDev, name), nullptr) << name;
    EXPECT_EQ(snapshot().FindInstanceProfileByName(kDev, name), nullptr) << name;
  }
  EXPECT_EQ(snapshot().FindUserByName("000000000000", "ana"), nullptr);
  EXPECT_EQ(snapshot().FindGroupByName(kProd, "Admins"), nullptr);
  EXPECT_EQ(snapshot().FindInstanceProfileByName(kProd, "p"), nullptr);
}

TEST_F(ListingsTest, MembersOfAGroup) {
  for (const char* name : {"member2", "member1"}) {
    file_.User(kDev, name).groups = {At("Developers"), At("Admins")};
  }
  Build();
  const Group* developers = snapshot().FindGroupByName(kDev, "Developers");
  ASSERT_NE(developers, nullptr);
  EXPECT_THAT(NamesOf(snapshot().MembersOf(*developers)), ElementsAre("member1", "member2"));
  EXPECT_THAT(snapshot().MembersOf(*snapshot().FindGroupByName(kDev, "Testers")), IsEmpty());
}

// one role may be in many profiles.
TEST_F(ListingsTest, ProfilesOfARole) {
  file_.InstanceProfile(kDev, "p2").roles = {At("r1")};
  file_.InstanceProfile(kDev, "p1").roles = {At("r1")};
  file_.InstanceProfile(kDev, "empty");
  Build();
  const Role* role = snapshot().FindRoleByName(kDev, "r1");
  ASSERT_NE(role, nullptr);
  EXPECT_THAT(NamesOf(snapshot().InstanceProfilesOf(*role)), ElementsAre("p1", "p2"));
  EXPECT_THAT(snapshot().InstanceProfilesOf(*snapshot().FindRoleByName(kDev, "r2")), IsEmpty());
}

TEST_F(ListingsTest, WhoUsesAPolicy) {
  const Located writer = At("arn:aws:iam::111111111111:policy/team/Writer");
  file_.User(kDev, "u2").managed_policy_arns = {writer};
  file_.User(kDev, "u1").managed_policy_arns = {writer};
  file_.User(kDev, "u3").permissions_boundary = writer;
  file_.Group(kDev, "g").managed_policy_arns = {writer};
  file_.Role(kDev, "attached").managed_policy_arns = {writer};
  RoleDefinition& both = file_.Role(kDev, "both");
  both.managed_policy_arns = {writer};
  both.permissions_boundary = writer;
  Build();
  const ManagedPolicy* policy = snapshot().FindManagedPolicy(writer.text);
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->account, &Dev());
  const PolicyAttachments attachments = snapshot().AttachmentsOf(*policy, Dev());
  EXPECT_THAT(NamesOf(attachments.users), ElementsAre("u1", "u2"));
  EXPECT_THAT(NamesOf(attachments.groups), ElementsAre("g"));
  EXPECT_THAT(NamesOf(attachments.roles), ElementsAre("attached", "both"));
  EXPECT_THAT(NamesOf(attachments.boundary_users), ElementsAre("u3"));
  EXPECT_THAT(NamesOf(attachments.boundary_roles), ElementsAre("both"));
  EXPECT_EQ(attachments.attachment_count(), 5u);
  EXPECT_EQ(attachments.boundary_usage_count(), 2u);
  EXPECT_EQ(snapshot().AttachmentsOf(*policy, Prod()).attachment_count(), 0u);
}

// Nobody sees who uses the platform's policies in other accounts.
TEST_F(ListingsTest, WhoUsesAPlatformPolicyIsToldByAccount) {
  const Located administrator = At("arn:aws:iam::aws:policy/AdministratorAccess");
  file_.User(kDev, "dev").managed_policy_arns = {administrator};
  file_.User(kProd, "prod").managed_policy_arns = {administrator};
  Build();
  const ManagedPolicy* policy = snapshot().FindManagedPolicy(administrator.text);
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->account, nullptr);
  EXPECT_THAT(NamesOf(snapshot().AttachmentsOf(*policy, Dev()).users), ElementsAre("dev"));
  EXPECT_THAT(NamesOf(snapshot().AttachmentsOf(*policy, Prod()).users), ElementsAre("prod"));
}

TEST_F(ListingsTest, InlineAndManagedPoliciesAreToldApart) {
  for (EntityDefinition* entity : std::vector<EntityDefinition*>{
           &file_.User(kDev, "u"), &file_.Group(kDev, "g"), &file_.Role(kDev, "r")}) {
    entity->inline_policies.push_back(Policy("Second", kDenyAll, kInline));
    entity->inline_policies.push_back(Policy("First", kAllowAll, kInline));
    entity->managed_policy_arns = {At("arn:aws:iam::111111111111:policy/team/Writer"),
                                   At("arn:aws:iam::aws:policy/AdministratorAccess")};
  }
  Build();
  for (const EntityPolicies& policies :
       {snapshot().PoliciesOf(*snapshot().FindUserByName(kDev, "u")),
        snapshot().PoliciesOf(*snapshot().FindGroupByName(kDev, "g")),
        snapshot().PoliciesOf(*snapshot().FindRoleByName(kDev, "r"))}) {
    ASSERT_EQ(policies.inline_policies.size(), 2u);
    EXPECT_EQ(policies.inline_policies[0].name, "First");
    EXPECT_EQ(policies.inline_policies[0].policy->policy().document(), kAllowAll);
    EXPECT_EQ(policies.inline_policies[1].name, "Second");
    EXPECT_EQ(policies.inline_policies[1].policy->policy().document(), kDenyAll);
    EXPECT_THAT(NamesOf<ManagedPolicy>(policies.managed),
                ElementsAre("AdministratorAccess", "Writer"));
  }
  const EntityPolicies none = snapshot().PoliciesOf(*snapshot().FindUserByName(kDev, "ana"));
  EXPECT_THAT(none.inline_policies, IsEmpty());
  EXPECT_THAT(none.managed, IsEmpty());
}

}  // namespace
}  // namespace portcullis::store
