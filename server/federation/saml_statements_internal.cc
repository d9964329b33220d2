#include "server/federation/saml_statements_internal.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/saml_xml_internal.h"

namespace portcullis::federation {
namespace {

constexpr std::string_view kBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
constexpr std::string_view kEntityFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
constexpr std::string_view kPersistentFormat =
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
constexpr std::string_view kTransientFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
// What a NameID without a format has: SAML core, 2.2.2.
constexpr std::string_view kUnspecifiedFormat =
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

absl::StatusOr<const xmlNode*> OnlyChild(const xmlNode* parent, std::string_view name) {
  const std::vector<xmlNode*> found = ChildElements(parent, kSamlAssertionNamespace, name);
  if (found.size() == 1) return found[0];
  return InvalidIdentityToken(base::StrCat("`", NameOf(parent), "` has ", found.size(), " `", name,
                                           "` elements, expected one"));
}

// nullopt if the attribute is absent.
absl::StatusOr<std::optional<absl::Time>> TimeAttribute(const xmlNode* element,
                                                        std::string_view name) {
  const std::optional<std::string> text = AttributeOf(element, name);
  if (!text.has_value()) return std::optional<absl::Time>();
  const std::optional<absl::Time> time = ParseSamlTime(*text);
  if (!time.has_value()) {
    return InvalidIdentityToken(base::StrCat("`", name, "` is not a time in UTC"));
  }
  return time;
}

// Reads one verified assertion at one moment.
class StatementReader {
 public:
  StatementReader(const SamlExpectations& expectations, absl::Time now, SamlAssertion* assertion)
      : expectations_(expectations), now_(now), assertion_(*assertion) {}

  absl::Status Read(const xmlNode* element);

 private:
  absl::Status CheckChildren(const xmlNode* element);
  absl::Status ReadIssueInstant(const xmlNode* element);
  absl::Status ReadSubject(const xmlNode* subject);
  absl::Status ReadNameId(const xmlNode* name_id);
  absl::Status ReadConfirmationData(const xmlNode* data);
  absl::Status ReadConditions(const xmlNode* conditions);
  absl::Status CheckAudience(const xmlNode* restriction);
  absl::Status ReadAuthentication(const xmlNode* statement);
  // The window of NotBefore and NotOnOrAfter, where `element` has them.
  absl::Status CheckWindow(const xmlNode* element);
  absl::Status CheckNotExpired(absl::Time expiration);

  const SamlExpectations& expectations_;
  const absl::Time now_;
  SamlAssertion& assertion_;
};

absl::Status StatementReader::Read(const xmlNode* element) {
  if (AttributeOf(element, "Version") != "2.0") {
    return InvalidIdentityToken("the assertion is not of SAML version 2.0");
  }
  assertion_.id = AttributeOf(element, "ID").value_or("");
  assertion_.usable_until = absl::InfiniteFuture();
  RETURN_IF_ERROR(CheckChildren(element));
  ASSIGN_OR_RETURN(const xmlNode* const issuer, OnlyChild(element, "Issuer"));
  RETURN_IF_ERROR(CheckIssuer(issuer, *expectations_.metadata));
  assertion_.issuer = expectations_.metadata->entity_id;
  RETURN_IF_ERROR(ReadIssueInstant(element));
  ASSIGN_OR_RETURN(const xmlNode* const subject, OnlyChild(element, "Subject"));
  RETURN_IF_ERROR(ReadSubject(subject));
  ASSIGN_OR_RETURN(const xmlNode* const conditions, OnlyChild(element, "Conditions"));
  RETURN_IF_ERROR(ReadConditions(conditions));
  const std::vector<xmlNode*> statements =
      ChildElements(element, kSamlAssertionNamespace, "AuthnStatement");
  // Without one the assertion says something of a user, but not that the user was there.
  if (statements.empty()) return InvalidIdentityToken("the assertion has no `AuthnStatement`");
  for (const xmlNode* statement : statements) RETURN_IF_ERROR(ReadAuthentication(statement));
  return absl::OkStatus();
}

// What is not understood could restrict what is: it is refused. Advice may be ignored by its
// definition (SAML core, 2.6.1).
absl::Status StatementReader::CheckChildren(const xmlNode* element) {
  static constexpr std::array<std::string_view, 6> kKnown = {
      "Issuer", "Subject", "Conditions", "Advice", "AuthnStatement", "AttributeStatement"};
  for (const xmlNode* child : ChildElements(element)) {
    const bool known = std::any_of(kKnown.begin(), kKnown.end(), [&](std::string_view name) {
      return IsElement(child, kSamlAssertionNamespace, name);
    });
    if (!known && !IsElement(child, kXmlSignatureNamespace, "Signature")) {
      return InvalidIdentityToken(
          base::StrCat("the assertion has an unknown element ", base::Quoted(NameOf(child))));
    }
  }
  return absl::OkStatus();
}

absl::Status StatementReader::ReadIssueInstant(const xmlNode* element) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> issued, TimeAttribute(element, "IssueInstant"));
  if (!issued.has_value()) return InvalidIdentityToken("the assertion has no `IssueInstant`");
  if (*issued > now_ + kSamlClockSkewMax) {
    return InvalidIdentityToken("the assertion was issued in the future");
  }
  if (now_ - *issued > kSamlAgeMax) {
    return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "ExpiredTokenException",
                                 "Token must be redeemed within 5 minutes of issuance");
  }
  // Exactly five minutes are still within; the first moment after them is not.
  assertion_.usable_until = *issued + kSamlAgeMax + absl::Nanoseconds(1);
  return absl::OkStatus();
}

absl::Status StatementReader::ReadSubject(const xmlNode* subject) {
  if (!ChildElements(subject, kSamlAssertionNamespace, "EncryptedID").empty()) {
    return InvalidIdentityToken("an encrypted subject is not supported");
  }
  ASSIGN_OR_RETURN(const xmlNode* const name_id, OnlyChild(subject, "NameID"));
  RETURN_IF_ERROR(ReadNameId(name_id));
  ASSIGN_OR_RETURN(const xmlNode* const confirmation, OnlyChild(subject, "SubjectConfirmation"));
  if (AttributeOf(confirmation, "Method") != kBearer) {
    return InvalidIdentityToken("the subject is not confirmed by bearer");
  }
  ASSIGN_OR_RETURN(const xmlNode* const data, OnlyChild(confirmation, "SubjectConfirmationData"));
  return ReadConfirmationData(data);
}

absl::Status StatementReader::ReadNameId(const xmlNode* name_id) {
  ASSIGN_OR_RETURN(assertion_.subject, RequiredText(name_id));
  std::string format = AttributeOf(name_id, "Format").value_or(std::string(kUnspecifiedFormat));
  if (format == kPersistentFormat) format = "persistent";
  if (format == kTransientFormat) format = "transient";
  assertion_.subject_type = std::move(format);
  return absl::OkStatus();
}

absl::Status StatementReader::ReadConfirmationData(const xmlNode* data) {
  if (AttributeOf(data, "Recipient") != expectations_.recipient) {
    return InvalidIdentityToken("the assertion is not for this recipient");
  }
  assertion_.audience = expectations_.recipient;
  if (!AttributeOf(data, "NotOnOrAfter").has_value()) {
    return InvalidIdentityToken("the subject confirmation has no `NotOnOrAfter`");
  }
  return CheckWindow(data);
}

absl::Status StatementReader::ReadConditions(const xmlNode* conditions) {
  RETURN_IF_ERROR(CheckWindow(conditions));
  bool restricted = false;
  for (const xmlNode* condition : ChildElements(conditions)) {
    if (IsElement(condition, kSamlAssertionNamespace, "AudienceRestriction")) {
      RETURN_IF_ERROR(CheckAudience(condition));
      restricted = true;
      continue;
    }
    // These two never make an assertion invalid (SAML core, 2.5.1.5 and 2.5.1.6). One that is not
    // known leaves it open whether it does (2.5.1).
    if (IsElement(condition, kSamlAssertionNamespace, "OneTimeUse")) continue;
    if (IsElement(condition, kSamlAssertionNamespace, "ProxyRestriction")) continue;
    return InvalidIdentityToken(
        base::StrCat("the assertion has an unknown condition ", base::Quoted(NameOf(condition))));
  }
  if (restricted) return absl::OkStatus();
  return InvalidIdentityToken("Response does not contain the required audience.");
}

// Several audiences are alternatives; several restrictions must all hold (SAML core, 2.5.1.4).
absl::Status StatementReader::CheckAudience(const xmlNode* restriction) {
  for (const xmlNode* element : ChildElements(restriction, kSamlAssertionNamespace, "Audience")) {
    ASSIGN_OR_RETURN(const std::string audience, RequiredText(element));
    const std::vector<std::string>& accepted = expectations_.audiences;
    if (std::find(accepted.begin(), accepted.end(), audience) != accepted.end()) {
      return absl::OkStatus();
    }
  }
  return InvalidIdentityToken("Response does not contain the required audience.");
}

absl::Status StatementReader::ReadAuthentication(const xmlNode* statement) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> end,
                   TimeAttribute(statement, "SessionNotOnOrAfter"));
  if (!end.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckNotExpired(*end));
  assertion_.session_not_on_or_after =
      std::min(assertion_.session_not_on_or_after.value_or(*end), *end);
  return absl::OkStatus();
}

absl::Status StatementReader::CheckWindow(const xmlNode* element) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> start, TimeAttribute(element, "NotBefore"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> end, TimeAttribute(element, "NotOnOrAfter"));
  if (start.has_value() && *start > now_ + kSamlClockSkewMax) {
    return InvalidIdentityToken("the assertion is not valid yet");
  }
  return end.has_value() ? CheckNotExpired(*end) : absl::OkStatus();
}

absl::Status StatementReader::CheckNotExpired(absl::Time expiration) {
  if (now_ >= expiration) return ExpiredToken(now_, expiration);
  assertion_.usable_until = std::min(assertion_.usable_until, expiration);
  return absl::OkStatus();
}

}  // namespace

absl::Status InvalidIdentityToken(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidIdentityToken", message);
}

absl::Status ExpiredToken(absl::Time now, absl::Time expiration) {
  return base::ErrorWithReason(
      absl::StatusCode::kInvalidArgument, "ExpiredTokenException",
      base::StrCat("Token expired: current date/time ", absl::ToUnixSeconds(now),
                   " must be before the expiration date/time ", absl::ToUnixSeconds(expiration)));
}

absl::StatusOr<std::string> RequiredText(const xmlNode* element) {
  absl::StatusOr<std::string> text = TextOf(element);
  if (!text.ok()) {
    return InvalidIdentityToken({text.status().message().data(), text.status().message().size()});
  }
  if (text->empty()) return InvalidIdentityToken(base::StrCat("`", NameOf(element), "` is empty"));
  return text;
}

absl::Status CheckIssuer(const xmlNode* element, const SamlProviderMetadata& metadata) {
  ASSIGN_OR_RETURN(const std::string issuer, RequiredText(element));
  const std::string format = AttributeOf(element, "Format").value_or(std::string(kEntityFormat));
  if (issuer == metadata.entity_id && format == kEntityFormat) return absl::OkStatus();
  return InvalidIdentityToken("Issuer not present in specified provider");
}

absl::Status ReadStatements(const xmlNode* element, const SamlExpectations& expectations,
                            absl::Time now, SamlAssertion* assertion) {
  return StatementReader(expectations, now, assertion).Read(element);
}

}  // namespace portcullis::federation
