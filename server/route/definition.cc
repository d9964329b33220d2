#include "server/route/definition.h"

#include <array>

namespace portcullis::route {
namespace {

constexpr std::array<std::string_view, 4> kMethodNames = {"Signature", "SessionToken",
                                                          "WebIdentity", "PeerCertificate"};
constexpr std::array<std::string_view, 3> kPayloadNames = {"Body", "Declared", "Unsigned"};
constexpr std::array<std::string_view, 4> kMappingNames = {"ExecuteApi", "S3", "Grpc",
                                                           "ServiceVerb"};

}  // namespace

absl::Span<const std::string_view> MethodNames() {
  return kMethodNames;
}

absl::Span<const std::string_view> PayloadNames() {
  return kPayloadNames;
}

absl::Span<const std::string_view> MappingNames() {
  return kMappingNames;
}

}  // namespace portcullis::route
