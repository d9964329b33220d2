#include "server/metadata/documents_internal.h"

#include "gtest/gtest.h"

#include "tests/unit/metadata/metadata_fixtures.h"

namespace portcullis::metadata {
namespace {

TEST(DocumentsTest, CredentialsHaveTheFourMembersOfBothServices) {
  base::JsonWriter writer;
  writer.BeginObject();
  // botocore reads whole seconds only.
  const absl::Time expiration = absl::FromUnixSeconds(1795262400) + absl::Milliseconds(999);
  WriteCredentials({"ASIA1", "a\"b/", "t==", expiration}, &writer);
  writer.EndObject();
  EXPECT_EQ(writer.text(), R"({"AccessKeyId":"ASIA1","SecretAccessKey":"a\"b/","Token":"t==",)"
                           R"("Expiration":"2026-11-21T12:00:00Z"})");
}

TEST(DocumentsTest, NobodyKeepsAResponse) {
  const http::Response response = MakeResponse(200, "text/plain", "x");
  EXPECT_EQ(HeaderOf(response, "Cache-Control"), "no-store");
  EXPECT_EQ(HeaderOf(response, "Content-Type"), "text/plain");
}

}  // namespace
}  // namespace portcullis::metadata
