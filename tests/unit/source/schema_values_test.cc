// Scalars, tags, secrets and credentials as they are written in YAML.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Parsed ParseUser(std::string_view fields, const std::map<std::string, std::string>& secrets = {}) {
  return ParseText(base::StrCat("Account: \"111111111111\"\nUsers:\n- UserName: ana\n", fields), {},
                   secrets);
}

TEST(SchemaValuesTest, TextsThatOtherReadersWouldChangeMustBeQuoted) {
  EXPECT_THAT(ParseUser("  Path: 12\n").diagnostics,
              ElementsAre("a.yaml:4:9: error: expected a text, got the number `12`: put it in "
                          "quotes"));
  EXPECT_THAT(ParseUser("  Path: true\n").diagnostics,
              ElementsAre("a.yaml:4:9: error: expected a text, got the boolean `true`: put it in "
                          "quotes"));
  EXPECT_THAT(ParseUser("  Path: [a]\n").diagnostics,
              ElementsAre("a.yaml:4:9: error: expected a text, got a list"));
  EXPECT_THAT(ParseUser("  Disabled: yes\n").diagnostics,
              ElementsAre("a.yaml:4:13: error: expected `true` or `false`"));
}

TEST(SchemaValuesTest, Times) {
  const Parsed parsed = ParseUser("  CreateDate: 2024-01-31T12:00:00Z\n");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  EXPECT_EQ(parsed.definitions->users[0].create_date, absl::FromUnixSeconds(1706702400));
  for (const char* bad : {"2024-01-31", "infinite-future", "' 2024-01-31T12:00:00Z'", "soon"}) {
    EXPECT_EQ(ParseUser(base::StrCat("  CreateDate: ", bad, "\n")).diagnostics.size(), 1u) << bad;
  }
}

TEST(SchemaValuesTest, Tags) {
  const Parsed parsed = ParseUser("  Tags:\n  - {Key: team, Value: blue}\n");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  ASSERT_EQ(parsed.definitions->users[0].tags.size(), 1u);
  EXPECT_EQ(parsed.definitions->users[0].tags[0].value.text, "blue");
  EXPECT_THAT(ParseUser("  Tags:\n  - {Key: team}\n").diagnostics,
              ElementsAre("a.yaml:5:5: error: field `Value` of `Tag` is missing"));
}

constexpr std::string_view kKey = "  AccessKeys:\n  - AccessKeyId: AKIAIOSFODNN7EXAMPLE\n";

TEST(SchemaValuesTest, SecretsByReference) {
  const std::string by_file =
      base::StrCat(kKey, "    SecretAccessKey: {File: keys/ana}\n    Status: Inactive\n");
  const Parsed parsed = ParseUser(by_file, {{"keys/ana", "s3cret\n"}});
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  EXPECT_EQ(parsed.definitions->users[0].access_keys[0].secret.view(), "s3cret");
  EXPECT_FALSE(parsed.definitions->users[0].access_keys[0].active);
  EXPECT_THAT(ParseUser(by_file).diagnostics,
              ElementsAre("a.yaml:6:22: error: secret `keys/ana` does not exist"));
  EXPECT_THAT(ParseUser(by_file, {{"keys/ana", "\n"}}).diagnostics,
              ElementsAre("a.yaml:6:22: error: secret `keys/ana` is empty"));

  const std::string by_environment =
      base::StrCat(kKey, "    SecretAccessKey: {Env: PORTCULLIS_SECRET_ANA}\n");
  EXPECT_EQ(ParseUser(by_environment, {{"env:PORTCULLIS_SECRET_ANA", "x"}})
                .definitions->users[0]
                .access_keys[0]
                .secret.view(),
            "x");
}

TEST(SchemaValuesTest, SecretsThatAreRefused) {
  const struct {
    const char* reference;
    const char* error;
  } cases[] = {
      {"{Inline: x}",
       "a.yaml:6:31: error: a secret written into a definition needs `AllowInlineSecret: true` "
       "beside it; prefer `File` or `Env`"},
      {"{Env: HOME}",
       "a.yaml:6:28: error: environment variable `HOME` must begin with `PORTCULLIS_SECRET_`"},
      {"{File: ../x}",
       "a.yaml:6:29: error: file `../x` is not a path inside the secrets directory"},
      {"{File: /etc/passwd}",
       "a.yaml:6:29: error: file `/etc/passwd` is not a path inside the secrets directory"},
      {"{File: env:PORTCULLIS_SECRET_A, Env: PORTCULLIS_SECRET_A}",
       "a.yaml:6:22: error: a secret needs one of `File`, `Env` and `Inline`"},
      {"{}", "a.yaml:6:22: error: a secret needs one of `File`, `Env` and `Inline`"},
      {"x", "a.yaml:6:22: error: expected the fields of a `Secret`, got a text"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(
        ParseUser(base::StrCat(kKey, "    SecretAccessKey: ", c.reference, "\n")).diagnostics,
        ElementsAre(c.error));
  }
}

// Inline secrets are for trying things out: allowed by name, and warned about. The text of the
// secret is in no message.
TEST(SchemaValuesTest, InlineSecretsAreWarnedAbout) {
  const Parsed parsed = ParseUser(
      base::StrCat(kKey, "    SecretAccessKey: {Inline: hunter2, AllowInlineSecret: true}\n"));
  EXPECT_THAT(parsed.diagnostics,
              ElementsAre("a.yaml:6:31: warning: a secret is written into a definition, where "
                          "backups and reviews see it"));
  ASSERT_NE(parsed.definitions, nullptr);
  EXPECT_EQ(parsed.definitions->users[0].access_keys[0].secret.view(), "hunter2");
}

// the seed is that of RFC 6238, appendix B.
TEST(SchemaValuesTest, SeedsAreBase32) {
  const std::string device =
      "  MFADevices:\n  - SerialNumber: GAHT12345678\n    Seed: {File: seed}\n";
  const Parsed parsed = ParseUser(device, {{"seed", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n"}});
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  EXPECT_EQ(parsed.definitions->users[0].mfa_devices[0].seed.view(), "12345678901234567890");
  for (const char* bad :
       {"GEZDGNBV", "not base 32 at all, but long enough", "18181818181818181818"}) {
    EXPECT_THAT(ParseUser(device, {{"seed", bad}}).diagnostics,
                ElementsAre("a.yaml:6:11: error: seed is not Base32 of at least 16 bytes"));
  }
}

TEST(SchemaValuesTest, DevicesHaveADate) {
  const Parsed parsed = ParseUser(
      "  MFADevices:\n  - SerialNumber: GAHT12345678\n    EnableDate: \"2024-01-02T03:04:05Z\"\n");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  EXPECT_EQ(parsed.definitions->users[0].mfa_devices[0].enable_date,
            absl::FromUnixSeconds(1704164645));
}

TEST(SchemaValuesTest, StatusIsOneOfTwo) {
  EXPECT_THAT(ParseUser(base::StrCat(kKey, "    Status: active\n    SecretAccessKey: {File: s}\n"),
                        {{"s", "x"}})
                  .diagnostics,
              ElementsAre("a.yaml:6:13: error: status `active` must be `Active` or `Inactive`"));
}

}  // namespace
}  // namespace portcullis::source
