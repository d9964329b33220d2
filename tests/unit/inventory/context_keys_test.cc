#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kCustom = "GetContextKeysForCustomPolicy";
constexpr std::string_view kPrincipal = "GetContextKeysForPrincipalPolicy";
constexpr std::string_view kExtra =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",)"
    R"("Condition":{"DateLessThan":{"AWS:CurrentTime":"2030-01-01T00:00:00Z"},)"
    R"("Bool":{"AWS:multifactorauthpresent":"true"}}}]})";

TEST(ContextKeys, OfDocuments) {  // R-9.25
  const World world;
  ExpectCalls(
      world,
      {
          {kCustom,
           {{"PolicyInputList", std::string(kExtra)}},
           R"({"ContextKeyNames":["AWS:CurrentTime","AWS:multifactorauthpresent"]})"},
          {kCustom,
           {{"PolicyInputList", std::string(store::kAllowAll)}},
           R"({"ContextKeyNames":[]})"},
          {kCustom,
           {},
           "ValidationError: 1 validation error detected: Value null at 'policyInputList' failed "
           "to satisfy constraint: Member must not be null"},
      });
  EXPECT_EQ(world.Call(kCustom, {{"PolicyInputList", "{"}}).substr(0, 13), "InvalidInput:");
}

TEST(ContextKeys, OfAnEntity) {
  const World world;
  const auto of = [&](std::string arn, Given more = {}) {
    more.insert(more.begin(), {"PolicySourceArn", std::move(arn)});
    return world.Call(kPrincipal, more);
  };
  // Its inline policy, and those attached to it and its groups.
  EXPECT_EQ(of("arn:aws:iam::111111111111:user/ana"),
            R"({"ContextKeyNames":["aws:username","aws:MultiFactorAuthPresent","s3:prefix"]})");
  EXPECT_EQ(of("arn:aws:iam::111111111111:user/eng/Bob"), R"({"ContextKeyNames":["s3:prefix"]})");
  EXPECT_EQ(of("arn:aws:iam::111111111111:group/eng/devs"), R"({"ContextKeyNames":["s3:prefix"]})");
  EXPECT_EQ(of("arn:aws:iam::111111111111:role/ci/deploy"),
            R"({"ContextKeyNames":["aws:username","aws:MultiFactorAuthPresent","s3:prefix"]})");
  EXPECT_EQ(of("arn:aws:iam::111111111111:user/ana", {{"PolicyInputList", std::string(kExtra)}}),
            R"({"ContextKeyNames":["aws:username","aws:MultiFactorAuthPresent","s3:prefix",)"
            R"("AWS:CurrentTime"]})");
  for (const std::string arn :
       {"arn:aws:iam::111111111111:user/Bob", "arn:aws:iam::123456789012:user/eve",
        "arn:aws:iam::123456789012:group/strangers", "arn:aws:iam::123456789012:role/vault"}) {
    EXPECT_EQ(of(arn), "NoSuchEntity: The entity with ARN " + arn + " cannot be found.");
  }
}

TEST(ContextKeys, Resources) {
  const World world;
  const std::string ana = "arn:aws:iam::111111111111:user/ana";
  EXPECT_EQ(world.Resource(kCustom), "*");
  EXPECT_EQ(world.Resource(kPrincipal, {{"PolicySourceArn", ana}}), ana);
  EXPECT_EQ(world.Resource(kPrincipal, {{"PolicySourceArn", "x"}}),
            "InvalidInput: ARN x is not valid.");
}

}  // namespace
}  // namespace portcullis::inventory
