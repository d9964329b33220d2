#include "server/gateway/session_name_internal.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

#include "server/session/sts_parameters.h"

namespace portcullis::gateway {
namespace {

bool IsLegal(const std::string& name) {
  session::WebIdentityParameters parameters;
  parameters.role_arn = "arn:aws:iam::111122223333:role/web";
  parameters.role_session_name = name;
  parameters.web_identity_token = "a.b.c.d.e";
  return session::ValidateParameters(parameters).ok();
}

TEST(SessionNameTest, SubjectsThatAreNamesStay) {
  for (const std::string subject :
       {"ana", "ana@example.org", "a,b", "0123", "a+b=c_d-e.f", "a-0123456789abcde",
        "a_0123456789abcdef", "-0123456789abcdeF", "0123456789abcdef"}) {
    EXPECT_EQ(SessionNameFor(subject), subject);
  }
  EXPECT_EQ(SessionNameFor(std::string(64, 'x')), std::string(64, 'x'));
}

// The digits are sha256sum's.
TEST(SessionNameTest, OthersGetADigest) {
  EXPECT_EQ(SessionNameFor("a|b"), "a-b-0eab8a0a3380abf4");
}

// Somebody may call themselves by the name that another subject gets.
TEST(SessionNameTest, NobodyTakesTheNameThatWasMadeForAnother) {
  for (const std::string subject : {"a-b-0eab8a0a3380abf4", "-0123456789abcdef"}) {
    EXPECT_NE(SessionNameFor(subject), subject);
    EXPECT_TRUE(IsLegal(SessionNameFor(subject)));
  }
}

// and no two subjects with one name.
TEST(SessionNameTest, AllAreLegalAndDifferent) {
  const std::string subjects[] = {"",
                                  "x",
                                  "a|b",
                                  "a-b",
                                  "a/b",
                                  "a,b",
                                  "a b",
                                  std::string(65, 'x'),
                                  "a:b",
                                  "äß",
                                  "a\nb",
                                  std::string("a\0b", 3),
                                  std::string(64, 'x'),
                                  std::string(66, 'x'),
                                  "system:serviceaccount:default:web"};
  std::set<std::string> names;
  for (const std::string& subject : subjects) {
    const std::string name = SessionNameFor(subject);
    EXPECT_TRUE(IsLegal(name)) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(SessionNameTest, WorkloadsAreCalledByTheirWholePath) {
  EXPECT_EQ(SessionNameForWorkload("/ns/prod/sa/web"), "ns,prod,sa,web");
  EXPECT_NE(SessionNameForWorkload("/ns/test/sa/web"), SessionNameForWorkload("/ns/prod/sa/web"));
  EXPECT_TRUE(IsLegal(SessionNameForWorkload("/w")));
  EXPECT_TRUE(IsLegal(SessionNameForWorkload("")));
  EXPECT_TRUE(IsLegal(SessionNameForWorkload("/" + std::string(200, 'a'))));
}

}  // namespace
}  // namespace portcullis::gateway
