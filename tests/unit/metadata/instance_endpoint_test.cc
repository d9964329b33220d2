#include "server/metadata/instance_endpoint.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/metadata/metadata_fixtures.h"

namespace portcullis::metadata {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr char kRoles[] = "/latest/meta-data/iam/security-credentials/";
const std::pair<std::string, std::string> kHost = {"Host", "169.254.169.254"};

class InstanceEndpointTest : public ::testing::Test {
 protected:
  InstanceEndpointOptions Options() {
    InstanceEndpointOptions options;
    options.role_arn = "arn:aws:iam::111122223333:role/services/app";
    options.instance_id = "i-0123456789abcdef0";
    options.region = "eu-west-1";
    options.profile = [this] { return profile_; };
    return options;
  }

  http::Response Ask(const std::string& method, const std::string& target, Headers headers) {
    return endpoint_.Handle(TestRequest(method, target, std::move(headers)).get());
  }
  http::Response AskForToken(const std::string& seconds) {
    return Ask("PUT", "/latest/api/token",
               {kHost, {"x-aws-ec2-metadata-token-ttl-seconds", seconds}});
  }
  http::Response Get(const std::string& path) {
    return Ask("GET", path, {kHost, {"x-aws-ec2-metadata-token", tokens_.Issue(clock_.now, 60)}});
  }

  ManualClock clock_;
  FakeRole role_{&clock_};
  RoleCredentials credentials_{role_.Source(), clock_, nullptr};
  std::optional<InstanceProfileFacts> profile_;
  MetadataTokens tokens_ = *MetadataTokens::Create();
  InstanceEndpoint endpoint_{credentials_, clock_, tokens_, Options()};
};

TEST_F(InstanceEndpointTest, GivesTokensForTheTimeAskedFor) {
  for (const char* seconds : {"1", "60", "21600"}) {
    const http::Response response = AskForToken(seconds);
    EXPECT_EQ(response.status, 200) << seconds;
    EXPECT_EQ(HeaderOf(response, "X-aws-ec2-metadata-token-ttl-seconds"), seconds);
    EXPECT_TRUE(tokens_.IsValid(response.body, clock_.now));
    EXPECT_EQ(Ask("GET", kRoles, {kHost, {"X-aws-ec2-metadata-token", response.body}}).status, 200);
  }
  for (const char* seconds : {"0", "21601", "-1", "", "x", "60 ", "1e3", "99999999999999999999"}) {
    EXPECT_EQ(AskForToken(seconds).status, 400) << seconds;
  }
  EXPECT_EQ(Ask("PUT", "/latest/api/token", {kHost}).status, 400);
  for (const char* method : {"GET", "POST", "HEAD"}) {
    EXPECT_EQ(Ask(method, "/latest/api/token", {kHost}).status, 405) << method;
  }
}

TEST_F(InstanceEndpointTest, GivesNothingWithoutAToken) {
  EXPECT_EQ(Ask("GET", kRoles, {kHost}).status, 401);  // Version 1.
  EXPECT_EQ(Ask("GET", kRoles, {kHost, {"X-aws-ec2-metadata-token", ""}}).status, 401);
  EXPECT_EQ(Ask("GET", kRoles, {kHost, {"X-aws-ec2-metadata-token", "AQAE"}}).status, 401);
  const std::string token = AskForToken("60").body;
  const auto twice = std::pair<std::string, std::string>("X-aws-ec2-metadata-token", token);
  EXPECT_EQ(Ask("GET", kRoles, {kHost, twice, twice}).status, 401);
  clock_.now += absl::Seconds(60);
  EXPECT_EQ(Ask("GET", kRoles, {kHost, {"X-aws-ec2-metadata-token", token}}).status, 401);
  EXPECT_EQ(Ask("GET", "/nothing", {kHost}).status, 401);
  EXPECT_EQ(role_.attempts, 0);
}

TEST_F(InstanceEndpointTest, RefusesWhatCameThroughAProxyOrABrowser) {
  const std::pair<std::string, std::string> seconds = {"X-aws-ec2-metadata-token-ttl-seconds",
                                                       "60"};
  const auto status = [&](Headers headers) {
    headers.push_back(seconds);
    return Ask("PUT", "/latest/api/token", std::move(headers)).status;
  };
  EXPECT_EQ(status({kHost, {"X-Forwarded-For", "192.0.2.1"}}), 403);
  EXPECT_EQ(status({kHost, {"x-forwarded-for", ""}}), 403);
  for (const char* host : {"127.0.0.1", "127.0.0.1:1338", "localhost", "LOCALHOST:80", "[::1]:80",
                           "[fd00:ec2::254]", "169.254.169.254"}) {
    EXPECT_EQ(status({{"Host", host}}), 200) << host;
  }
  for (const char* host : {"", "evil.example", "evil.example:80", "localhost.evil.example",
                           "127.0.0.1.evil.example", "[evil]", "[::1", "1", "0x7f.1"}) {
    EXPECT_EQ(status({{"Host", host}}), 403) << host;
  }
  EXPECT_EQ(status({}), 403);
}

TEST_F(InstanceEndpointTest, GivesTheCredentials) {
  EXPECT_EQ(Get(kRoles).body, "app");
  EXPECT_EQ(Get("/latest/meta-data/iam/security-credentials").body, "app");
  const http::Response response = Get(std::string(kRoles) + "app");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"Code":"Success","LastUpdated":"2026-11-21T12:00:00Z","Type":"AWS-HMAC",)"
            R"("AccessKeyId":"ASIA1","SecretAccessKey":"secret/1","Token":"token1",)"
            R"("Expiration":"2026-11-21T13:00:00Z"})");
  EXPECT_EQ(Get(std::string(kRoles) + "other").status, 404);
  EXPECT_EQ(Get(std::string(kRoles) + "ap").status, 404);
  EXPECT_EQ(Get(std::string(kRoles) + "app/x").status, 404);
  // Newer clients try this first and go on after a 404.
  EXPECT_EQ(Get("/latest/meta-data/iam/security-credentials-extended/").status, 404);
}

TEST_F(InstanceEndpointTest, SaysWhyThereAreNone) {
  role_.failure = absl::PermissionDeniedError("not authorized to perform: sts:AssumeRole");
  http::Response response = Get(std::string(kRoles) + "app");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("Code":"AssumeRoleUnauthorizedAccess")"));
  EXPECT_THAT(response.body, HasSubstr("EC2 cannot assume the role app. not authorized"));
  EXPECT_THAT(response.body, Not(HasSubstr("AccessKeyId")));
  clock_.now += absl::Seconds(1);
  role_.failure = absl::UnavailableError("no policies");
  response = Get(std::string(kRoles) + "app");
  EXPECT_EQ(response.status, 503);
}

TEST_F(InstanceEndpointTest, TellsWhereItIs) {
  EXPECT_EQ(Get("/latest/meta-data/instance-id").body, "i-0123456789abcdef0");
  EXPECT_EQ(Get("/latest/meta-data/placement/region").body, "eu-west-1");
  EXPECT_EQ(Get("/latest/meta-data/placement/availability-zone").body, "eu-west-1a");
  EXPECT_EQ(Get("/latest/meta-data/placement/availability-zone/").body, "eu-west-1a");
  EXPECT_EQ(Get("/latest/dynamic/instance-identity/document").body,
            R"({"accountId":"111122223333","instanceId":"i-0123456789abcdef0",)"
            R"("region":"eu-west-1","availabilityZone":"eu-west-1a","version":"2017-09-30"})");
  InstanceEndpointOptions nowhere = Options();
  nowhere.region = "";
  const InstanceEndpoint endpoint(credentials_, clock_, tokens_, nowhere);
  const TestRequest request("GET", "/latest/meta-data/placement/region",
                            {kHost, {"X-aws-ec2-metadata-token", tokens_.Issue(clock_.now, 60)}});
  EXPECT_EQ(endpoint.Handle(request.get()).status, 404);
}

TEST_F(InstanceEndpointTest, TellsTheInstanceProfileIfThereIsOne) {
  EXPECT_EQ(Get("/latest/meta-data/iam/info").status, 404);
  profile_ = {"arn:aws:iam::111122223333:instance-profile/app", "AIPAEXAMPLE"};
  EXPECT_EQ(Get("/latest/meta-data/iam/info").body,
            R"({"Code":"Success","LastUpdated":"2026-11-21T12:00:00Z",)"
            R"("InstanceProfileArn":"arn:aws:iam::111122223333:instance-profile/app",)"
            R"("InstanceProfileId":"AIPAEXAMPLE"})");
}

TEST_F(InstanceEndpointTest, DirectoriesListWhatTheyHold) {
  EXPECT_EQ(Get("/latest/").body, "dynamic/\nmeta-data/");
  EXPECT_EQ(Get("/latest/meta-data/").body, "iam/\ninstance-id\nplacement/");
  EXPECT_EQ(Get("/latest/meta-data/iam").body, "info\nsecurity-credentials/");
  EXPECT_EQ(Get("/latest/meta-data/placement/").body, "availability-zone\nregion");
  EXPECT_EQ(Get("/latest/meta-data/hostname").status, 404);
  EXPECT_EQ(Get("/latest/meta").status, 404);
  EXPECT_EQ(Ask("PUT", "/latest/meta-data/", {kHost}).status, 405);
}

TEST_F(InstanceEndpointTest, RefusalsArePlain) {
  EXPECT_EQ(InstanceEndpoint::Refuse(431).status, 431);
  EXPECT_EQ(InstanceEndpoint::Refuse(431).body, "Bad Request\n");
}

}  // namespace
}  // namespace portcullis::metadata
