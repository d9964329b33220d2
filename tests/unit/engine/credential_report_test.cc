#include "server/engine/credential_report.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kAccount = "111122223333";

absl::Time Day(int day, int hour = 0) {
  return absl::FromCivil(absl::CivilHour(2023, 10, day, hour), absl::UTCTimeZone());
}

store::AccessKeyDefinition Key(std::string_view id, bool active, std::optional<absl::Time> made) {
  store::AccessKeyDefinition key;
  key.id = {std::string(id), {}};
  key.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  key.active = active;
  key.create_date = made;
  return key;
}

store::LoginProfileDefinition Password(int day) {
  store::LoginProfileDefinition profile;
  profile.create_date = Day(day);
  return profile;
}

class CredentialReportTest : public testing::Test {
 protected:
  CredentialReportTest() {
    state::ActivityOptions options;
    options.flush_interval = absl::InfiniteDuration();
    options.clock = &world.clock;
    activity = std::make_unique<state::ActivityTracker>(world.database.get(), options);
  }

  void KeyUsed(std::string_view key, absl::Time time, std::string_view service,
               std::string_view region) {
    state::Use use;
    use.account = kAccount;
    use.kind = state::EntityKind::kUser;
    use.unique_id = "AIDA";
    use.service = service;
    use.region = region;
    use.access_key_id = key;
    use.time = time;
    activity->Record(use);
  }

  std::string Report() {
    world.Publish();
    const auto snapshot = world.store.Current();
    const auto text = CredentialReportText(*snapshot, *snapshot->FindAccount(kAccount), *activity);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.value_or("");
  }

  World world;
  std::unique_ptr<state::ActivityTracker> activity;
};

// One user in every state that a column can show.
TEST_F(CredentialReportTest, IsAsWritten) {
  store::AccountDefinition& account = world.Account(kAccount);
  account.create_date = Day(1);
  account.password_policy.emplace().policy.max_password_age_days = 90;
  account.root_mfa_devices.push_back(
      {{"arn:aws:iam::111122223333:mfa/root", {}}, "12345678901234567890"});
  account.root_access_keys.push_back(Key("AKIAROOTROOTROOTROOT", true, Day(1, 1)));
  world.Account("444455556666");
  world.User("444455556666", "stranger");

  world.User(kAccount, "zoe").create_date = Day(2);  // Nothing at all.
  store::UserDefinition& used = world.User(kAccount, "Ana");
  used.create_date = Day(3);
  used.login_profile = Password(4);
  used.password_last_used = Day(5, 6);
  used.mfa_devices.push_back({{"arn:aws:iam::111122223333:mfa/ana", {}}, "12345678901234567890"});
  used.access_keys.push_back(Key("AKIAANAANAANAANAANA1", true, Day(6)));
  used.access_keys.push_back(Key("AKIAANAANAANAANAANA2", false, Day(7)));
  store::UserDefinition& unused = world.User(kAccount, "bob");
  unused.create_date = Day(8);
  unused.login_profile = Password(9);
  unused.access_keys.push_back(Key("AKIABOBBOBBOBBOBBOB1", false, Day(10)));
  store::UserDefinition& gone = world.User(kAccount, "=a,b");  // Had a password once.
  gone.password_last_used = Day(11);
  gone.access_keys.push_back(Key("AKIAEQUALEQUALEQUAL1", true, std::nullopt));

  KeyUsed("AKIAROOTROOTROOTROOT", Day(12), "sts", "");
  KeyUsed("AKIAANAANAANAANAANA1", Day(13, 1), "s3", "eu-central-1");
  KeyUsed("AKIAANAANAANAANAANA2", Day(14), "ec2", "us-east-1");
  KeyUsed("AKIAEQUALEQUALEQUAL1", Day(15), "", "");

  std::ifstream file("tests/golden/credential_report/report.csv", std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
  EXPECT_EQ(Report(), expected);
}

TEST_F(CredentialReportTest, PasswordsDoNotRotateUnlessTheyExpire) {
  store::AccountDefinition& account = world.Account(kAccount);
  world.User(kAccount, "ana").login_profile = Password(4);
  const std::string_view without = ",true,no_information,2023-10-04T00:00:00+00:00,N/A,false,";
  EXPECT_NE(Report().find(without), std::string::npos);
  account.password_policy.emplace();  // A policy without MaxPasswordAge.
  EXPECT_NE(Report().find(without), std::string::npos);
  account.password_policy->policy.max_password_age_days = 1;
  EXPECT_NE(Report().find(",2023-10-05T00:00:00+00:00,false,"), std::string::npos);
}

TEST_F(CredentialReportTest, NamesAreSortedWithoutRegardToCase) {
  world.Account(kAccount);
  for (const char* name : {"b", "C", "a", "B2", "_z"}) world.User(kAccount, name);
  std::string order;
  const std::string report = Report();
  for (size_t line = report.find('\n'); line != std::string::npos;
       line = report.find('\n', line + 1)) {
    order += report.substr(line + 1, report.find(',', line) - line - 1) + " ";
  }
  EXPECT_EQ(order, "<root_account> _z a b B2 C ");
}

}  // namespace
}  // namespace portcullis::engine
