#include "server/engine/authorization_message.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include <nlohmann/json.hpp>

#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "server/session/sealed_message.h"
#include "tests/unit/engine/sts_world.h"

namespace portcullis::engine {
namespace {

using nlohmann::json;

class AuthorizationMessageTest : public StsTest {
 protected:
  AuthorizationMessageTest() {
    World::SetPolicies(&UserNamed("ana"),
                       {Allow("sts:DecodeAuthorizationMessage", "*"), Allow("app:Read", "*"),
                        R"({"Version":"2012-10-17","Statement":{"Sid":"NoDrops","Effect":"Deny",
                            "Action":["app:Drop","app:Wipe"],"Resource":"arn:aws:s3:::logs/*",
                            "Condition":{"Bool":{"aws:SecureTransport":"false"}}}})"});
    world.Publish();
  }

  // The sealed message of one denial; "" where there is none.
  std::string Sealed(const CallerProof& caller, std::string_view action, std::string_view resource,
                     absl::Span<const ContextInput> context = {}) {
    const QueryItem item{action, resource, context};
    Query query;
    query.caller = caller;
    query.items = absl::MakeConstSpan(&item, 1);
    query.peer = World::TrustedPeer();
    query.encode_denials = true;
    Answer answer;
    const absl::Status status = world.authorizer.Authorize(query, &answer);
    EXPECT_TRUE(status.ok()) << status;
    return status.ok() ? answer.items[0].encoded_message : "";
  }

  absl::StatusOr<std::string> Decode(const CallerProof& caller, const std::string& message) {
    return world.sessions.DecodeAuthorizationMessage(caller, message, World::TrustedPeer());
  }

  json Decoded(const std::string& message) {
    const auto text = Decode(AnaKey(), message);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? json::parse(*text) : json();
  }
};

TEST_F(AuthorizationMessageTest, OnlyDenialsHaveOne) {  // R-4.81
  EXPECT_EQ(Sealed(AnaKey(), "app:Read", "*"), "");
  EXPECT_NE(Sealed(AnaKey(), "app:Write", "*"), "");
}

TEST_F(AuthorizationMessageTest, OfAnExplicitDenial) {  // R-5.82
  const json message = Decoded(Sealed(AnaKey(), "app:Drop", "arn:aws:s3:::logs/x"));
  EXPECT_EQ(message["allowed"], false);
  EXPECT_EQ(message["explicitDeny"], true);
  ASSERT_EQ(message["matchedStatements"]["items"].size(), 1u);
  const json& statement = message["matchedStatements"]["items"][0];
  EXPECT_EQ(statement["statementId"], "NoDrops");
  EXPECT_EQ(statement["effect"], "DENY");
  // Names of actions and keys have no case (R-2.33, R-2.59), and are shown in lower case.
  EXPECT_EQ(statement["actions"],
            json::parse(R"({"items":[{"value":"app:drop"},{"value":"app:wipe"}]})"));
  EXPECT_EQ(statement["resources"], json::parse(R"({"items":[{"value":"arn:aws:s3:::logs/*"}]})"));
  EXPECT_EQ(statement["principals"], json::parse(R"({"items":[]})"));
  EXPECT_EQ(statement["principalGroups"], json::parse(R"({"items":[]})"));
  EXPECT_EQ(statement["conditions"]["items"].size(), 1u);
  EXPECT_EQ(message["failures"], json::parse(R"({"items":[]})"));
  const json& context = message["context"];
  EXPECT_EQ(context["principal"]["arn"], kAna);
  EXPECT_EQ(context["principal"]["id"].get<std::string>().substr(0, 4), "AIDA");
  EXPECT_EQ(context["action"], "app:Drop");
  EXPECT_EQ(context["resource"], "arn:aws:s3:::logs/x");
  EXPECT_FALSE(context.contains("truncated"));
}

TEST_F(AuthorizationMessageTest, OfAnImplicitDenial) {  // R-5.82: matchedStatements is empty.
  const std::string_view values[] = {"blue", "green"};
  const ContextInput input{"app:Colour", values, true};
  const json message =
      Decoded(Sealed(AnaKey(), "app:Write", "arn:aws:s3:::logs/x", absl::MakeConstSpan(&input, 1)));
  EXPECT_EQ(message["allowed"], false);
  EXPECT_EQ(message["explicitDeny"], false);
  EXPECT_TRUE(message["matchedStatements"]["items"].empty());
  bool found = false;
  for (const json& item : message["context"]["conditions"]["items"]) {
    if (item["key"] != "app:colour") continue;
    found = true;
    EXPECT_EQ(item["values"], json::parse(R"({"items":[{"value":"blue"},{"value":"green"}]})"));
  }
  EXPECT_TRUE(found);
}

TEST_F(AuthorizationMessageTest, OnlyThePermittedDecode) {  // R-5.81, R-4.65
  const std::string sealed = Sealed(AnaKey(), "app:Write", "*");
  EXPECT_EQ(Outcome(Decode(BobKey(), sealed).status()),
            "PERMISSION_DENIED AccessDenied: User: arn:aws:iam::111122223333:user/bob is not "
            "authorized to perform: sts:DecodeAuthorizationMessage on resource: * because no "
            "identity-based policy allows the sts:DecodeAuthorizationMessage action");
  EXPECT_TRUE(Decode(AnaKey(), sealed).ok());
  EXPECT_TRUE(Decode(RootKey(), sealed).ok());
  EXPECT_EQ(base::ReasonOf(Decode(World::Token(SessionToken(AnaKey())), sealed).status()),
            "AccessDenied");  // R-5.11
  // Nobody of another account, whatever it may do there.
  world.User(kOther, "eve", {Allow("*", "*")});
  world.Publish();
  EXPECT_EQ(Outcome(Decode(World::Arn("arn:aws:iam::444455556666:user/eve"), sealed).status()),
            "INVALID_ARGUMENT InvalidAuthorizationMessageException: Message is not valid");
}

TEST_F(AuthorizationMessageTest, MessagesThatAreNone) {  // R-5.81
  std::string changed = Sealed(AnaKey(), "app:Write", "*");
  changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& bad :
       {changed, std::string("x"), std::string(10240, 'A'), SessionToken(AnaKey())}) {
    EXPECT_EQ(Outcome(Decode(AnaKey(), bad).status()),
              "INVALID_ARGUMENT InvalidAuthorizationMessageException: Message is not valid");
  }
  for (const std::string& bad : {std::string(), std::string(10241, 'A')}) {
    EXPECT_EQ(base::ReasonOf(Decode(AnaKey(), bad).status()), "ValidationError");
  }
}

TEST_F(AuthorizationMessageTest, IsNeverLongerThanMayBeDecoded) {  // R-5.82
  std::vector<std::string> noise;
  uint64_t state = 1;
  for (int i = 0; i < 20; ++i) {
    std::string value;
    while (value.size() < 4000) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      value += base::StrCat(state);
    }
    noise.push_back(value);
  }
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) names.push_back(base::StrCat("app:Noise", i));
  std::vector<std::vector<std::string_view>> values;
  for (const std::string& value : noise) values.push_back({value});
  std::vector<ContextInput> inputs;
  for (int i = 0; i < 20; ++i) inputs.push_back({names[i], values[i], false});
  const std::string sealed = Sealed(AnaKey(), "app:Write", "*", inputs);
  EXPECT_NE(sealed, "");
  EXPECT_LE(sealed.size(), session::kSealedMessageCharactersMax);
  const json message = Decoded(sealed);
  EXPECT_EQ(message["context"]["truncated"], true);
  EXPECT_EQ(message["context"]["action"], "app:Write");
}

TEST_F(AuthorizationMessageTest, OfCallersWithoutAnAccount) {
  const std::string sealed = Sealed(World::Arn("ec2.amazonaws.com"), "app:Write", "*");
  EXPECT_NE(sealed, "");
  EXPECT_EQ(base::ReasonOf(Decode(AnaKey(), sealed).status()),
            "InvalidAuthorizationMessageException");
}

}  // namespace
}  // namespace portcullis::engine
