#include "server/federation/documents.h"

#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::federation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(DocumentsTest, AcceptsThoseOfTheExample) {
  const absl::Status keys = CheckKeySet(Read("config/policies/identity/kubernetes-keys.json"));
  EXPECT_TRUE(keys.ok()) << keys;
  const absl::Status metadata =
      CheckSamlMetadata(Read("config/policies/identity/example-idp-metadata.xml"));
  EXPECT_TRUE(metadata.ok()) << metadata;
}

TEST(DocumentsTest, TellsEveryMistakeOfAKeySetWithItsLine) {
  const absl::Status status = CheckKeySet(
      "{\"keys\": [\n  {\"kty\": \"oct\", \"k\": \"AAAA\"},\n"
      "  {\"kty\": \"RSA\"}\n]}");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("line 2: "), HasSubstr("line 3: ")));
}

TEST(DocumentsTest, RefusesWhatIsNoMetadata) {
  EXPECT_EQ(CheckSamlMetadata("<EntityDescriptor/>").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace portcullis::federation
