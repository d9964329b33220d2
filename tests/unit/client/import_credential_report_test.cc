#include "client/import_credential_report.h"

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/client/import_helpers.h"

namespace portcullis::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

//
constexpr char kHeader[] =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
constexpr char kNoKeys[] = "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";

struct Reading {
  ImportReport report;
  AwsAccount account;

  explicit Reading(const std::string& text) {
    account.id.text = "123456789012";
    AwsUser& ana = account.users.emplace_back();
    ana.arn.text = "arn:aws:iam::123456789012:user/ana";
    ReadCredentialReport("r.csv", text, &report, &account);
  }
  std::vector<std::string> Errors() const { return Lines(report.errors()); }
  std::vector<std::string> NotCarried() const { return Lines(report.not_carried()); }
};

std::string Ana(const std::string& rest) {
  return "\nana,arn:aws:iam::123456789012:user/ana,2019-03-04T09:12:33+00:00," + rest;
}

TEST(ImportCredentialReportTest, PasswordsAreCarriedAsFarAsReportsTell) {
  const Reading read(
      kHeader + Ana("true,2026-01-02T00:00:00+00:00,2026-01-01T00:00:00Z,N/A,false,") + kNoKeys);
  EXPECT_THAT(read.Errors(), IsEmpty());
  const AwsUser& ana = read.account.users[0];
  EXPECT_TRUE(ana.has_password);
  EXPECT_EQ(ana.password_last_changed,
            absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone()));
  EXPECT_EQ(ana.password_last_used,
            absl::FromCivil(absl::CivilDay(2026, 1, 2), absl::UTCTimeZone()));
  EXPECT_THAT(read.NotCarried(),
              ElementsAre(HasSubstr("r.csv:2:1: user `ana`: the password itself")));
  const Reading never(kHeader + Ana("false,no_information,N/A,N/A,false,") + kNoKeys + "\n");
  EXPECT_FALSE(never.account.users[0].has_password);
  EXPECT_THAT(never.NotCarried(), IsEmpty());
}

TEST(ImportCredentialReportTest, KeysAndDevicesAreListed) {
  const Reading read(kHeader +
                     Ana("false,N/A,N/A,N/A,true,"
                         "true,2024-01-01T00:00:00+00:00,N/A,N/A,N/A,"
                         "false,2023-01-01T00:00:00+00:00,N/A,N/A,N/A,true,N/A,false,N/A"));
  EXPECT_THAT(read.NotCarried(),
              ElementsAre(HasSubstr("user `ana`: MFA devices"),
                          HasSubstr("access key 1 (active, of 2024-01-01T00:00:00+00:00)"),
                          HasSubstr("access key 2 (inactive, of 2023-01-01T00:00:00+00:00)"),
                          HasSubstr("signing certificate 1")));
}

TEST(ImportCredentialReportTest, WhatIsNoTimeIsQuoted) {
  const Reading read(kHeader + Ana("false,N/A,N/A,N/A,false,"
                                   "true,\"\xe9\n\",N/A,N/A,N/A,"
                                   "false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"));
  EXPECT_THAT(read.NotCarried(), ElementsAre(HasSubstr("(active, of `\\xe9\\n`)")));
}

TEST(ImportCredentialReportTest, TheRootRowTellsWhenTheAccountWasMade) {
  const Reading read(std::string(kHeader) +
                     "\r\n<root_account>,arn:aws:iam::123456789012:root,2018-01-01T00:00:00+00:00,"
                     "not_supported,N/A,not_supported,not_supported,false," +
                     kNoKeys + "\r\n");
  EXPECT_THAT(read.Errors(), IsEmpty());
  EXPECT_EQ(read.account.create_date,
            absl::FromCivil(absl::CivilDay(2018, 1, 1), absl::UTCTimeZone()));
}

TEST(ImportCredentialReportTest, TheAnswerOfTheCommandLine) {
  const std::string csv = kHeader + Ana("false,N/A,N/A,N/A,true,") + kNoKeys;
  const Reading read("{\"Content\": \"" + absl::Base64Escape(csv) +
                     "\", \"ReportFormat\": \"text/csv\"}");
  EXPECT_THAT(read.Errors(), IsEmpty());
  EXPECT_EQ(read.NotCarried().size(), 1U);
  EXPECT_THAT(Reading("{\"Content\": \"!\"}").Errors(),
              ElementsAre(HasSubstr("no `Content` in Base64")));
}

TEST(ImportCredentialReportTest, UnknownUsersAndColumnsAreListed) {
  const Reading read(std::string(kHeader) + ",additional_credentials_info" +
                     Ana("false,N/A,N/A,N/A,false,") + kNoKeys + ",\"two, \"\"more\"\"\"" +
                     "\nbo,arn:aws:iam::123456789012:user/bo,N/A,false,N/A,N/A,N/A,false," +
                     kNoKeys + ",N/A\n");
  EXPECT_THAT(read.Errors(), IsEmpty());
  EXPECT_THAT(read.NotCarried(),
              ElementsAre(HasSubstr("user `ana`: column `additional_credentials_info`"),
                          HasSubstr("r.csv:3:1: user `bo` is in this report, but not in")));
}

TEST(ImportCredentialReportTest, MistakesAreErrors) {
  EXPECT_THAT(Reading("").Errors(), ElementsAre("r.csv:1:1: the report is empty"));
  EXPECT_THAT(Reading("{\"Content\": {}}").Errors(),
              ElementsAre(HasSubstr("no `Content` in Base64")));
  EXPECT_THAT(Reading("user,arn\nana,x").Errors(), testing::SizeIs(20));
  EXPECT_THAT(Reading(kHeader + Ana("false")).Errors(),
              ElementsAre("r.csv:2:1: the row has 4 cells, the header 22"));
  EXPECT_THAT(
      Reading(std::string(kHeader) +
              "\nana,arn:aws:iam::210987654321:user/ana,N/A,false,N/A,N/A,N/A,false," + kNoKeys)
          .Errors(),
      ElementsAre(HasSubstr("is not of account `123456789012`")));
}

}  // namespace
}  // namespace portcullis::client
