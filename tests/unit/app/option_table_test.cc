#include "server/app/option_table.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

const OptionRow* Find(std::string_view name) {
  for (const OptionRow& row : OptionTable()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

TEST(OptionTable, DescribesEveryOptionOnce) {
  std::set<std::string_view> names;
  for (const OptionRow& row : OptionTable()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.group.empty()) << row.name;
    EXPECT_TRUE(row.help.ends_with('.')) << row.name;
    EXPECT_NE(row.set, nullptr) << row.name;
    if (row.value == "DURATION" || row.value == "NUMBER" || row.value == "BYTES") {
      EXPECT_NE(row.help.find("default"), std::string_view::npos) << row.name << ": its default";
    }
  }
}

TEST(OptionTable, AcceptsLimitsAndRefusesWhatIsPast) {
  struct Case {
    const char* name;
    std::string value;
    bool good;
  };
  const Case cases[] = {
      {"queues", "0", true},
      {"queues", "256", true},
      {"queues", "257", false},
      {"queues", "-1", false},
      {"queues", "", false},
      {"in-flight-max", "0", false},
      {"in-flight-max", "1", true},
      {"in-flight-max", "100000", true},
      {"in-flight-max", "100001", false},
      {"request-bytes-max", "1023", false},
      {"request-bytes-max", "1024", true},
      {"request-bytes-max", "67108864", true},
      {"request-bytes-max", "67108865", false},
      {"poll-interval", "99ms", false},
      {"poll-interval", "100ms", true},
      {"poll-interval", "1h", true},
      {"poll-interval", "61m", false},
      {"poll-interval", "10", false},
      {"drain-delay", "0s", true},
      {"drain-delay", "10m", true},
      {"drain-delay", "601s", false},
      {"audit-rotate-bytes", "0", true},
      {"audit-rotate-bytes", "65535", false},
      {"audit-rotate-bytes", "65536", true},
      {"audit-rotated-files", "0", false},
      {"audit-rotated-files", "10000", true},
      {"audit-rotated-files", "10001", false},
      {"allow-wildcard-trust", "true", true},
      {"allow-wildcard-trust", "1", false},
      {"start-closed", "true", true},
      {"start-closed", "yes", false},
      {"log-level", "warning", true},
      {"log-level", "warn", false},
      {"policies", "", false},
      {"admin-listen", "127.0.0.1", false},
      {"container-credentials-role", "arn:aws:iam::111122223333:role/a/b", true},
      {"container-credentials-role", "arn:aws:iam::111122223333:user/a", false},
      {"container-credentials-role", "a", false},
      {"instance-metadata-role", "arn:aws:iam::111122223333:role/a", true},
      {"instance-metadata-role", "arn:aws:sts::111122223333:assumed-role/a/b", false},
      {"instance-metadata-id", "i-0123456789abcdef0", true},
      {"instance-metadata-id", "i", false},
      {"instance-metadata-id", "i 0", false},
      {"container-credentials-task-id", std::string(64, 'a'), true},
      {"container-credentials-task-id", std::string(65, 'a'), false},
      {"instance-metadata-hop-limit", "0", false},
      {"instance-metadata-hop-limit", "64", true},
      {"instance-metadata-hop-limit", "65", false},
      {"region", "eu-west-1", true},
      {"region", "EU", false},
      {"region", "", false},
  };
  for (const Case& c : cases) {
    const OptionRow* row = Find(c.name);
    ASSERT_NE(row, nullptr) << c.name;
    ServerOptions options;
    EXPECT_EQ(row->set(c.value, &options).ok(), c.good) << c.name << "=" << c.value;
  }
}

TEST(CheckOptions, RefusesTheSameAddressTwice) {
  ServerOptions options;
  options.policies = "p";
  options.session_keys = "k";
  options.listen = {*ParseListener("tcp://127.0.0.1:7443"), *ParseListener("tcp://127.0.0.1:7443")};
  EXPECT_FALSE(CheckOptions(options).ok());
  options.listen = {*ParseListener("tcp://127.0.0.1:0"), *ParseListener("tcp://127.0.0.1:0")};
  EXPECT_TRUE(CheckOptions(options).ok());
}

TEST(CheckOptions, WantsARoleAndATokenForEndpointsThatHandOneOut) {
  ServerOptions options;
  options.policies = "p";
  options.session_keys = "k";
  options.listen = {*ParseListener("tcp://127.0.0.1:0")};
  options.container_credentials_listen = *ParseMetadataListener("tcp://127.0.0.1:0", true);
  EXPECT_FALSE(CheckOptions(options).ok());
  options.container_credentials_role = "arn:aws:iam::111122223333:role/a";
  EXPECT_FALSE(CheckOptions(options).ok());
  options.container_credentials_token_file = "token";
  EXPECT_TRUE(CheckOptions(options).ok());
  options.instance_metadata_listen = *ParseMetadataListener("tcp://127.0.0.1:0", false);
  EXPECT_FALSE(CheckOptions(options).ok());
  options.instance_metadata_role = "arn:aws:iam::111122223333:role/a";
  EXPECT_TRUE(CheckOptions(options).ok());
}

}  // namespace
}  // namespace portcullis::app
