// Policies that exist without anybody writing them.
#ifndef PORTCULLIS_SERVER_STORE_BUILT_IN_POLICIES_H_
#define PORTCULLIS_SERVER_STORE_BUILT_IN_POLICIES_H_

#include <memory>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "server/policy/compiled_policy.h"

namespace portcullis::store {

// Names under which organizations attach them (section 4.8).
inline constexpr std::string_view kFullAwsAccess = "FullAWSAccess";
inline constexpr std::string_view kRcpFullAwsAccess = "RCPFullAWSAccess";

// Their documents, compact JSON.
inline constexpr std::string_view kFullAwsAccessDocument =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
inline constexpr std::string_view kRcpFullAwsAccessDocument =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*",)"
    R"("Resource":"*"}]})";

// Allows everything; attached wherever no other SCP is. Never nullptr, one object per process.
const policy::SharedPolicy& FullAwsAccessPolicy();

// Allows everything to everyone; always attached at every level (R-4.7).
const policy::SharedPolicy& RcpFullAwsAccessPolicy();

// A platform-managed policy: `arn:aws:iam::aws:policy/NAME`.
struct PlatformPolicy {
  std::string_view name;
  std::string_view description;
  std::string_view document;      // Compact JSON.
  absl::CivilSecond create_date;  // In UTC.
};

// Those whose text is short and has never changed. Others can be written down under account `aws`.
absl::Span<const PlatformPolicy> PlatformPolicies();

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_BUILT_IN_POLICIES_H_
