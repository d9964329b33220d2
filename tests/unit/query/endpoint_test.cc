#include "server/query/endpoint.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/metrics/exposition_text.h"
#include "tests/unit/query/query_world.h"

namespace portcullis::query {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kWrongSignature =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";

class EndpointTest : public QueryTest {
 protected:
  EndpointTest() {
    engine::World::SetPolicies(&UserNamed("ana"), {engine::Allow("sts:*", "*")});
    world.Role(kAccount, "r", engine::Trust(kAna), {engine::Allow("*", "*")});
    world.Publish();
  }
  ~EndpointTest() override { EXPECT_THAT(internal_errors, IsEmpty()); }

  static Sent WhoAmI() { return Request("GetCallerIdentity"); }
  static Sent WhoAmIByGet() {
    Sent sent = WhoAmI();
    sent.method = "GET";
    sent.query = std::exchange(sent.body, "");
    sent.headers = {{"Host", "portcullis.example:8080"}};
    return sent;
  }
  std::string Outcome(const Sent& sent) { return Deliver(sent).Outcome(); }
};

TEST_F(EndpointTest, AnswersASignedCall) {  // R-5.1, R-5.79
  const Reply reply = Deliver(Signed(WhoAmI(), Ana()));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("Content-Type"), "text/xml");
  const std::string id = reply.Header("x-amzn-RequestId");
  EXPECT_EQ(id.size(), 36u);
  EXPECT_EQ(reply.body,
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            "<GetCallerIdentityResult><UserId>" +
                reply.Text("UserId") +
                "</UserId><Account>111122223333</Account>"
                "<Arn>arn:aws:iam::111122223333:user/ana</Arn></GetCallerIdentityResult>"
                "<ResponseMetadata><RequestId>" +
                id + "</RequestId></ResponseMetadata></GetCallerIdentityResponse>");
  EXPECT_THAT(reply.Text("UserId"), HasSubstr("AIDA"));
  EXPECT_NE(Deliver(Signed(WhoAmI(), Ana())).Header("x-amzn-RequestId"), id);
}

TEST_F(EndpointTest, AnswersErrorsInTheSameForm) {  // R-5.2
  const Reply reply = Deliver(WhoAmI());
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.Header("Content-Type"), "text/xml");
  EXPECT_EQ(reply.body,
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
            "<Type>Sender</Type><Code>MissingAuthenticationToken</Code>"
            "<Message>Request is missing Authentication Token</Message></Error><RequestId>" +
                reply.Header("x-amzn-RequestId") + "</RequestId></ErrorResponse>");
  EXPECT_THAT(Deliver(Request("ListUsers", {}, Service::kIam)).body,
              HasSubstr("https://iam.amazonaws.com/doc/2010-05-08/"));
}

TEST_F(EndpointTest, SessionsAreGoodForAnything) {
  const Signer session = Session("r");
  EXPECT_THAT(session.access_key_id, HasSubstr("ASIA"));
  EXPECT_EQ(Sts(session, "GetCallerIdentity").Text("Arn"),
            "arn:aws:sts::111122223333:assumed-role/r/session");
}

// Section 7.4, and what an attacker might change.
TEST_F(EndpointTest, RefusesWhatIsNotSignedSo) {
  const struct {
    const char* what;
    std::function<void(Sent*)> change;
    const char* outcome;
  } cases[] = {
      {"body", [](Sent* sent) { sent->body += "&a=b"; }, "403 SignatureDoesNotMatch"},
      {"query", [](Sent* sent) { sent->query = "a=b"; }, "403 SignatureDoesNotMatch"},
      {"method",
       [](Sent* sent) {
         sent->method = "GET";
         sent->query = sent->body;
       },
       "403 SignatureDoesNotMatch"},
      {"header", [](Sent* sent) { sent->headers[0].second = "elsewhere"; },
       "403 SignatureDoesNotMatch"},
      {"a header twice", [](Sent* sent) { sent->headers.push_back(sent->headers[0]); },
       "400 IncompleteSignature"},
      {"a token that is not signed",
       [](Sent* sent) { sent->headers.emplace_back("X-Amz-Security-Token", "x"); },
       "403 InvalidClientTokenId"},
      {"two authorizations", [](Sent* sent) { sent->headers.push_back(sent->headers.back()); },
       "400 IncompleteSignature"},
      {"half an authorization",
       [](Sent* sent) { sent->headers.back().second = "AWS4-HMAC-SHA256 Credential=a/b"; },
       "400 IncompleteSignature"},
      {"another scheme", [](Sent* sent) { sent->headers.back().second = "Bearer abc"; },
       "400 IncompleteSignature"},
      {"both forms", [](Sent* sent) { sent->query = "X-Amz-Algorithm=AWS4-HMAC-SHA256"; },
       "400 IncompleteSignature"},
  };
  for (const auto& c : cases) {
    Sent sent = Signed(WhoAmI(), Ana());
    ASSERT_EQ(sent.headers.back().first, "Authorization");
    c.change(&sent);
    EXPECT_EQ(Outcome(sent), c.outcome) << c.what;
  }
}

TEST_F(EndpointTest, RefusesWrongCredentials) {  // R-7.25, R-7.30, A-113
  Signer wrong = Ana();
  wrong.secret += "x";
  EXPECT_EQ(Sts(wrong, "GetCallerIdentity").Text("Message"), kWrongSignature);
  Signer unknown = Ana();
  unknown.access_key_id = "AKIAUNKNOWNUNKNOWN00";
  const Reply reply = Sts(unknown, "GetCallerIdentity");
  EXPECT_EQ(reply.Outcome(), "403 InvalidClientTokenId");
  EXPECT_EQ(reply.Text("Message"), "The security token included in the request is invalid.");
  Signer without_token = Session("r");
  without_token.token.reset();
  EXPECT_EQ(Sts(without_token, "GetCallerIdentity").Outcome(), "403 InvalidClientTokenId");
  Signer forged = Session("r");
  forged.token->at(forged.token->size() / 2) ^= 1;
  EXPECT_EQ(Sts(forged, "GetCallerIdentity").Outcome(), "403 InvalidClientTokenId");
}

TEST_F(EndpointTest, TellsWhoSignedRightlyThatTheSessionIsOver) {  // R-7.26
  const Signer session = Session("r");
  world.clock.Advance(absl::Hours(1));
  const Reply reply = Sts(session, "GetCallerIdentity");
  EXPECT_EQ(reply.Outcome(), "403 ExpiredToken");
  EXPECT_EQ(reply.Text("Message"), "The security token included in the request is expired");
  Signer wrong = session;
  wrong.secret += "x";
  EXPECT_EQ(Sts(wrong, "GetCallerIdentity").Outcome(), "403 SignatureDoesNotMatch");
}

TEST_F(EndpointTest, LooksAtTheClock) {  // R-7.28
  for (const auto& [later, outcome] : std::vector<std::pair<absl::Duration, std::string>>{
           {absl::Minutes(-5), "200"},
           {absl::Minutes(5), "200"},
           {absl::Minutes(-5) - absl::Seconds(1), "403 SignatureDoesNotMatch"},
           {absl::Minutes(5) + absl::Seconds(1), "403 SignatureDoesNotMatch"}}) {
    EXPECT_EQ(Outcome(Signed(WhoAmI(), Ana(), "sts", later)), outcome) << later;
  }
  EXPECT_THAT(Deliver(Signed(WhoAmI(), Ana(), "sts", absl::Hours(-1))).Text("Message"),
              HasSubstr("Signature expired: "));
}

TEST_F(EndpointTest, ScopesHaveToNameTheService) {  // R-7.27
  EXPECT_EQ(Outcome(Signed(WhoAmI(), Ana(), "iam")), "403 SignatureDoesNotMatch");
  EXPECT_THAT(Deliver(Signed(WhoAmI(), Ana(), "iam")).Text("Message"),
              HasSubstr("Credential should be scoped to correct service: 'sts'."));
  EXPECT_EQ(Outcome(Signed(Request("ListUsers", {}, Service::kIam), Ana(), "sts")),
            "403 SignatureDoesNotMatch");
}

TEST_F(EndpointTest, TakesPresignedRequests) {  // R-7.16, spec 4.3
  const Sent sent = Presigned(WhoAmIByGet(), Ana(), absl::Minutes(10));
  EXPECT_EQ(Deliver(sent).Text("Arn"), kAna);
  world.clock.Advance(absl::Minutes(9));
  EXPECT_EQ(Outcome(sent), "200");
  world.clock.Advance(absl::Minutes(2));
  EXPECT_EQ(Outcome(sent), "403 SignatureDoesNotMatch");

  // Fifteen minutes at most, whatever was asked for.
  const Sent longer = Presigned(WhoAmIByGet(), Ana(), absl::Hours(24));
  world.clock.Advance(absl::Minutes(14));
  EXPECT_EQ(Outcome(longer), "200");
  world.clock.Advance(absl::Minutes(2));
  EXPECT_EQ(Outcome(longer), "403 SignatureDoesNotMatch");

  Sent changed = Presigned(WhoAmIByGet(), Ana(), absl::Minutes(10));
  changed.query += "&RoleArn=x";
  EXPECT_EQ(Outcome(changed), "403 SignatureDoesNotMatch");
  EXPECT_EQ(Outcome(Presigned(WhoAmI(), Ana(), absl::Minutes(10))), "200") << "POST, too";
  EXPECT_EQ(Outcome(Presigned(WhoAmIByGet(), Session("r"), absl::Minutes(10))), "200");
}

// V1 of the vectors that were recorded from clients (spec 4.5).
TEST_F(EndpointTest, AcceptsARecordedRequest) {
  store::UserDefinition& vector_user = world.User(kAccount, "vector");
  vector_user.access_keys.push_back(
      {{"AKIAIOSFODNN7EXAMPLF", {}}, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", true, {}});
  UserNamed("ana").access_keys[0].secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  world.Publish();
  absl::Time time;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, "2026-11-21T12:00:00Z", &time, nullptr));
  world.clock.Advance(time - world.clock.Now());
  Sent sent;
  sent.headers = {
      {"Host", "portcullis.example:8080"},
      {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
      {"X-Amz-Date", "20261121T120000Z"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/sts/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-date, "
       "Signature=ce2566eca3e883f897d7f6615b5dd5f00b64e621d4a0711e015d36449b77abb4"}};
  sent.body = "Action=GetCallerIdentity&Version=2011-06-15";
  EXPECT_EQ(Deliver(sent).Text("Arn"), kAna);
  sent.body = "Action=GetCallerIdentity&Version=2011-06-15&";
  EXPECT_EQ(Outcome(sent), "403 SignatureDoesNotMatch");
}

TEST_F(EndpointTest, FindsTheOperationBeforeAnythingElse) {  // R-5.15, R-5.99, section 7
  const struct {
    const char* body;
    const char* outcome;
    const char* message;
  } cases[] = {
      {"", "400 MissingAction", "The request is missing an Action."},
      {"Version=2011-06-15", "400 MissingAction", "The request is missing an Action."},
      {"Action=&Version=2011-06-15", "400 MissingAction", "The request is missing an Action."},
      {"Action=Nothing&Version=2011-06-15", "400 InvalidAction",
       "Could not find operation Nothing for version 2011-06-15"},
      {"Action=AssumeRole", "400 InvalidAction",
       "Could not find operation AssumeRole for version NO_VERSION_SPECIFIED"},
      {"Action=AssumeRole&Version=2010-05-08", "400 InvalidAction",
       "Could not find operation AssumeRole for version 2010-05-08"},
      {"Action=ListUsers&Version=2011-06-15", "400 InvalidAction",
       "Could not find operation ListUsers for version 2011-06-15"},
      {"Action=assumerole&Version=2011-06-15", "400 InvalidAction",
       "Could not find operation assumerole for version 2011-06-15"},
      {"Action=AssumeRoot&Version=2011-06-15", "400 InvalidAction",
       "Could not find operation AssumeRoot for version 2011-06-15"},
      {"Action=%zz", "404 MalformedQueryString", ""},
      {"Action=a&Action=a", "400 InvalidQueryParameter", ""},
  };
  for (const auto& c : cases) {
    Sent sent = WhoAmI();
    sent.body = c.body;
    const Reply reply = Deliver(sent);
    EXPECT_EQ(reply.Outcome(), c.outcome) << c.body;
    EXPECT_THAT(reply.Text("Message"), HasSubstr(c.message)) << c.body;
  }
}

TEST_F(EndpointTest, ReadsFormsOnly) {
  Sent json = WhoAmI();
  json.headers[1].second = "application/json";
  EXPECT_EQ(Outcome(Signed(json, Ana())), "400 MissingAction");
  Sent untyped = WhoAmI();
  untyped.headers.pop_back();
  EXPECT_EQ(Outcome(Signed(untyped, Ana())), "200");
  Sent shouting = WhoAmI();
  shouting.headers[1].second = "Application/X-WWW-Form-URLEncoded ;charset=UTF-8";
  EXPECT_EQ(Outcome(Signed(shouting, Ana())), "200");
  Sent got = WhoAmIByGet();
  got.body = "Action=AssumeRole";
  EXPECT_EQ(Outcome(Signed(got, Ana())), "200") << "the body of a GET is signed, and not read";
}

TEST_F(EndpointTest, AuthenticatesBeforeItValidates) {  // Section 7
  const Fields malformed = {{"DurationSeconds", "x"}, {"RoleArn", "y"}};
  EXPECT_EQ(Outcome(Request("AssumeRole", malformed)), "403 MissingAuthenticationToken");
  Signer wrong = Ana();
  wrong.secret += "x";
  EXPECT_EQ(Sts(wrong, "AssumeRole", malformed).Outcome(), "403 SignatureDoesNotMatch");
  EXPECT_EQ(Sts(Ana(), "AssumeRole", malformed).Outcome(), "400 ValidationError");
  EXPECT_EQ(Sts(wrong, "AssumeRole", {{"PolicyArns.member.x", "y"}}).Outcome(),
            "403 SignatureDoesNotMatch");
  EXPECT_EQ(Sts(Ana(), "AssumeRole", {{"PolicyArns.member.x", "y"}}).Outcome(),
            "400 InvalidQueryParameter");
}

TEST_F(EndpointTest, HasOnePathAndTwoMethods) {
  for (const auto& [path, outcome] :
       std::vector<std::pair<std::string, std::string>>{{"/", "200"},
                                                        {"/aws", "404 NotFound"},
                                                        {"//", "404 NotFound"},
                                                        {"/%2F", "404 NotFound"},
                                                        {"/latest/meta-data", "404 NotFound"}}) {
    Sent sent = WhoAmI();
    sent.path = path;
    EXPECT_EQ(Outcome(Signed(sent, Ana())), outcome) << path;
  }
  for (const char* method : {"HEAD", "PUT", "OPTIONS", "DELETE", "post"}) {
    Sent sent = WhoAmI();
    sent.method = method;
    const Reply reply = Deliver(sent);
    EXPECT_EQ(reply.Outcome(), "405 MethodNotAllowed") << method;
    EXPECT_EQ(reply.Header("Allow"), "GET, POST");
    EXPECT_EQ(reply.Header("Content-Type"), "text/xml");
  }

  const Endpoint elsewhere(Engine{sessions, accounts, administration, directory, authorizer},
                           {.path = "/aws/v1", .on_internal_error = {}}, nullptr);
  for (const auto& [path, status] : std::vector<std::pair<std::string, int>>{
           {"/aws/v1", 403}, {"/aws/v1/", 403}, {"/", 404}, {"/aws", 404}, {"/aws/v1/x", 404}}) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.query = "Action=GetCallerIdentity&Version=2011-06-15";
    EXPECT_EQ(elsewhere.Handle(request).status, status) << path;
  }
}

TEST_F(EndpointTest, RefusesInTheProtocolsForm) {
  for (const auto& [status, code] :
       std::vector<std::pair<int, std::string>>{{400, "MalformedHttpRequest"},
                                                {413, "RequestEntityTooLarge"},
                                                {408, "RequestTimeout"}}) {
    const http::Response response = endpoint->Refuse(status);
    EXPECT_EQ(response.status, status);
    EXPECT_THAT(response.body, HasSubstr("<Type>Sender</Type><Code>" + code + "</Code>"));
  }
}

TEST_F(EndpointTest, UnsignedActionsNeedNoSignatureNorMindOne) {  // Spec 1.1
  const Fields fields = {{"RoleArn", "arn:aws:iam::111122223333:role/r"},
                         {"RoleSessionName", "web"},
                         {"WebIdentityToken", "no.token.at-all\n"}};
  const Sent sent = Request("AssumeRoleWithWebIdentity", fields);
  EXPECT_EQ(Outcome(sent), "400 InvalidIdentityToken");
  Signer wrong = Ana();
  wrong.secret += "x";
  EXPECT_EQ(Outcome(Signed(sent, wrong)), "400 InvalidIdentityToken");
  Sent malformed = sent;
  malformed.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 nonsense");
  EXPECT_EQ(Outcome(malformed), "400 InvalidIdentityToken");
}

TEST_F(EndpointTest, TellsPoliciesAboutTheConnection) {  // R-3.25, R-3.27, R-3.28
  const auto only_if = [this](std::string_view condition) {
    engine::World::SetPolicies(&UserNamed("ana"),
                               {Conditional("Allow", "iam:ListRoles", condition)});
    world.Publish();
  };
  Sent sent = Request("ListRoles", {}, Service::kIam);
  sent.headers.emplace_back("User-Agent", "aws-cli/1.45.11");
  Sent over_tls = sent;
  over_tls.secure = true;
  only_if(R"({"Bool":{"aws:SecureTransport":"true"}})");
  EXPECT_EQ(Outcome(Signed(sent, Ana(), "iam")), "403 AccessDenied");
  EXPECT_EQ(Outcome(Signed(over_tls, Ana(), "iam")), "200");
  only_if(R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})");
  EXPECT_EQ(Outcome(Signed(sent, Ana(), "iam")), "200");
  only_if(R"({"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}})");
  EXPECT_EQ(Outcome(Signed(sent, Ana(), "iam")), "403 AccessDenied");
  only_if(R"({"StringEquals":{"aws:RequestedRegion":"us-east-1"}})");  // R-5.3: not the scope's.
  EXPECT_EQ(Outcome(Signed(sent, Ana(), "iam")), "200");
  only_if(R"({"StringLike":{"aws:UserAgent":"aws-cli/*"}})");
  EXPECT_EQ(Outcome(Signed(sent, Ana(), "iam")), "200");
}

TEST_F(EndpointTest, KeepsItsOwnFaultsToItself) {  // R-5.101
  world.store.Publish(nullptr);
  const Reply reply = Deliver(Signed(WhoAmI(), Ana()));
  EXPECT_EQ(reply.Outcome(), "503 ServiceUnavailable");
  EXPECT_EQ(reply.Text("Type"), "Receiver");
  EXPECT_EQ(internal_errors.size(), 1u);
  internal_errors.clear();
}

TEST_F(EndpointTest, CountsItsAnswers) {
  Deliver(Signed(WhoAmI(), Ana()));
  Deliver(WhoAmI());
  Deliver(Request("Nothing"));
  Sts(Ana(), "AssumeRole",
      {{"RoleArn", "arn:aws:iam::111122223333:role/none"}, {"RoleSessionName", "x"}});
  const metrics::ExpositionText text = metrics::ParseExposition(registry.TextExposition());
  const auto count = [&text](const std::string& action, const std::string& code) {
    return text.Value("portcullis_query_requests_total{action=\"" + action + "\",code=\"" + code +
                      "\"}");
  };
  EXPECT_EQ(count("GetCallerIdentity", "OK"), 1);
  EXPECT_EQ(count("GetCallerIdentity", "InvalidClientTokenId"), 1);
  EXPECT_EQ(count("Other", "ValidationError"), 1);
  EXPECT_EQ(count("AssumeRole", "ValidationError"), 1) << "a session's name has two characters";
  EXPECT_EQ(text.Value("portcullis_query_seconds_count"), 4);
}

}  // namespace
}  // namespace portcullis::query
