#include "server/metadata/container_endpoint.h"

#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/metadata/metadata_fixtures.h"

namespace portcullis::metadata {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kToken[] = "Bearer 0123456789abcdef";

class ContainerEndpointTest : public ::testing::Test {
 protected:
  ContainerEndpointTest() { WriteToken(kToken); }
  ~ContainerEndpointTest() override { unlink(token_file_.c_str()); }

  void WriteToken(const std::string& token) { std::ofstream(token_file_) << token << "\n"; }

  http::Response Ask(const std::string& method, const std::string& target,
                     std::vector<std::pair<std::string, std::string>> headers) {
    return endpoint_.Handle(TestRequest(method, target, std::move(headers)).get());
  }
  http::Response Get(const std::string& token) {
    return Ask("GET", "/creds", {{"Host", "localhost"}, {"Authorization", token}});
  }

  ManualClock clock_;
  FakeRole role_{&clock_};
  RoleCredentials credentials_{role_.Source(), clock_, nullptr};
  const std::string token_file_ = absl::StrCat(::testing::TempDir(), "/container.", getpid());
  ContainerEndpoint endpoint_{
      credentials_, {"arn:aws:iam::111122223333:role/app", token_file_, /*path=*/"/creds"}};
};

TEST_F(ContainerEndpointTest, GivesTheCredentialsForTheToken) {
  const http::Response response = Get(kToken);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(HeaderOf(response, "Content-Type"), "application/json");
  EXPECT_EQ(
      response.body,
      R"({"RoleArn":"arn:aws:iam::111122223333:role/app","AccessKeyId":"ASIA1",)"
      R"("SecretAccessKey":"secret/1","Token":"token1","Expiration":"2026-11-21T13:00:00Z"})");
  EXPECT_EQ(Ask("GET", "/creds?x=1", {{"authorization", kToken}}).status, 200);
}

TEST_F(ContainerEndpointTest, GivesNothingWithoutIt) {
  EXPECT_EQ(Ask("GET", "/creds", {}).status, 401);
  for (const std::string& token : {std::string(), std::string("0123456789abcdef"),
                                   absl::StrCat(kToken, "0"), std::string(kToken, 22)}) {
    const http::Response response = Get(token);
    EXPECT_EQ(response.status, 403) << token;
    EXPECT_THAT(response.body, StartsWith(R"({"code":"InvalidAuthorization","message":")"));
  }
  EXPECT_EQ(Ask("GET", "/creds", {{"Authorization", kToken}, {"Authorization", kToken}}).status,
            403);
  EXPECT_EQ(role_.attempts, 0);
}

TEST_F(ContainerEndpointTest, TheTokenMayChange) {
  WriteToken("another token of some length");
  EXPECT_EQ(Get(kToken).status, 403);
  EXPECT_EQ(Get("another token of some length").status, 200);
  WriteToken("");
  EXPECT_EQ(Get("").status, 503);
  unlink(token_file_.c_str());
  EXPECT_EQ(Get("").status, 503);
}

TEST_F(ContainerEndpointTest, ServesOnePathByGet) {
  EXPECT_EQ(Ask("GET", "/", {{"Authorization", kToken}}).status, 404);
  EXPECT_EQ(Ask("GET", "/creds/", {{"Authorization", kToken}}).status, 404);
  const http::Response response = Ask("POST", "/creds", {{"Authorization", kToken}});
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(HeaderOf(response, "Allow"), "GET, HEAD");
}

TEST_F(ContainerEndpointTest, SaysWhyThereAreNone) {
  role_.failure = absl::PermissionDeniedError("not authorized to perform: sts:AssumeRole");
  http::Response response = Get(kToken);
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body,
            R"({"code":"AccessDenied","message":"not authorized to perform: sts:AssumeRole"})");
  clock_.now += absl::Seconds(1);
  role_.failure = absl::UnavailableError("no policies");
  EXPECT_EQ(Get(kToken).status, 503);
  clock_.now += absl::Seconds(1);
  role_.failure = absl::InvalidArgumentError("detail");
  response = Get(kToken);
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, Not(HasSubstr("detail")));
}

TEST_F(ContainerEndpointTest, RefusalsHaveTheSameForm) {
  EXPECT_EQ(ContainerEndpoint::Refuse(431).body,
            R"({"code":"InvalidRequest","message":"The request was not understood."})");
}

}  // namespace
}  // namespace portcullis::metadata
