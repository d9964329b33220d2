#include "server/session/sts_parameters.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::session {
namespace {

using ::testing::HasSubstr;

AssumeRoleParameters Sound() {
  AssumeRoleParameters parameters;
  parameters.role_arn = "arn:aws:iam::111122223333:role/Deployer";
  parameters.role_session_name = "build-42";
  return parameters;
}

std::string Repeat(const std::string& text, size_t count) {
  std::string repeated;
  for (size_t i = 0; i < count; ++i) repeated += text;
  return repeated;
}

std::vector<TagParameter> Tags(size_t count) {
  std::vector<TagParameter> tags;
  for (size_t i = 0; i < count; ++i) tags.push_back({"key" + std::to_string(i), "v"});
  return tags;
}

struct Case {
  const char* name;
  std::function<void(AssumeRoleParameters*)> change;
  const char* reason;   // "": accepted.
  const char* message;  // A part of it.
};

const Case kConstraintCases[] = {
    {"sound", [](auto*) {}, "", ""},
    //
    {"no role ARN", [](auto* p) { p->role_arn = ""; }, "ValidationError",
     "Value null at 'roleArn' failed to satisfy constraint: Member must not be null"},
    {"role ARN of 19", [](auto* p) { p->role_arn = std::string(19, 'a'); }, "ValidationError",
     "at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to "
     "20"},
    {"role ARN of 20", [](auto* p) { p->role_arn = std::string(20, 'a'); }, "", ""},
    {"role ARN of 2048 code points", [](auto* p) { p->role_arn = Repeat("\u00E9", 2048); }, "", ""},
    {"role ARN of 2049", [](auto* p) { p->role_arn = std::string(2049, 'a'); }, "ValidationError",
     "Member must have length less than or equal to 2048"},
    //
    {"no session name", [](auto* p) { p->role_session_name = ""; }, "ValidationError",
     "Value null at 'roleSessionName'"},
    {"session name of 1", [](auto* p) { p->role_session_name = "a"; }, "ValidationError",
     "Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater "
     "than or equal to 2"},
    {"session name of 2", [](auto* p) { p->role_session_name = "ab"; }, "", ""},
    {"session name of 64", [](auto* p) { p->role_session_name = std::string(64, 'a'); }, "", ""},
    {"session name of 65", [](auto* p) { p->role_session_name = std::string(65, 'a'); },
     "ValidationError", "Member must have length less than or equal to 64"},
    //
    {"empty policy", [](auto* p) { p->policy = ""; }, "ValidationError",
     "Value '' at 'policy' failed to satisfy constraint: Member must have length greater than or "
     "equal to 1"},
    {"policy beyond Latin-1", [](auto* p) { p->policy = "{\u0100}"; }, "ValidationError",
     "at 'policy' failed to satisfy constraint: Member must satisfy regular expression pattern: "
     "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"},
    //
    {"10 policy ARNs", [](auto* p) { p->policy_arns.assign(10, std::string(20, 'a')); }, "", ""},
    {"11 policy ARNs", [](auto* p) { p->policy_arns.assign(11, std::string(20, 'a')); },
     "ValidationError",
     "at 'policyArns' failed to satisfy constraint: Member must have length less "
     "than or equal to 10"},
    {"short policy ARN",
     [](auto* p) {
       p->policy_arns = {std::string(20, 'a'), "arn"};
     },
     "ValidationError", "Value 'arn' at 'policyArns.2.member.arn'"},
    //
    {"899 seconds", [](auto* p) { p->duration_seconds = 899; }, "ValidationError",
     "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: "
     "Member must have value greater than or equal to 900"},
    {"900 seconds", [](auto* p) { p->duration_seconds = 900; }, "", ""},
    {"43200 seconds", [](auto* p) { p->duration_seconds = 43200; }, "", ""},
    {"43201 seconds", [](auto* p) { p->duration_seconds = 43201; }, "ValidationError",
     "Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less "
     "than or equal to 43200"},
    {"negative seconds", [](auto* p) { p->duration_seconds = -900; }, "ValidationError", "'-900'"},
    //
    {"50 tags", [](auto* p) { p->tags = Tags(50); }, "", ""},
    {"51 tags", [](auto* p) { p->tags = Tags(51); }, "ValidationError",
     "at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"},
    {"empty tag key",
     [](auto* p) {
       p->tags = {{"", "v"}};
     },
     "ValidationError", "Value '' at 'tags.1.member.key'"},
    {"tag key of 128",
     [](auto* p) {
       p->tags = {{Repeat("\u00E9", 128), "v"}};
     },
     "", ""},
    {"tag key of 129",
     [](auto* p) {
       p->tags = {{std::string(129, 'k'), "v"}};
     },
     "ValidationError",
     "'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal "
     "to 128"},
    {"tag value of 0",
     [](auto* p) {
       p->tags = {{"k", ""}};
     },
     "", ""},
    {"tag value of 256",
     [](auto* p) {
       p->tags = {{"k", Repeat("\u00E9", 256)}};
     },
     "", ""},
    {"tag value of 257",
     [](auto* p) {
       p->tags = {{"k", std::string(257, 'v')}};
     },
     "ValidationError",
     "'tags.1.member.value' failed to satisfy constraint: Member must have "
     "length less than or equal to 256"},
    {"tag key with a star",
     [](auto* p) {
       p->tags = {{"k", "v"}, {"a*", "v"}};
     },
     "ValidationError",
     "Value 'a*' at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular "
     "expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"},
    //
    {"51 transitive keys",
     [](auto* p) {
       p->tags = Tags(50);
       p->transitive_tag_keys.assign(51, "key1");
     },
     "ValidationError", "at 'transitiveTagKeys'"},
    {"transitive key not passed",
     [](auto* p) {
       p->tags = {{"k", "v"}};
       p->transitive_tag_keys = {"other"};
     },
     "InvalidParameterValue",
     "The specified transitive tag key must be included in the requested tags."},
    {"transitive key of other case",
     [](auto* p) {
       p->tags = {{"Key", "v"}};
       p->transitive_tag_keys = {"kEY"};
     },
     "", ""},
    //
    {"equal tag keys",
     [](auto* p) {
       p->tags = {{"k", "a"}, {"k", "a"}};
     },
     "InvalidParameterValue",
     "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
    {"tag keys equal but for case",
     [](auto* p) {
       p->tags = {{"Dept", "a"}, {"dEPT", "b"}};
     },
     "InvalidParameterValue", "Duplicate tag keys found."},
    {"non-ASCII keys equal but for case",
     [](auto* p) {
       p->tags = {{"\u00C9", "a"}, {"\u00E9", "b"}};
     },
     "InvalidParameterValue", "Duplicate tag keys found."},
    {"reserved tag key",
     [](auto* p) {
       p->tags = {{"aws:k", "a"}};
     },
     "InvalidParameterValue", "reserved prefix"},
    {"reserved tag key, any case",
     [](auto* p) {
       p->tags = {{"AwS:k", "a"}};
     },
     "InvalidParameterValue", "reserved prefix"},
    {"not reserved",
     [](auto* p) {
       p->tags = {{"awsk", "a"}};
     },
     "", ""},
    //
    {"external id of 1", [](auto* p) { p->external_id = "a"; }, "ValidationError",
     "Value 'a' at 'externalId' failed to satisfy constraint: Member must have length greater than "
     "or equal to 2"},
    {"external id of 2", [](auto* p) { p->external_id = "ab"; }, "", ""},
    {"external id of 1224", [](auto* p) { p->external_id = std::string(1224, 'a'); }, "", ""},
    {"external id of 1225", [](auto* p) { p->external_id = std::string(1225, 'a'); },
     "ValidationError", "less than or equal to 1224"},
    {"external id with a blank", [](auto* p) { p->external_id = "a b"; }, "ValidationError",
     "pattern: [\\w+=,.@:\\/-]*"},
    //
    {"serial number of 8", [](auto* p) { p->serial_number = "GAHT1234"; }, "ValidationError",
     "'serialNumber' failed to satisfy constraint: Member must have length greater than or equal "
     "to 9"},
    {"serial number of 9", [](auto* p) { p->serial_number = "GAHT12345"; }, "", ""},
    {"serial number of 256", [](auto* p) { p->serial_number = std::string(256, 'a'); }, "", ""},
    {"serial number of 257", [](auto* p) { p->serial_number = std::string(257, 'a'); },
     "ValidationError", "less than or equal to 256"},
    //
    {"code of 5", [](auto* p) { p->token_code = "12345"; }, "ValidationError",
     "Value at 'tokenCode' failed to satisfy constraint: Member must have length greater than or "
     "equal to 6"},
    {"code of 6", [](auto* p) { p->token_code = "012345"; }, "", ""},
    {"code of 7", [](auto* p) { p->token_code = "1234567"; }, "ValidationError",
     "Value at 'tokenCode'"},
    {"code of letters", [](auto* p) { p->token_code = "12345a"; }, "ValidationError",
     "Value at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression "
     "pattern: [\\d]*"},
    //
    {"source identity of 1", [](auto* p) { p->source_identity = "a"; }, "ValidationError",
     "'sourceIdentity'"},
    {"source identity of 2", [](auto* p) { p->source_identity = "ab"; }, "", ""},
    {"source identity of 64", [](auto* p) { p->source_identity = std::string(64, 'a'); }, "", ""},
    {"source identity of 65", [](auto* p) { p->source_identity = std::string(65, 'a'); },
     "ValidationError", "less than or equal to 64"},
    {"reserved source identity", [](auto* p) { p->source_identity = "aws:a"; }, "ValidationError",
     "'sourceIdentity' failed to satisfy constraint: Member must satisfy regular expression "
     "pattern"},
};

TEST(ValidateParameters, EveryConstraintAtItsLimitAndBeyond) {
  for (const Case& c : kConstraintCases) {
    AssumeRoleParameters parameters = Sound();
    c.change(&parameters);
    const absl::Status status = ValidateParameters(parameters);
    EXPECT_EQ(base::ReasonOf(status), c.reason) << c.name << ": " << status;
    EXPECT_EQ(status.code(),
              *c.reason == '\0' ? absl::StatusCode::kOk : absl::StatusCode::kInvalidArgument)
        << c.name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message)) << c.name;
  }
}

TEST(ValidateParameters, ReportsAllMembersAtOnce) {
  AssumeRoleParameters parameters = Sound();
  parameters.role_session_name = "!";
  parameters.duration_seconds = 1;
  parameters.token_code = "1";
  const std::string message(ValidateParameters(parameters).message());
  EXPECT_THAT(message, HasSubstr("4 validation errors detected: "));
  EXPECT_THAT(message, HasSubstr("'roleSessionName'"));
  EXPECT_THAT(message, HasSubstr("; Value '1' at 'durationSeconds'"));
  EXPECT_THAT(message, HasSubstr("; Value at 'tokenCode'"));
}

TEST(SessionDurationSeconds, FollowsCeilings) {
  constexpr const char* kChaining =
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
      "chaining.";
  constexpr const char* kRoleMax =
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
  const struct {
    const char* name;
    std::optional<int64_t> asked;
    int64_t role_max;
    bool chained;
    int64_t seconds;  // 0: refused.
    const char* message;
  } cases[] = {
      {"default", std::nullopt, 43200, false, 3600, ""},
      {"default, chained", std::nullopt, 43200, true, 3600, ""},
      {"shortest", 900, 3600, false, 900, ""},
      {"one too short", 899, 3600, false, 0, "greater than or equal to 900"},
      {"at the role's maximum", 7200, 7200, false, 7200, ""},
      {"one past the role's maximum", 7201, 7200, false, 0, kRoleMax},
      {"longest", 43200, 43200, false, 43200, ""},
      {"one past the longest", 43201, 50000, false, 0, "less than or equal to 43200"},
      {"chained at its limit", 3600, 43200, true, 3600, ""},
      {"chained one past it", 3601, 43200, true, 0, kChaining},
      {"chained past both", 43200, 3600, true, 0, kChaining},
      {"not chained for 12 hours", 43200, 43200, false, 43200, ""},
  };
  for (const auto& c : cases) {
    AssumeRoleParameters parameters = Sound();
    parameters.duration_seconds = c.asked;
    const absl::StatusOr<int64_t> seconds =
        SessionDurationSeconds(parameters, c.role_max, c.chained);
    EXPECT_EQ(seconds.value_or(0), c.seconds) << c.name;
    if (c.seconds == 0) {
      EXPECT_EQ(base::ReasonOf(seconds.status()), "ValidationError") << c.name;
      EXPECT_THAT(std::string(seconds.status().message()), HasSubstr(c.message)) << c.name;
    }
  }
}

TEST(SessionTags, TransitiveOnesAreInheritedOthersStop) {
  AssumeRoleParameters parameters = Sound();
  parameters.tags = {{"Project", "p"}, {"Team", "t"}};
  parameters.transitive_tag_keys = {"team"};
  const auto tags = SessionTags(parameters, {{"Cost", "c", true}, {"Old", "o", false}});
  ASSERT_TRUE(tags.ok()) << tags.status();
  EXPECT_EQ(*tags, (std::vector<SessionTag>{
                       {"Cost", "c", true}, {"Project", "p", false}, {"Team", "t", true}}));
}

TEST(SessionTags, InheritedOnesDoNotCountTowardsFifty) {
  AssumeRoleParameters parameters = Sound();
  parameters.tags = Tags(50);
  const auto tags = SessionTags(parameters, {{"Cost", "c", true}});
  ASSERT_TRUE(tags.ok());
  EXPECT_EQ(tags->size(), 51u);
}

TEST(SessionTags, AnInheritedTransitiveKeyCannotBePassed) {
  const std::vector<SessionTag> inherited = {{"Cost", "c", true}, {"Old", "o", false}};
  for (const TagParameter& passed :
       {TagParameter{"Cost", "other"}, TagParameter{"Cost", "c"}, TagParameter{"cOST", "c"}}) {
    AssumeRoleParameters parameters = Sound();
    parameters.tags = {passed};
    const auto tags = SessionTags(parameters, inherited);
    EXPECT_EQ(base::ReasonOf(tags.status()), "InvalidParameterValue");
    EXPECT_EQ(tags.status().message(),
              "One of the specified transitive tag keys can't be set because it conflicts with a "
              "transitive tag key from the calling session.");
  }
  AssumeRoleParameters parameters = Sound();
  parameters.tags = {{"old", "n"}};  // Not transitive: stopped at the earlier session.
  EXPECT_EQ(*SessionTags(parameters, inherited),
            (std::vector<SessionTag>{{"Cost", "c", true}, {"old", "n", false}}));
}

TEST(SourceIdentity, StaysOnceSet) {
  const struct {
    std::optional<std::string> passed;
    std::string inherited;
    std::optional<std::string> result;
  } cases[] = {
      {std::nullopt, "", ""},      {"Alice", "", "Alice"},         {std::nullopt, "Alice", "Alice"},
      {"Alice", "Alice", "Alice"}, {"Bob", "Alice", std::nullopt}, {"alice", "Alice", std::nullopt},
  };
  for (const auto& c : cases) {
    AssumeRoleParameters parameters = Sound();
    parameters.source_identity = c.passed;
    const absl::StatusOr<std::string> result = SourceIdentity(parameters, c.inherited);
    ASSERT_EQ(result.ok(), c.result.has_value());
    if (result.ok()) {
      EXPECT_EQ(*result, *c.result);
    } else {
      EXPECT_EQ(base::ReasonOf(result.status()), "ValidationError");
      EXPECT_EQ(result.status().message(),
                "The source identity is already set for this assume role session");
    }
  }
}

}  // namespace
}  // namespace portcullis::session
