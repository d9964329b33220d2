// What the audit log says about calls of the endpoint, and what it does not.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "server/base/text.h"
#include "tests/unit/query/query_world.h"

namespace portcullis::query {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Json = nlohmann::json;

class AuditTest : public QueryTest {
 protected:
  AuditTest() : QueryTest(audit::QueueOptions{}) {
    engine::World::SetPolicies(&UserNamed("ana"), {engine::Allow("sts:*", "*")});
    world.Role(kAccount, "r", engine::Trust(kAna));
    world.Publish();
  }
  ~AuditTest() override { EXPECT_THAT(internal_errors, IsEmpty()); }

  // The log's records by their request's id, in order. Ends the log.
  std::map<std::string, std::vector<Json>> Records() {
    EXPECT_TRUE(queue->Shutdown(absl::Seconds(10)).ok());
    std::map<std::string, std::vector<Json>> records;
    for (const std::string& line : audit_log.Lines()) {
      Json record = Json::parse(line);
      records[record.value("requestID", "")].push_back(std::move(record));
    }
    return records;
  }
  std::string LogText() {
    const absl::MutexLock lock(&audit_log.mutex);
    return audit_log.text;
  }
};

TEST_F(AuditTest, RecordsHaveTheIdThatTheClientSaw) {
  const Reply identity = Sts(Ana(), "GetCallerIdentity");
  const Reply denied = Iam(Ana(), "ListUsers");
  const std::string role = RoleArn("r");  // Fields are views.
  const Reply assumed = Sts(Ana(), "AssumeRole", {{"RoleArn", role}, {"RoleSessionName", "s1"}});
  ASSERT_EQ(identity.Outcome(), "200");
  ASSERT_EQ(denied.Outcome(), "403 AccessDenied");
  ASSERT_EQ(assumed.Outcome(), "200");
  auto records = Records();
  EXPECT_EQ(records.size(), 3u);
  for (const Reply* reply : {&identity, &denied, &assumed}) {
    EXPECT_EQ(reply->Text("RequestId"), reply->Header("x-amzn-RequestId"));
    ASSERT_FALSE(records[reply->Text("RequestId")].empty()) << reply->body;
    for (const Json& record : records[reply->Text("RequestId")]) {
      EXPECT_EQ(record["userIdentity"]["arn"], kAna);
      EXPECT_EQ(record["sourceIPAddress"], "192.0.2.7");
      EXPECT_EQ(record["additionalEventData"]["api"], "query");
    }
  }
  EXPECT_EQ(records[assumed.Text("RequestId")].back()["eventName"], "AssumeRole");
  EXPECT_EQ(records[assumed.Text("RequestId")].back()["responseElements"]["accessKeyId"],
            assumed.Text("AccessKeyId"));
  // The question whether it may, and the operation.
  ASSERT_EQ(records[denied.Text("RequestId")].size(), 2u);
  EXPECT_EQ(records[denied.Text("RequestId")][0]["requestParameters"]["action"], "iam:ListUsers");
  EXPECT_EQ(records[denied.Text("RequestId")][1]["eventName"], "ListUsers");
}

// Every operation there is, without a signature, with half of one and with a wrong one: the record
// has the code that the client saw, and no principal.
TEST_F(AuditTest, CallsThatNobodyProved) {  // R-5.87 to R-5.89
  Signer wrong = Ana();
  wrong.secret += "x";
  std::map<std::string, std::pair<const Action*, std::string>> calls;
  for (const Action& action : Actions()) {
    const Sent bare = Request(action.name, {}, action.service);
    Sent half = bare;
    half.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=a/b");
    const Sent forged = Signed(bare, wrong, TraitsOf(action.service).name);
    for (const Sent& sent : {bare, half, forged}) {
      const Reply reply = Deliver(sent);
      EXPECT_NE(reply.status, 200) << action.name;
      calls[reply.Header("x-amzn-RequestId")] = {&action, reply.Text("Code")};
    }
  }
  EXPECT_EQ(calls.size(), 3 * Actions().size());
  const auto records = Records();
  EXPECT_EQ(records.size(), calls.size()) << "none without the id of a request";
  for (const auto& [id, call] : calls) {
    const auto& [action, code] = call;
    ASSERT_TRUE(records.contains(id)) << action->name << " " << code;
    for (const Json& record : records.at(id)) {
      EXPECT_EQ(record["errorCode"], code) << record;
      EXPECT_EQ(record["userIdentity"], Json::parse(R"({"type": "Unknown"})")) << record;
      EXPECT_EQ(record["sourceIPAddress"], "192.0.2.7");
      const std::string named = record["requestParameters"].value("action", "");
      const std::string permission =
          base::Concat({TraitsOf(action->service).name, ":", action->name});
      EXPECT_TRUE(named == permission || record["eventName"] == action->name) << record;
    }
  }
}

// Parameters under a wrong name, or cut short: what they held is for nobody's eyes.
TEST_F(AuditTest, CallsThatCannotBeRead) {
  constexpr std::string_view kHidden = "wJalrXUtnFEMIhidden";
  Signer wrong = Ana();
  wrong.secret += "x";
  const Fields malformed = {{"DurationSeconds", kHidden}, {"WebIdentityToken", kHidden},
                            {"SAMLAssertion", kHidden},   {"TokenCode", kHidden},
                            {"RoleArn", kHidden},         {"RoleSessionName", kHidden}};
  const Reply ours = Sts(Ana(), "AssumeRole", malformed);
  const Reply forged = Sts(wrong, "AssumeRole", malformed);
  const Reply web = Deliver(Request("AssumeRoleWithWebIdentity", malformed));
  const Reply saml = Deliver(Request("AssumeRoleWithSAML", malformed));
  EXPECT_EQ(ours.Outcome(), "400 ValidationError");
  EXPECT_THAT(ours.Text("Message"), HasSubstr(kHidden)) << "its sender may see it";
  EXPECT_EQ(forged.Outcome(), "403 SignatureDoesNotMatch");
  EXPECT_EQ(web.Outcome(), "400 ValidationError");
  EXPECT_EQ(saml.Outcome(), "400 ValidationError");
  auto records = Records();
  const struct {
    const Reply* reply;
    const char* action;
    const char* type;
  } cases[] = {{&ours, "sts:AssumeRole", "IAMUser"},
               {&forged, "sts:AssumeRole", "Unknown"},
               {&web, "sts:AssumeRoleWithWebIdentity", "Unknown"},
               {&saml, "sts:AssumeRoleWithSAML", "Unknown"}};
  for (const auto& c : cases) {
    const std::vector<Json>& found = records[c.reply->Header("x-amzn-RequestId")];
    ASSERT_EQ(found.size(), 1u) << c.action;
    EXPECT_EQ(found[0]["requestParameters"], Json({{"action", c.action}}));
    EXPECT_EQ(found[0]["userIdentity"]["type"], c.type);
    EXPECT_EQ(found[0]["errorCode"], c.reply->Text("Code"));
    EXPECT_EQ(found[0]["additionalEventData"]["decision"], "error");
  }
  EXPECT_THAT(LogText(), Not(HasSubstr(kHidden)));
}

TEST_F(AuditTest, NoSecretsOfThoseWhoSignWrongly) {
  const std::string role = RoleArn("r");  // Fields are views.
  Signer session = Session("r");
  session.secret += "x";
  const Sent forged = Signed(Request("AssumeRole", {{"RoleArn", role},
                                                    {"RoleSessionName", "s1"},
                                                    {"ExternalId", "customer-4711"},
                                                    {"SerialNumber", "arn:aws:iam::1:mfa/x"},
                                                    {"TokenCode", "471147"}}),
                             session);
  EXPECT_EQ(Deliver(forged).Outcome(), "403 SignatureDoesNotMatch");
  const std::string& authorization = forged.headers.back().second;
  const std::string signature = authorization.substr(authorization.find("Signature=") + 10);
  ASSERT_EQ(signature.size(), 64u);
  EXPECT_EQ(Records().size(), 2u);
  for (const std::string_view secret :
       {std::string_view(*session.token), std::string_view(signature),
        std::string_view("customer-4711"), std::string_view("471147")}) {
    EXPECT_THAT(LogText(), Not(HasSubstr(secret)));
  }
}

TEST_F(AuditTest, NothingOfWhatNamesNoOperation) {
  for (const char* body :
       {"", "Version=2011-06-15", "Action=Nothing&Version=2011-06-15",
        "Action=AssumeRole&Version=2010-05-08", "Action=AssumeRole", "Action=%zz",
        "Action=AssumeRole&Action=AssumeRole&Version=2011-06-15"}) {
    Sent sent = Request("");
    sent.body = body;
    EXPECT_GE(Deliver(sent).status, 400) << body;
    EXPECT_GE(Deliver(Signed(sent, Ana())).status, 400) << body;
  }
  Sent elsewhere = Request("GetCallerIdentity");
  elsewhere.path = "/elsewhere";
  EXPECT_EQ(Deliver(Signed(elsewhere, Ana())).status, 404);
  EXPECT_THAT(Records(), IsEmpty());
}

}  // namespace
}  // namespace portcullis::query
