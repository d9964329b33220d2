// Amazon resource names: section 1.6.
#ifndef PORTCULLIS_SERVER_POLICY_ARN_H_
#define PORTCULLIS_SERVER_POLICY_ARN_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::policy {

// The six fields of `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, split on the first five colons
// . Views into the text it was made from; a plain value.
struct ArnView {
  std::string_view text;
  std::string_view partition;
  std::string_view service;
  std::string_view region;
  std::string_view account;
  std::string_view resource;  // May contain `:` and `/`.

  // Fields by number, 0 (the literal "arn") to 5.
  std::string_view field(int index) const;

  // nullopt unless `text` starts with `arn:` and has at least six fields. Empty fields are legal.
  static std::optional<ArnView> Parse(std::string_view text);
  // The same into this one, which is half read if the answer is false.
  bool Read(std::string_view text);
};

// The kinds of principal that an ARN can name (section 1.5).
enum class PrincipalArnKind : uint8_t {
  kNotAPrincipal,
  kRoot,           // arn:P:iam::A:root
  kUser,           // arn:P:iam::A:user/[path/]Name
  kRole,           // arn:P:iam::A:role/[path/]Name
  kRoleSession,    // arn:P:sts::A:assumed-role/RoleName/SessionName (no path)
  kFederatedUser,  // arn:P:sts::A:federated-user/Name
  kOidcProvider,   // arn:P:iam::A:oidc-provider/host[/path]
  kSamlProvider,   // arn:P:iam::A:saml-provider/Name
};

// Classifies an ARN strictly: right service, empty region, 12-digit account, resource in its form
// and without wildcards. `iam::A:assumed-role/...` is kNotAPrincipal.
PrincipalArnKind ClassifyPrincipalArn(const ArnView& arn);

// Exactly 12 decimal digits.
bool IsAccountId(std::string_view text);

// The name after the last `/` of a user or role ARN's resource: "user/div/x/N" -> "N".
std::string_view ArnResourceName(const ArnView& arn);

// A service principal's name: host-like, with a known suffix such as `.amazonaws.com`.
bool IsServicePrincipalName(std::string_view text);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_ARN_H_
