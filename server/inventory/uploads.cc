// ListSSHPublicKeys, GetSSHPublicKey, ListSigningCertificates, ListServiceSpecificCredentials,
// ListServerCertificates, GetServerCertificate, ListServerCertificateTags: keys and certificates
// that are uploaded for other services of the platform. Nothing here can be opened with them, so
// nobody has any; programs that audit or clean up whole accounts ask, and are told so.
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"

namespace portcullis::inventory {
namespace {

using base::Shape;

constexpr std::string_view kEncodings[] = {"SSH", "PEM"};

constexpr ParameterRule RequiredOneOf(std::string_view name,
                                      absl::Span<const std::string_view> values) {
  ParameterRule rule = OptionalOneOf(name, values);
  rule.required = true;
  return rule;
}

constexpr ParameterRule kKeysOfUser[] = {OptionalText("UserName", &kUserNameText), kMarkerRule,
                                         kMaxItemsRule};
constexpr ParameterRule kCertificatesOfUser[] = {OptionalText("UserName", &kExistingUserNameText),
                                                 kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kGetKey[] = {RequiredText("UserName", &kUserNameText),
                                     RequiredText("SSHPublicKeyId", &kPublicKeyIdText),
                                     RequiredOneOf("Encoding", kEncodings)};
constexpr ParameterRule kCredentialsOfUser[] = {
    OptionalText("UserName", &kUserNameText), OptionalText("ServiceName", &kServiceNameText),
    OptionalBoolean("AllUsers"), kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kListCertificates[] = {kPathPrefixRule, kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kCertificateNameRule =
    RequiredText("ServerCertificateName", &kServerCertificateNameText);
constexpr ParameterRule kGetCertificate[] = {kCertificateNameRule};
constexpr ParameterRule kCertificateTags[] = {kCertificateNameRule, kMarkerRule, kMaxItemsRule};

absl::StatusOr<Shape> NothingListed(std::string_view operation, const Parameters& parameters,
                                    std::string_view member) {
  ASSIGN_OR_RETURN(const Page page, Page::Create(operation, parameters));
  Shape result = Shape::Structure();
  result.Add(member, Shape::List());
  page.Finish(&result);
  return result;
}

// ---- Of users ----

absl::StatusOr<Shape> ListOfUser(std::string_view operation, const Scope& scope,
                                 const Parameters& parameters, std::string_view member) {
  RETURN_IF_ERROR(FindSubject(scope, parameters).status());
  return NothingListed(operation, parameters, member);
}

absl::StatusOr<Shape> ListSshPublicKeys(const Scope& scope, const Parameters& parameters) {
  return ListOfUser("ListSSHPublicKeys", scope, parameters, "SSHPublicKeys");
}

absl::StatusOr<Shape> ListSigningCertificates(const Scope& scope, const Parameters& parameters) {
  return ListOfUser("ListSigningCertificates", scope, parameters, "Certificates");
}

bool AsksForAllUsers(const Parameters& parameters) {
  return parameters.GetBoolean("AllUsers").value_or(false);
}

absl::StatusOr<std::string> CredentialsArn(const Scope& scope, const Parameters& parameters) {
  return AsksForAllUsers(parameters) ? KindArn<store::User>(scope, parameters)
                                     : SubjectArn(scope, parameters);
}

absl::StatusOr<Shape> ListServiceCredentials(const Scope& scope, const Parameters& parameters) {
  constexpr std::string_view kOperation = "ListServiceSpecificCredentials";
  constexpr std::string_view kMember = "ServiceSpecificCredentials";
  if (AsksForAllUsers(parameters)) return NothingListed(kOperation, parameters, kMember);
  return ListOfUser(kOperation, scope, parameters, kMember);
}

absl::StatusOr<Shape> GetSshPublicKey(const Scope& scope, const Parameters& parameters) {
  RETURN_IF_ERROR(FindNamed<store::User>(scope, parameters).status());
  return NoSuchEntity(base::Concat(
      {"The Public Key with id ", parameters.Get("SSHPublicKeyId"), " cannot be found."}));
}

// ---- Of accounts ----

absl::StatusOr<std::string> CertificateArn(const Scope& scope, const Parameters& parameters) {
  return AccountArn(scope,
                    base::Concat({"server-certificate/", parameters.Get("ServerCertificateName")}));
}

absl::StatusOr<Shape> ListServerCertificates(const Scope&, const Parameters& parameters) {
  return NothingListed("ListServerCertificates", parameters, "ServerCertificateMetadataList");
}

absl::StatusOr<Shape> GetServerCertificate(const Scope&, const Parameters& parameters) {
  return NoSuchEntity(base::Concat({"The Server Certificate with name ",
                                    parameters.Get("ServerCertificateName"), " cannot be found."}));
}

constexpr Operation kOperations[] = {
    {"ListSSHPublicKeys", kKeysOfUser, SubjectArn, ListSshPublicKeys},
    {"GetSSHPublicKey", kGetKey, NamedArn<store::User>, GetSshPublicKey},
    {"ListSigningCertificates", kCertificatesOfUser, SubjectArn, ListSigningCertificates},
    {"ListServiceSpecificCredentials", kCredentialsOfUser, CredentialsArn, ListServiceCredentials},
    {"ListServerCertificates", kListCertificates, Everything, ListServerCertificates},
    {"GetServerCertificate", kGetCertificate, CertificateArn, GetServerCertificate},
    {"ListServerCertificateTags", kCertificateTags, CertificateArn, GetServerCertificate},
};

}  // namespace

absl::Span<const Operation> UploadOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
