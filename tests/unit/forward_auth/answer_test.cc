// What proxies are told: a table of profiles and outcomes.
#include "server/forward_auth/answer.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace portcullis::forward_auth {
namespace {

using Outcome = gateway::Verdict::Outcome;

gateway::Verdict VerdictOf(Outcome outcome) {
  gateway::Verdict verdict;
  verdict.outcome = outcome;
  verdict.decision_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  verdict.reason = "some_reason";
  verdict.message = "Some message.";
  if (outcome == Outcome::kUnauthenticated) verdict.challenges = {"Bearer realm=\"orders\""};
  if (outcome == Outcome::kUndecided) verdict.failure = absl::UnavailableError("down");
  if (outcome == Outcome::kAllowed) {
    verdict.principal_arn = "arn:aws:iam::111122223333:user/ana";
    verdict.account = "111122223333";
  }
  return verdict;
}

route::Request Original() {
  route::Request request;
  request.method = "GET";
  request.target = "/a";
  request.host = "shop.example.com";
  return request;
}

// The values of a header; nullopt if there is none.
std::optional<std::string> Find(const http::Response& response, std::string_view name) {
  std::optional<std::string> found;
  for (const http::ResponseHeader& header : response.headers) {
    if (header.name != name) continue;
    EXPECT_FALSE(found.has_value()) << name << " is there twice";
    found = header.value;
  }
  return found;
}

// Section 3.5 of the contract: Envoy allows on exactly 200 and takes 5xx as a failure; nginx hands
// on only 401 and 403; all others hand on everything.
TEST(ToResponse, HasTheStatusThatTheProxyUnderstands) {
  struct Case {
    const Profile& profile;
    Outcome outcome;
    int status;
  };
  const Case cases[] = {
      {EnvoyProfile(), Outcome::kAllowed, 200},
      {EnvoyProfile(), Outcome::kUnauthenticated, 401},
      {EnvoyProfile(), Outcome::kDenied, 403},
      {EnvoyProfile(), Outcome::kRefused, 400},
      {EnvoyProfile(), Outcome::kUndecided, 503},
      {OriginalProfile(), Outcome::kAllowed, 200},
      {OriginalProfile(), Outcome::kUnauthenticated, 401},
      {OriginalProfile(), Outcome::kDenied, 403},
      {OriginalProfile(), Outcome::kRefused, 403},
      {OriginalProfile(), Outcome::kUndecided, 503},
      {ForwardedProfile(), Outcome::kAllowed, 200},
      {ForwardedProfile(), Outcome::kUnauthenticated, 401},
      {ForwardedProfile(), Outcome::kDenied, 403},
      {ForwardedProfile(), Outcome::kRefused, 400},
      {ForwardedProfile(), Outcome::kUndecided, 503},
  };
  for (const Case& row : cases) {
    const http::Response response = ToResponse(row.profile, Original(), VerdictOf(row.outcome));
    EXPECT_EQ(response.status, row.status) << row.profile.name;
    EXPECT_EQ(StatusOf(row.profile, row.outcome), row.status) << row.profile.name;
    EXPECT_EQ(Find(response, "www-authenticate").has_value(), row.status == 401)
        << row.profile.name << " " << row.status;
    EXPECT_EQ(Find(response, "x-portcullis-principal").has_value(), row.status == 200);
  }
}

TEST(ToResponse, IsNoAllowByDefault) {
  for (const Profile& profile : Profiles()) {
    EXPECT_EQ(ToResponse(profile, route::Request(), gateway::Verdict()).status, 503);
  }
}

// Overload is a failure for the proxy as well, never a denial that Envoy would hand on.
TEST(ToResponse, TellsOfOverloadAsOfAnyFailure) {
  gateway::Verdict verdict = VerdictOf(Outcome::kUndecided);
  verdict.failure = absl::ResourceExhaustedError("too many");
  for (const Profile& profile : Profiles()) {
    EXPECT_EQ(ToResponse(profile, Original(), verdict).status, 503) << profile.name;
  }
}

TEST(ToResponse, AlwaysHasEveryIdentityHeader) {
  gateway::Verdict nobody = VerdictOf(Outcome::kAllowed);  // A public route's.
  nobody.principal_arn.clear();
  nobody.account.clear();
  for (const Profile& profile : Profiles()) {
    const http::Response response = ToResponse(profile, Original(), VerdictOf(Outcome::kAllowed));
    EXPECT_EQ(Find(response, "x-portcullis-principal"), "arn:aws:iam::111122223333:user/ana");
    EXPECT_EQ(Find(response, "x-portcullis-account"), "111122223333");
    EXPECT_EQ(Find(response, "x-portcullis-user-id"), "");
    EXPECT_EQ(Find(response, "x-portcullis-decision-id"), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    EXPECT_EQ(Find(response, "cache-control"), "no-store");
    EXPECT_EQ(response.body, "");

    const http::Response empty = ToResponse(profile, Original(), nobody);
    EXPECT_EQ(empty.status, 200);
    EXPECT_EQ(Find(empty, "x-portcullis-principal"), "") << profile.name;
    EXPECT_EQ(Find(empty, "x-portcullis-account"), "") << profile.name;
  }
}

TEST(ToResponse, TellsEnvoyWhatToRemove) {
  route::Request original = Original();
  const route::Header headers[] = {{"x-portcullis-admin", "true"}, {"accept", "*/*"}};
  original.headers = headers;
  const gateway::Verdict verdict = VerdictOf(Outcome::kAllowed);
  const auto removed =
      Find(ToResponse(EnvoyProfile(), original, verdict), "x-envoy-auth-headers-to-remove");
  ASSERT_TRUE(removed.has_value());
  EXPECT_NE(removed->find("x-portcullis-admin"), std::string::npos) << *removed;
  EXPECT_EQ(removed->find("x-portcullis-principal"), std::string::npos)
      << "a header that is set and removed is removed";
  EXPECT_FALSE(
      Find(ToResponse(ForwardedProfile(), original, verdict), "x-envoy-auth-headers-to-remove")
          .has_value());
}

}  // namespace
}  // namespace portcullis::forward_auth
