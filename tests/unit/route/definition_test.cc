#include "server/route/definition.h"

#include "gtest/gtest.h"

namespace portcullis::route {
namespace {

TEST(Definition, WordsStandInTheOrderOfTheirEnums) {
  EXPECT_EQ(MethodNames()[static_cast<size_t>(Method::kSignature)], "Signature");
  EXPECT_EQ(MethodNames()[static_cast<size_t>(Method::kSessionToken)], "SessionToken");
  EXPECT_EQ(MethodNames()[static_cast<size_t>(Method::kWebIdentity)], "WebIdentity");
  EXPECT_EQ(MethodNames()[static_cast<size_t>(Method::kPeerCertificate)], "PeerCertificate");
  EXPECT_EQ(PayloadNames()[static_cast<size_t>(Payload::kBody)], "Body");
  EXPECT_EQ(PayloadNames()[static_cast<size_t>(Payload::kDeclared)], "Declared");
  EXPECT_EQ(PayloadNames()[static_cast<size_t>(Payload::kUnsigned)], "Unsigned");
  EXPECT_EQ(MappingNames()[static_cast<size_t>(Mapping::kExecuteApi)], "ExecuteApi");
  EXPECT_EQ(MappingNames()[static_cast<size_t>(Mapping::kS3)], "S3");
  EXPECT_EQ(MappingNames()[static_cast<size_t>(Mapping::kGrpc)], "Grpc");
  EXPECT_EQ(MappingNames()[static_cast<size_t>(Mapping::kServiceVerb)], "ServiceVerb");
  EXPECT_EQ(MethodNames().size(), 4u);
  EXPECT_EQ(PayloadNames().size(), 3u);
  EXPECT_EQ(MappingNames().size(), 4u);
}

}  // namespace
}  // namespace portcullis::route
