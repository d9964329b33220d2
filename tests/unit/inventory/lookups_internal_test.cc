#include "server/inventory/lookups_internal.h"

#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

TEST(Lookups, ArnsOfIam) {
  for (const std::string good : {"arn:aws:iam::111111111111:policy/x", "arn:aws:iam::aws:policy/x",
                                 "arn:aws-cn:iam::111111111111:user/a/b"}) {
    EXPECT_TRUE(ArnParameter(ParametersOf({{"PolicyArn", good}}), "PolicyArn").ok()) << good;
  }
  for (const std::string bad : {"*", "x", "arn:aws:s3:::b", "arn:aws:iam:eu:111111111111:policy/x",
                                "arn:aws:iam:::policy/x", "arn:aws:iam::111111111111:",
                                "arn:aws:iam::111111111111:policy/\n"}) {
    EXPECT_EQ(ErrorText(ArnParameter(ParametersOf({{"PolicyArn", bad}}), "PolicyArn").status()),
              "InvalidInput: ARN " + bad + " is not valid.");
  }
}

TEST(Lookups, SubjectOfACallWithoutAName) {
  World world;
  EXPECT_EQ(SubjectName(*FindSubject(world.scope(), Parameters())), "ana");
  EXPECT_EQ(SubjectName(*FindSubject(world.scope(), ParametersOf({{"UserName", "zoe"}}))), "zoe");
  world.CallAsRoot();
  EXPECT_EQ(SubjectName(*FindSubject(world.scope(), Parameters())), "<root_account>");
  world.CallAsRole();
  EXPECT_FALSE(FindSubject(world.scope(), Parameters()).ok());
}

}  // namespace
}  // namespace portcullis::inventory
