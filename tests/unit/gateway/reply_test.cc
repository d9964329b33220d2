#include "server/gateway/reply.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::gateway {
namespace {

using Outcome = Verdict::Outcome;
using Proof = Verdict::Proof;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Headers = std::vector<route::Header>;

route::Request RequestWith(const Headers& headers, std::string_view target = "/") {
  route::Request request;
  request.method = "GET";
  request.host = "orders.example.com";
  request.target = target;
  request.headers = headers;
  return request;
}

Verdict Allowed(Proof proof) {
  Verdict verdict;
  verdict.outcome = Outcome::kAllowed;
  verdict.principal_arn = "arn:aws:iam::111122223333:user/ana";
  verdict.account = "111122223333";
  verdict.user_id = "AIDAANA";
  verdict.decision_id = "01HZX";
  verdict.proof = proof;
  return verdict;
}

Verdict TurnedAway(Outcome outcome) {
  Verdict verdict;
  verdict.outcome = outcome;
  verdict.reason = "implicit_deny";
  verdict.message = "The caller is not allowed to do this.";
  verdict.decision_id = "01HZX";
  if (outcome == Outcome::kUndecided) verdict.failure = absl::UnavailableError("x");
  if (outcome == Outcome::kUnauthenticated) verdict.challenges = {"Bearer realm=\"a\"", "B"};
  return verdict;
}

std::string Text(const std::vector<ReplyHeader>& headers) {
  std::string text;
  for (const ReplyHeader& header : headers) text += header.name + ": " + header.value + "\n";
  return text;
}

TEST(IdentityHeadersTest, AllOfThemAlways) {
  EXPECT_EQ(Text(IdentityHeaders(Allowed(Proof::kAuthorization))),
            "x-portcullis-principal: arn:aws:iam::111122223333:user/ana\n"
            "x-portcullis-account: 111122223333\n"
            "x-portcullis-user-id: AIDAANA\n"
            "x-portcullis-decision-id: 01HZX\n");
  Verdict nobody;
  nobody.outcome = Outcome::kAllowed;
  nobody.decision_id = "01HZX";
  EXPECT_EQ(Text(IdentityHeaders(nobody)),
            "x-portcullis-principal: \nx-portcullis-account: \nx-portcullis-user-id: \n"
            "x-portcullis-decision-id: 01HZX\n");
}

TEST(IdentityHeadersTest, ValuesAreOneLineOfUtf8) {
  Verdict verdict = Allowed(Proof::kAuthorization);
  verdict.user_id = "a\r\nx-evil: 1";
  verdict.principal_arn = "\xff";
  const std::vector<ReplyHeader> headers = IdentityHeaders(verdict);
  EXPECT_EQ(headers[0].value, "");
  EXPECT_EQ(headers[2].value, "a??x-evil: 1");
}

struct RemovalRow {
  std::string_view name;
  Proof proof;
  bool forward;
  Headers headers;
  std::vector<std::string> removed;
};

TEST(HeadersToRemoveTest, SpoofsAndProofs) {
  const RemovalRow rows[] = {
      {"nothing", Proof::kAuthorization, false, {{"accept", "*/*"}}, {}},
      {"what is overwritten", Proof::kNone, false, {{"x-portcullis-principal", "root"}}, {}},
      {"what is ours by name",
       Proof::kNone,
       false,
       {{"x-portcullis-admin", "1"}, {"x-portcullis-", "1"}, {"x-portcullis-admin", "2"}},
       {"x-portcullis-admin", "x-portcullis-"}},
      {"what CGI takes for ours",
       Proof::kNone,
       true,
       {{"x_portcullis_principal", "root"}, {"x-portcullis_principal", "root"}},
       {"x_portcullis_principal", "x-portcullis_principal"}},
      {"what PHP takes for ours",
       Proof::kNone,
       true,
       {{"x.portcullis.principal", "root"}, {"x-portcullis~principal", "root"}},
       {"x.portcullis.principal", "x-portcullis~principal"}},
      {"what is not", Proof::kNone, false, {{"x-portcullisx", "1"}, {"portcullis", "1"}}, {}},
      {"the proof",
       Proof::kAuthorization,
       false,
       {{"authorization", "Bearer x"}, {"x-amz-security-token", "t"}, {"x-amz-date", "d"}},
       {"authorization", "x-amz-security-token"}},
      {"the proof, forwarded",
       Proof::kAuthorization,
       true,
       {{"authorization", "Bearer x"}, {"x-amz-security-token", "t"}},
       {}},
      {"the application's own", Proof::kPeerCertificate, false, {{"authorization", "Basic x"}}, {}},
      {"at a public route", Proof::kNone, false, {{"authorization", "Bearer x"}}, {}},
  };
  for (const RemovalRow& row : rows) {
    Verdict verdict = Allowed(row.proof);
    verdict.forward_credentials = row.forward;
    EXPECT_EQ(HeadersToRemove(RequestWith(row.headers), verdict), row.removed) << row.name;
  }
}

TEST(QueryParametersToRemoveTest, OfPresignedRequests) {
  const route::Request request =
      RequestWith({},
                  "/a?b=c&X-Amz-Signature=00&X-Amz%2DSecurity-Token=t&X-Amz-Date=d&"
                  "X-Amz-Signature=01&x-amz-signature=02&flag&%zz=1");
  Verdict verdict = Allowed(Proof::kQuery);
  EXPECT_THAT(QueryParametersToRemove(request, verdict),
              ElementsAre("X-Amz-Signature", "X-Amz%2DSecurity-Token"));
  verdict.forward_credentials = true;
  EXPECT_THAT(QueryParametersToRemove(request, verdict), IsEmpty());
  EXPECT_THAT(QueryParametersToRemove(request, Allowed(Proof::kAuthorization)), IsEmpty());
  EXPECT_THAT(QueryParametersToRemove(RequestWith({}, "/a"), Allowed(Proof::kQuery)), IsEmpty());
}

struct StatusRow {
  Outcome outcome;
  int status;
  int to_grpc;
};

// Specification of ext_authz, section 2.5: to gRPC 400 would be INTERNAL.
TEST(DenialTest, Statuses) {
  const StatusRow rows[] = {{Outcome::kDenied, 403, 403},
                            {Outcome::kUnauthenticated, 401, 401},
                            {Outcome::kRefused, 400, 403},
                            {Outcome::kUndecided, 503, 503}};
  for (const StatusRow& row : rows) {
    EXPECT_EQ(MakeDenial(RequestWith({}), TurnedAway(row.outcome)).status, row.status);
    const Headers grpc = {{"content-type", "application/grpc+proto"}};
    EXPECT_EQ(MakeDenial(RequestWith(grpc), TurnedAway(row.outcome)).status, row.to_grpc);
  }
  Verdict overload = TurnedAway(Outcome::kUndecided);
  overload.failure = absl::ResourceExhaustedError("x");
  EXPECT_EQ(MakeDenial(RequestWith({}), overload).status, 429);
  // Whatever a verdict is, its denial is none.
  EXPECT_EQ(MakeDenial(RequestWith({}), Allowed(Proof::kNone)).status, 403);
  EXPECT_EQ(MakeDenial(RequestWith({}), Verdict()).status, 503);
}

TEST(DenialTest, Headers) {
  EXPECT_EQ(Text(MakeDenial(RequestWith({}), TurnedAway(Outcome::kUnauthenticated)).headers),
            "content-type: application/json\n"
            "cache-control: no-store\n"
            "x-portcullis-decision-id: 01HZX\n"
            "x-portcullis-reason: implicit_deny\n"
            "www-authenticate: Bearer realm=\"a\"\n"
            "www-authenticate: B\n");
  EXPECT_THAT(Text(MakeDenial(RequestWith({}), TurnedAway(Outcome::kUndecided)).headers),
              HasSubstr("retry-after: 1\n"));
  EXPECT_THAT(Text(MakeDenial(RequestWith({}), TurnedAway(Outcome::kDenied)).headers),
              Not(HasSubstr("www-authenticate")));
}

TEST(DenialTest, BodiesAsTheClientAccepts) {
  const Verdict verdict = TurnedAway(Outcome::kDenied);
  EXPECT_EQ(MakeDenial(RequestWith({}), verdict).body,
            "{\"message\":\"The caller is not allowed to do this.\",\"reason\":\"implicit_deny\","
            "\"decisionId\":\"01HZX\"}\n");
  const Denial text = MakeDenial(RequestWith({{"accept", "text/plain"}}), verdict);
  EXPECT_EQ(text.body, "The caller is not allowed to do this. (implicit_deny, decision 01HZX)");
  EXPECT_EQ(text.headers[0].value, "text/plain; charset=utf-8");
  const Denial grpc = MakeDenial(
      RequestWith({{"content-type", "application/grpc"}, {"accept", "text/html"}}), verdict);
  EXPECT_EQ(grpc.body, text.body);
  const Denial html = MakeDenial(RequestWith({{"accept", "text/html"}}), verdict);
  EXPECT_EQ(html.headers[0].value, "text/html; charset=utf-8");
  EXPECT_THAT(html.body, HasSubstr("<h1>Access denied</h1>"));
  EXPECT_THAT(html.body, HasSubstr("<p>The caller is not allowed to do this.</p>"));
  EXPECT_THAT(html.body, HasSubstr("01HZX"));
}

TEST(DenialTest, TextsAreEscaped) {
  Verdict verdict = TurnedAway(Outcome::kDenied);
  verdict.message = "<script>\"&'\n";
  const Denial html = MakeDenial(RequestWith({{"accept", "text/html"}}), verdict);
  EXPECT_THAT(html.body, HasSubstr("&lt;script&gt;&quot;&amp;&#39;"));
  EXPECT_THAT(html.body, Not(HasSubstr("<script>")));
  EXPECT_EQ(MakeDenial(RequestWith({{"accept", "text/plain"}}), verdict).body.find('\n'),
            std::string::npos);
  EXPECT_THAT(MakeDenial(RequestWith({}), verdict).body, HasSubstr("<script>\\\"&'\\n"));
}

TEST(DenialTest, NoBodyToHead) {
  route::Request request = RequestWith({});
  request.method = "HEAD";
  EXPECT_EQ(MakeDenial(request, TurnedAway(Outcome::kDenied)).body, "");
}

}  // namespace
}  // namespace portcullis::gateway
