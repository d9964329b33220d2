#include "server/federation/saml_attributes_internal.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

#include "server/base/error_reason.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/saml_statements_internal.h"
#include "server/federation/saml_xml_internal.h"

namespace portcullis::federation {
namespace {

constexpr bool kOne = false;
constexpr bool kSeveral = true;

// AWS's mapping of eduPerson, eduOrg, X.500 and Active Directory attributes. X.500 attributes are
// known by bare object identifiers there; `urn:oid:` before them is how SAML's own profile spells
// the same. Groups are ours: AWS has no such key, R-3.54 does.
constexpr auto kKeys = std::to_array<SamlAttributeKey>({
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "saml:edupersonaffiliation", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.2", "saml:edupersonnickname", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.3", "saml:edupersonorgdn", kOne},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.4", "saml:edupersonorgunitdn", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.5", "saml:edupersonprimaryaffiliation", kOne},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "saml:edupersonprincipalname", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.7", "saml:edupersonentitlement", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.8", "saml:edupersonprimaryorgunitdn", kOne},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "saml:edupersonscopedaffiliation", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.10", "saml:edupersontargetedid", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.1.1.11", "saml:edupersonassurance", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.2.1.2", "saml:eduorghomepageuri", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.2.1.3", "saml:eduorgidentityauthnpolicyuri", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.2.1.4", "saml:eduorglegalname", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.2.1.5", "saml:eduorgsuperioruri", kSeveral},
    {"urn:oid:1.3.6.1.4.1.5923.1.2.1.6", "saml:eduorgwhitepagesuri", kSeveral},
    {"urn:oid:2.5.4.3", "saml:cn", kSeveral},
    {"2.5.4.3", "saml:commonName", kOne},
    {"2.5.4.4", "saml:surname", kSeveral},
    {"urn:oid:2.5.4.4", "saml:surname", kSeveral},
    {"2.5.4.42", "saml:givenName", kSeveral},
    {"urn:oid:2.5.4.42", "saml:givenName", kSeveral},
    {"2.5.4.45", "saml:x500UniqueIdentifier", kSeveral},
    {"urn:oid:2.5.4.45", "saml:x500UniqueIdentifier", kSeveral},
    {"0.9.2342.19200300.100.1.1", "saml:uid", kSeveral},
    {"urn:oid:0.9.2342.19200300.100.1.1", "saml:uid", kSeveral},
    {"0.9.2342.19200300.100.1.3", "saml:mail", kSeveral},
    {"urn:oid:0.9.2342.19200300.100.1.3", "saml:mail", kSeveral},
    {"0.9.2342.19200300.100.1.45", "saml:organizationStatus", kSeveral},
    {"urn:oid:0.9.2342.19200300.100.1.45", "saml:organizationStatus", kSeveral},
    {"http://schemas.xmlsoap.org/claims/CommonName", "saml:commonName", kOne},
    {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "saml:mail", kSeveral},
    {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "saml:givenName", kSeveral},
    {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "saml:name", kSeveral},
    {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "saml:surname", kSeveral},
    {"http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid",
     "saml:primaryGroupSID", kSeveral},
    {"http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "saml:groups", kSeveral},
    {"http://schemas.xmlsoap.org/claims/Group", "saml:groups", kSeveral},
});

constexpr std::string_view kTargetedId = "urn:oid:1.3.6.1.4.1.5923.1.1.1.10";
constexpr std::string_view kTagPrefix = "PrincipalTag:";
constexpr int64_t kSessionDurationSecondsMin = 900;
constexpr int64_t kSessionDurationSecondsMax = 43200;

//
bool IsSessionName(std::string_view text) {
  return text.size() >= 2 && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
           constexpr std::string_view kOthers = "_+=,.@-";
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  kOthers.find(c) != std::string_view::npos;
         });
}

// The text of one AttributeValue; it may be empty.
absl::StatusOr<std::string> ValueOf(const xmlNode* value, std::string_view attribute) {
  // eduPersonTargetedID is a NameID inside the value (eduPerson, 2.2.10).
  const std::vector<xmlNode*> children = ChildElements(value);
  if (attribute == kTargetedId && children.size() == 1 &&
      IsElement(children[0], kSamlAssertionNamespace, "NameID")) {
    value = children[0];
  }
  absl::StatusOr<std::string> text = TextOf(value);
  if (text.ok()) return text;
  return InvalidIdentityToken(
      base::StrCat("a value of the attribute ", base::Quoted(attribute), " holds more than text"));
}

// Whether anything is done with an attribute of this name.
bool IsUsed(std::string_view name) {
  return name.starts_with(kSamlAttributePrefix) ||
         std::any_of(kKeys.begin(), kKeys.end(),
                     [&](const SamlAttributeKey& row) { return row.attribute == name; });
}

using Attributes = std::map<std::string, std::vector<std::string>, std::less<>>;

absl::Status CollectAttribute(const xmlNode* element, Attributes* attributes) {
  if (!IsElement(element, kSamlAssertionNamespace, "Attribute")) {
    return InvalidIdentityToken(
        base::StrCat("the attributes hold an unsupported element ", base::Quoted(NameOf(element))));
  }
  const std::optional<std::string> name = AttributeOf(element, "Name");
  if (!name.has_value()) return InvalidIdentityToken("an attribute has no `Name`");
  if (!IsUsed(*name)) return absl::OkStatus();
  std::vector<std::string>& values = (*attributes)[*name];
  for (const xmlNode* child : ChildElements(element)) {
    if (!IsElement(child, kSamlAssertionNamespace, "AttributeValue")) {
      return InvalidIdentityToken(
          base::StrCat("the attribute ", base::Quoted(*name), " holds an unknown element"));
    }
    ASSIGN_OR_RETURN(std::string value, ValueOf(child, *name));
    values.push_back(std::move(value));
  }
  return absl::OkStatus();
}

absl::StatusOr<Attributes> CollectAttributes(const xmlNode* assertion) {
  Attributes attributes;
  for (const xmlNode* statement :
       ChildElements(assertion, kSamlAssertionNamespace, "AttributeStatement")) {
    for (const xmlNode* element : ChildElements(statement)) {
      RETURN_IF_ERROR(CollectAttribute(element, &attributes));
    }
  }
  return attributes;
}

absl::StatusOr<std::string> OnlyValue(std::string_view name,
                                      const std::vector<std::string>& values) {
  if (values.size() == 1) return values[0];
  return InvalidIdentityToken(base::StrCat("the attribute ", base::Quoted(name), " has ",
                                           values.size(), " values, expected one"));
}

// `role,provider` or `provider,role`.
absl::Status CheckRole(const std::vector<std::string>& values,
                       const SamlExpectations& expectations) {
  bool found = false;
  for (const std::string& value : values) {
    const std::vector<std::string> parts = absl::StrSplit(value, ',');
    if (parts.size() != 2 || !parts[0].starts_with("arn:") || !parts[1].starts_with("arn:")) {
      return InvalidIdentityToken("a value of `Role` is not a role and a provider");
    }
    const std::string& role = expectations.role_arn;
    const std::string& provider = expectations.provider_arn;
    found = found || (parts[0] == role && parts[1] == provider) ||
            (parts[0] == provider && parts[1] == role);
  }
  if (found) return absl::OkStatus();
  return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied",
                               "Not authorized to perform sts:AssumeRoleWithSAML");
}

// One of AWS's own attributes. `name` is without the prefix.
absl::Status ReadAwsAttribute(std::string_view name, const std::vector<std::string>& values,
                              const SamlExpectations& expectations, SamlAssertion* assertion) {
  if (name == "Role") return CheckRole(values, expectations);
  if (name == "TransitiveTagKeys") {
    assertion->transitive_tag_keys = values;
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::string value, OnlyValue(name, values));
  if (name.starts_with(kTagPrefix)) {
    assertion->tags.push_back({std::string(name.substr(kTagPrefix.size())), std::move(value)});
    return absl::OkStatus();
  }
  if (name == "RoleSessionName") {
    assertion->role_session_name = std::move(value);
    if (IsSessionName(assertion->role_session_name)) return absl::OkStatus();
    return InvalidIdentityToken(
        "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
  }
  if (name == "SourceIdentity") {
    assertion->source_identity = std::move(value);
    if (IsSessionName(assertion->source_identity)) return absl::OkStatus();
    return InvalidIdentityToken(
        "SourceIdentity in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
  }
  if (name == "SessionDuration") {
    assertion->session_duration_seconds =
        base::ParseInteger(value, kSessionDurationSecondsMin, kSessionDurationSecondsMax);
    if (assertion->session_duration_seconds.has_value()) return absl::OkStatus();
    return InvalidIdentityToken("SessionDuration in AuthnResponse must be 900 to 43200 seconds");
  }
  return InvalidIdentityToken(base::StrCat("unknown attribute ", base::Quoted(name)));
}

// The values of the directory attributes, by condition key.
absl::StatusOr<std::vector<SamlConditionKey>> DirectoryKeys(const Attributes& attributes) {
  std::map<std::string_view, SamlConditionKey> keys;
  for (const SamlAttributeKey& row : kKeys) {
    const auto found = attributes.find(row.attribute);
    if (found == attributes.end() || found->second.empty()) continue;
    SamlConditionKey& key = keys[row.key];
    key.name = row.key;
    key.multivalued = row.multivalued;
    for (const std::string& value : found->second) {
      if (std::find(key.values.begin(), key.values.end(), value) == key.values.end()) {
        key.values.push_back(value);
      }
    }
    // Neither one of the values nor none of them would be the truth about such a key.
    if (!key.multivalued && key.values.size() > 1) {
      return InvalidIdentityToken(
          base::StrCat("the attribute ", base::Quoted(row.attribute), " has several values"));
    }
  }
  std::vector<SamlConditionKey> result;
  result.reserve(keys.size());
  for (auto& [name, key] : keys) result.push_back(std::move(key));
  return result;
}

}  // namespace

absl::Span<const SamlAttributeKey> SamlAttributeKeys() {
  return kKeys;
}

absl::Status ReadAttributes(const xmlNode* element, const SamlExpectations& expectations,
                            SamlAssertion* assertion) {
  ASSIGN_OR_RETURN(const Attributes attributes, CollectAttributes(element));
  for (const std::string_view required : {"Role", "RoleSessionName"}) {
    const auto found = attributes.find(base::Concat({kSamlAttributePrefix, required}));
    if (found == attributes.end() || found->second.empty()) {
      return InvalidIdentityToken(base::StrCat(required, " is required in AuthnResponse"));
    }
  }
  for (const auto& [name, values] : attributes) {
    if (!name.starts_with(kSamlAttributePrefix)) continue;
    RETURN_IF_ERROR(ReadAwsAttribute(std::string_view(name).substr(kSamlAttributePrefix.size()),
                                     values, expectations, assertion));
  }
  ASSIGN_OR_RETURN(assertion->condition_keys, DirectoryKeys(attributes));
  return absl::OkStatus();
}

}  // namespace portcullis::federation
