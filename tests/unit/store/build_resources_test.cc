#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BuildResourcesTest, ARegisteredResourceStandsForWhatIsBelowIt) {
  TestFile file("a.yaml");
  file.Account(kProd);
  ResourceDefinition& bucket = file.Resource(kProd, "arn:aws:s3:::productionapp");
  bucket.policy = ResourcePolicy(R"({"AWS":"123456789012"})");
  bucket.requires_resource_policy = true;
  bucket.tags.push_back({At("env", 2), At("prod", 2)});
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Resource* resource = result.snapshot->FindResource("arn:aws:s3:::productionapp/a/b");
  ASSERT_NE(resource, nullptr);
  EXPECT_EQ(resource->account, result.snapshot->FindAccount(kProd));
  EXPECT_NE(resource->policy, nullptr);
  EXPECT_TRUE(resource->requires_resource_policy);
  EXPECT_EQ(resource->tags.size(), 1u);
  EXPECT_EQ(result.snapshot->FindResource("arn:aws:s3:::other"), nullptr);
}

TEST(BuildResourcesTest, RefusesBadArns) {
  TestFile file("a.yaml");
  file.Account(kProd);
  file.Resource(kProd, "productionapp", 2);
  file.Resource(kProd, "arn:aws:s3:::b/*", 3);
  file.Resource(kProd, "arn:aws:s3:::b/", 4);
  file.Resource(kProd, "arn:aws-cn:s3:::b", 5);
  file.Resource(kProd, "arn:aws:sqs:eu:111111111111:q", 6);
  file.Resource(kProd, "arn:aws:s3:::b", 7);
  file.Resource(kProd, "arn:aws:s3:::b", 8);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          "a.yaml:2:2: error: resource `productionapp` is not an ARN",
          "a.yaml:3:2: error: resource `arn:aws:s3:::b/*` must name one resource, without "
          "wildcards; it stands for everything below it, too",
          "a.yaml:4:2: error: resource `arn:aws:s3:::b/` must not end with a separator; it stands "
          "for everything below it, too",
          "a.yaml:5:2: error: resource `arn:aws-cn:s3:::b` is of another partition than `aws`",
          "a.yaml:6:2: error: resource `arn:aws:sqs:eu:111111111111:q` names another account than "
          "`123456789012`, to which it belongs here",
          "a.yaml:8:2: error: resource `arn:aws:s3:::b` is registered twice"));
}

TEST(BuildResourcesTest, PoliciesKeepTheirText) {
  TestFile file("a.yaml");
  file.Account(kProd);
  ResourceDefinition& bucket = file.Resource(kProd, "arn:aws:s3:::productionapp");
  bucket.policy = ResourcePolicy(R"({"AWS":"123456789012"})");
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  EXPECT_EQ(&result.snapshot->resources()[0]->policy->policies()[0].policy(),
            bucket.policy->policy.get());
}

}  // namespace
}  // namespace portcullis::store
