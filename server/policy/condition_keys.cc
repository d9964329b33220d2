#include "server/policy/condition_keys.h"

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

constexpr KeyValueType kString = KeyValueType::kString;
constexpr KeyValueType kBool = KeyValueType::kBool;
constexpr KeyValueType kNumeric = KeyValueType::kNumeric;
constexpr KeyValueType kDate = KeyValueType::kDate;
constexpr KeyValueType kIp = KeyValueType::kIp;
constexpr KeyValueType kArn = KeyValueType::kArn;

constexpr KeySetter kServer = KeySetter::kServer;
constexpr KeySetter kTrusted = KeySetter::kTrusted;

constexpr bool kOne = false;     // Single-valued.
constexpr bool kSeveral = true;  // Multivalued.
constexpr bool kExact = false;
constexpr bool kFamily = true;  // A prefix row.

// Sections 3.2 to 3.6. What a name of section 3 leaves open ("…" in) is no row: such
// keys are legal and come from integrators, under the rule of their namespace.
constexpr auto kKeys = std::to_array<ConditionKey>({
    // name                                 prefix   type      values    setter
    {"accounts.google.com:amr", kExact, kString, kSeveral, kServer},
    {"accounts.google.com:aud", kExact, kString, kOne, kServer},
    {"accounts.google.com:email", kExact, kString, kOne, kServer},
    {"accounts.google.com:oaud", kExact, kString, kOne, kServer},
    {"accounts.google.com:sub", kExact, kString, kOne, kServer},
    {"aws:AssumedRoot", kExact, kBool, kOne, kServer},
    {"aws:CalledVia", kExact, kString, kSeveral, kTrusted},
    {"aws:CalledViaAWSMCP", kExact, kString, kOne, kTrusted},
    {"aws:CalledViaFirst", kExact, kString, kOne, kTrusted},
    {"aws:CalledViaLast", kExact, kString, kOne, kTrusted},
    {"aws:ChatbotSourceArn", kExact, kArn, kOne, kTrusted},
    {"aws:CurrentTime", kExact, kDate, kOne, kServer},
    {"aws:Ec2InstanceSourcePrivateIPv4", kExact, kIp, kOne, kTrusted},
    {"aws:Ec2InstanceSourceVpc", kExact, kString, kOne, kTrusted},
    {"aws:EpochTime", kExact, kDate, kOne, kServer},
    {"aws:FederatedProvider", kExact, kString, kOne, kServer},
    {"aws:MultiFactorAuthAge", kExact, kNumeric, kOne, kServer},
    {"aws:MultiFactorAuthPresent", kExact, kBool, kOne, kServer},
    {"aws:PrincipalAccount", kExact, kString, kOne, kServer},
    {"aws:PrincipalArn", kExact, kArn, kOne, kServer},
    {"aws:PrincipalIsAWSService", kExact, kBool, kOne, kServer},
    {"aws:PrincipalOrgID", kExact, kString, kOne, kServer},
    {"aws:PrincipalOrgPaths", kExact, kString, kSeveral, kServer},
    {"aws:PrincipalServiceName", kExact, kString, kOne, kServer},
    {"aws:PrincipalServiceNamesList", kExact, kString, kSeveral, kServer},
    {"aws:PrincipalTag/", kFamily, kString, kOne, kServer},
    {"aws:PrincipalType", kExact, kString, kOne, kServer},
    {"aws:referer", kExact, kString, kOne, kTrusted},
    {"aws:RequestedRegion", kExact, kString, kOne, kTrusted},
    {"aws:RequestTag/", kFamily, kString, kOne, kTrusted},
    {"aws:ResourceAccount", kExact, kString, kOne, kServer},
    {"aws:ResourceOrgID", kExact, kString, kOne, kServer},
    {"aws:ResourceOrgPaths", kExact, kString, kSeveral, kServer},
    {"aws:ResourceTag/", kFamily, kString, kOne, kTrusted},
    {"aws:SecureTransport", kExact, kBool, kOne, kTrusted},
    {"aws:SignInSessionArn", kExact, kArn, kOne, kTrusted},
    {"aws:SourceAccount", kExact, kString, kOne, kTrusted},
    {"aws:SourceArn", kExact, kArn, kOne, kTrusted},
    {"aws:SourceIdentity", kExact, kString, kOne, kServer},
    {"aws:SourceIp", kExact, kIp, kOne, kTrusted},
    {"aws:SourceOrgID", kExact, kString, kOne, kTrusted},
    {"aws:SourceOrgPaths", kExact, kString, kSeveral, kTrusted},
    {"aws:SourceVpc", kExact, kString, kOne, kTrusted},
    {"aws:SourceVpcArn", kExact, kArn, kOne, kTrusted},
    {"aws:SourceVpce", kExact, kString, kOne, kTrusted},
    {"aws:TagKeys", kExact, kString, kSeveral, kTrusted},
    {"aws:TokenIssueTime", kExact, kDate, kOne, kServer},
    {"aws:UserAgent", kExact, kString, kOne, kTrusted},
    {"aws:userid", kExact, kString, kOne, kServer},
    {"aws:username", kExact, kString, kOne, kServer},
    {"aws:ViaAWSMCPService", kExact, kBool, kOne, kTrusted},
    {"aws:ViaAWSService", kExact, kBool, kOne, kTrusted},
    {"aws:VpceAccount", kExact, kString, kOne, kTrusted},
    {"aws:VpceOrgID", kExact, kString, kOne, kTrusted},
    {"aws:VpceOrgPaths", kExact, kString, kSeveral, kTrusted},
    {"aws:VpcSourceIp", kExact, kIp, kOne, kTrusted},
    {"cognito-identity.amazonaws.com:amr", kExact, kString, kSeveral, kServer},
    {"cognito-identity.amazonaws.com:aud", kExact, kString, kOne, kServer},
    {"cognito-identity.amazonaws.com:sub", kExact, kString, kOne, kServer},
    {"ec2:RoleDelivery", kExact, kNumeric, kOne, kTrusted},
    {"ec2:SourceInstanceARN", kExact, kArn, kOne, kTrusted},
    {"graph.facebook.com:app_id", kExact, kString, kOne, kServer},
    {"graph.facebook.com:id", kExact, kString, kOne, kServer},
    {"iam:AssociatedResourceArn", kExact, kArn, kOne, kTrusted},
    {"iam:AWSServiceName", kExact, kString, kOne, kTrusted},
    {"iam:OrganizationsPolicyId", kExact, kString, kOne, kTrusted},
    {"iam:PassedToService", kExact, kString, kOne, kTrusted},
    {"iam:PermissionsBoundary", kExact, kArn, kOne, kTrusted},
    {"iam:PolicyARN", kExact, kArn, kOne, kTrusted},
    {"iam:ResourceTag/", kFamily, kString, kOne, kTrusted},
    {"identitystore:UserId", kExact, kString, kOne, kTrusted},
    {"lambda:SourceFunctionArn", kExact, kArn, kOne, kTrusted},
    {"saml:aud", kExact, kString, kOne, kServer},
    {"saml:cn", kExact, kString, kSeveral, kServer},
    {"saml:commonName", kExact, kString, kOne, kServer},
    {"saml:doc", kExact, kString, kOne, kServer},
    {"saml:eduorghomepageuri", kExact, kString, kSeveral, kServer},
    {"saml:eduorgidentityauthnpolicyuri", kExact, kString, kSeveral, kServer},
    {"saml:eduorglegalname", kExact, kString, kSeveral, kServer},
    {"saml:eduorgsuperioruri", kExact, kString, kSeveral, kServer},
    {"saml:eduorgwhitepagesuri", kExact, kString, kSeveral, kServer},
    {"saml:edupersonaffiliation", kExact, kString, kSeveral, kServer},
    {"saml:edupersonassurance", kExact, kString, kSeveral, kServer},
    {"saml:edupersonentitlement", kExact, kString, kSeveral, kServer},
    {"saml:edupersonnickname", kExact, kString, kSeveral, kServer},
    {"saml:edupersonorgdn", kExact, kString, kOne, kServer},
    {"saml:edupersonorgunitdn", kExact, kString, kSeveral, kServer},
    {"saml:edupersonprimaryaffiliation", kExact, kString, kOne, kServer},
    {"saml:edupersonprimaryorgunitdn", kExact, kString, kOne, kServer},
    {"saml:edupersonprincipalname", kExact, kString, kSeveral, kServer},
    {"saml:edupersonscopedaffiliation", kExact, kString, kSeveral, kServer},
    {"saml:edupersontargetedid", kExact, kString, kSeveral, kServer},
    {"saml:givenName", kExact, kString, kSeveral, kServer},
    {"saml:groups", kExact, kString, kSeveral, kServer},
    {"saml:iss", kExact, kString, kOne, kServer},
    {"saml:mail", kExact, kString, kSeveral, kServer},
    {"saml:name", kExact, kString, kSeveral, kServer},
    {"saml:namequalifier", kExact, kString, kOne, kServer},
    {"saml:organizationStatus", kExact, kString, kSeveral, kServer},
    {"saml:primaryGroupSID", kExact, kString, kSeveral, kServer},
    {"saml:sub", kExact, kString, kOne, kServer},
    {"saml:sub_type", kExact, kString, kOne, kServer},
    {"saml:surname", kExact, kString, kSeveral, kServer},
    {"saml:uid", kExact, kString, kSeveral, kServer},
    {"saml:x500UniqueIdentifier", kExact, kString, kSeveral, kServer},
    {"ssm:SourceInstanceArn", kExact, kArn, kOne, kTrusted},
    {"sts:AWSServiceName", kExact, kString, kOne, kServer},
    {"sts:DurationSeconds", kExact, kNumeric, kOne, kServer},
    {"sts:ExternalId", kExact, kString, kOne, kServer},
    {"sts:IdentityTokenAudience", kExact, kString, kSeveral, kServer},
    {"sts:RequestContext/", kFamily, kString, kOne, kServer},
    {"sts:RequestContextProviders", kExact, kString, kSeveral, kServer},
    {"sts:RoleAuthorizedByIdp", kExact, kString, kOne, kServer},
    {"sts:RoleSessionName", kExact, kString, kOne, kServer},
    {"sts:SigningAlgorithm", kExact, kString, kOne, kServer},
    {"sts:SourceIdentity", kExact, kString, kOne, kServer},
    {"sts:TaskPolicyArn", kExact, kArn, kOne, kServer},
    {"sts:TransitiveTagKeys", kExact, kString, kSeveral, kServer},
    {"www.amazon.com:app_id", kExact, kString, kOne, kServer},
    {"www.amazon.com:user_id", kExact, kString, kOne, kServer},
});

constexpr char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Order without regard to ASCII case.
constexpr std::strong_ordering Compare(std::string_view a, std::string_view b) {
  return std::lexicographical_compare_three_way(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return static_cast<unsigned char>(Lower(x)) <=> static_cast<unsigned char>(Lower(y));
      });
}

constexpr bool KeysAreSorted() {
  for (size_t i = 1; i < kKeys.size(); ++i) {
    if (Compare(kKeys[i - 1].name, kKeys[i].name) >= 0) return false;
  }
  return true;
}
static_assert(KeysAreSorted(), "kKeys stays sorted by lower-case name, so that none stands twice");

constexpr bool FamiliesEndInSlash() {
  for (const ConditionKey& key : kKeys) {
    if (key.prefix != key.name.ends_with('/')) return false;
  }
  return true;
}
static_assert(FamiliesEndInSlash(), "a family is found by its name up to the first slash");

constexpr std::array<std::string_view, 4> kReservedNamespaces = {"aws", "iam", "saml", "sts"};

constexpr size_t kNameSizeMax = [] {
  size_t size = 0;
  for (const ConditionKey& key : kKeys) size = std::max(size, key.name.size());
  return size;
}();

constexpr size_t kNameBytes = [] {
  size_t size = 0;
  for (const ConditionKey& key : kKeys) size += key.name.size();
  return size;
}();

using Tail = std::array<char, sizeof(uint64_t)>;

// The last eight bytes of a name as a number, zero where it is shorter.
constexpr uint64_t TailOf(std::string_view name) {
  Tail tail = {};
  if (name.size() >= tail.size()) {
    std::copy_n(name.end() - tail.size(), tail.size(), tail.begin());  // One instruction.
  } else {
    std::copy(name.begin(), name.end(), tail.begin());
  }
  return std::bit_cast<uint64_t>(tail);
}

// The rows by the lengths of their folded names: those of length n are the elements
// [starts[n], starts[n + 1]) of `rows`. Names of one length differ in their last bytes with few
// exceptions, so that a look at `tails` finds the one that may be meant.
struct FoldedRows {
  std::array<uint8_t, kNameSizeMax + 2> starts = {};
  std::array<uint8_t, kKeys.size()> rows = {};
  std::array<uint64_t, kKeys.size()> tails = {};
  std::array<uint16_t, kKeys.size()> text_starts = {};
  std::array<char, kNameBytes> text = {};
};
static_assert(kKeys.size() <= UINT8_MAX && kNameBytes <= UINT16_MAX);

constexpr FoldedRows kFoldedRows = [] {
  FoldedRows folded;
  size_t count = 0;
  size_t text_size = 0;
  for (size_t size = 0; size <= kNameSizeMax; ++size) {
    folded.starts[size] = static_cast<uint8_t>(count);
    for (size_t row = 0; row < kKeys.size(); ++row) {
      const std::string_view name = kKeys[row].name;
      if (name.size() != size) continue;
      char* const text = folded.text.data() + text_size;
      std::transform(name.begin(), name.end(), text, Lower);
      folded.rows[count] = static_cast<uint8_t>(row);
      folded.tails[count] = TailOf({text, size});
      folded.text_starts[count++] = static_cast<uint16_t>(text_size);
      text_size += size;
    }
  }
  folded.starts[kNameSizeMax + 1] = static_cast<uint8_t>(count);
  return folded;
}();

const ConditionKey* FindRow(std::string_view folded) {
  if (folded.size() > kNameSizeMax) return nullptr;
  const uint64_t tail = TailOf(folded);
  const size_t end = kFoldedRows.starts[folded.size() + 1];
  for (size_t i = kFoldedRows.starts[folded.size()]; i < end; ++i) {
    if (kFoldedRows.tails[i] != tail) continue;
    const char* const text = kFoldedRows.text.data() + kFoldedRows.text_starts[i];
    if (std::memcmp(folded.data(), text, folded.size()) == 0) return &kKeys[kFoldedRows.rows[i]];
  }
  return nullptr;
}

bool IsReservedFolded(std::string_view folded) {
  size_t colon = 0;
  while (colon < folded.size() && folded[colon] != ':' && folded[colon] != '.') ++colon;
  if (colon == folded.size()) return false;
  if (folded[colon] == '.') return folded.find(':', colon) != std::string_view::npos;
  const std::string_view space = folded.substr(0, colon);
  return std::find(kReservedNamespaces.begin(), kReservedNamespaces.end(), space) !=
         kReservedNamespaces.end();
}

}  // namespace

absl::Span<const ConditionKey> ConditionKeys() {
  return kKeys;
}

// Names outside ASCII are folded before they are looked at: contexts compare folded names, and the
// folding of U+017F or U+212A is an ASCII letter, so that such a name could pass for another.
const ConditionKey* FindConditionKey(std::string_view name) {
  return FindFoldedKey(base::FoldCase(name));
}

const ConditionKey* FindFoldedKey(std::string_view folded) {
  const size_t slash = folded.find('/');
  if (slash != std::string_view::npos && slash + 1 < folded.size()) {
    const ConditionKey* const family = FindRow(folded.substr(0, slash + 1));
    if (family != nullptr) return family;
  }
  const ConditionKey* const row = FindRow(folded);
  // "aws:PrincipalTag/" alone names no key.
  return row == nullptr || row->prefix ? nullptr : row;
}

bool IsReservedNamespace(std::string_view name) {
  return IsReservedFolded(base::FoldCase(name));
}

bool MaySupply(std::string_view name, bool trusted_pep) {
  const std::string folded = base::FoldCase(name);
  return MaySupplyFolded(FindFoldedKey(folded), folded, trusted_pep);
}

bool MaySupplyFolded(const ConditionKey* row, std::string_view folded, bool trusted_pep) {
  if (row == nullptr) return !IsReservedFolded(folded);
  switch (row->setter) {
    case KeySetter::kServer:
      return false;
    case KeySetter::kTrusted:
      return trusted_pep;
    case KeySetter::kCaller:
      return true;
  }
  return false;
}

}  // namespace portcullis::policy
