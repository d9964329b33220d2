#include "server/federation/saml_metadata.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/saml_signature_internal.h"
#include "server/federation/saml_xml_internal.h"

namespace portcullis::federation {
namespace {

constexpr std::string_view kMetadataNamespace = "urn:oasis:names:tc:SAML:2.0:metadata";
constexpr std::string_view kProtocol = "urn:oasis:names:tc:SAML:2.0:protocol";
constexpr std::string_view kRedirectBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
constexpr std::string_view kPostBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
constexpr std::string_view kXmlBlanks = " \t\r\n";
constexpr size_t kEntityIdSizeMax = 1024;  // SAML core, 8.3.6.

// One provider's document is small; what is larger is a federation's, or made to hurt.
constexpr XmlLimits kLimits = {
    .depth_max = 64, .elements_max = 100000, .attributes_max = 256, .decorations_allowed = true};

struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::optional<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm fields = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &fields) != 1) return std::nullopt;
  const absl::CivilSecond civil(fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday,
                                fields.tm_hour, fields.tm_min, fields.tm_sec);
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

std::string Fingerprint(std::string_view der) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(der.data()), der.size(), digest.data());
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

absl::StatusOr<SamlSigningCertificate> ReadCertificate(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = bytes + der.size();
  const std::unique_ptr<X509, CertificateDeleter> certificate(
      d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  ERR_clear_error();
  if (certificate == nullptr || bytes != end) {
    return absl::InvalidArgumentError("a certificate that is not X.509");
  }
  const std::optional<absl::Time> not_before = TimeOf(X509_get0_notBefore(certificate.get()));
  const std::optional<absl::Time> not_after = TimeOf(X509_get0_notAfter(certificate.get()));
  unsigned char* key = nullptr;
  const int key_size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &key);
  if (key_size <= 0 || !not_before.has_value() || !not_after.has_value()) {
    OPENSSL_free(key);
    return absl::InvalidArgumentError("a certificate that cannot be read");
  }
  SamlSigningCertificate result = {
      .public_key_der =
          std::string(reinterpret_cast<const char*>(key), static_cast<size_t>(key_size)),
      .fingerprint_sha256 = Fingerprint(der),
      .not_before = *not_before,
      .not_after = *not_after,
  };
  OPENSSL_free(key);
  if (const absl::Status status = CheckSigningKey(result.public_key_der); !status.ok()) {
    return absl::InvalidArgumentError(base::StrCat("a certificate with ", status.message()));
  }
  return result;
}

// Reads one document and collects everything that is wrong with it.
class MetadataReader {
 public:
  SamlProviderMetadata Read(const xmlNode* root);
  absl::Status ToStatus() const;
  void AddProblem(std::string problem) { problems_.push_back(std::move(problem)); }

 private:
  void AddProblem(const xmlNode* node, std::string_view problem) {
    AddProblem(base::StrCat("line ", xmlGetLineNo(node), ": ", problem));
  }
  void ReadEntityId(const xmlNode* entity);
  void ReadValidUntil(const xmlNode* element);
  const xmlNode* FindProvider(const xmlNode* entity);
  void ReadKeyDescriptor(const xmlNode* descriptor);
  void ReadCertificateElement(const xmlNode* element);
  void ReadSsoUrl(const xmlNode* provider);

  SamlProviderMetadata metadata_;
  absl::flat_hash_set<std::string> fingerprints_;
  std::vector<std::string> problems_;
};

SamlProviderMetadata MetadataReader::Read(const xmlNode* root) {
  if (!IsElement(root, kMetadataNamespace, "EntityDescriptor")) {
    AddProblem(root, base::StrCat("the root element is ", base::Quoted(NameOf(root)),
                                  ", expected the `EntityDescriptor` of one SAML 2.0 provider"));
    return {};
  }
  ReadEntityId(root);
  ReadValidUntil(root);
  const xmlNode* const provider = FindProvider(root);
  if (provider == nullptr) return {};
  ReadValidUntil(provider);
  for (const xmlNode* descriptor : ChildElements(provider, kMetadataNamespace, "KeyDescriptor")) {
    ReadKeyDescriptor(descriptor);
  }
  const size_t count = metadata_.signing_certificates.size();
  if (count == 0 && problems_.empty()) {
    AddProblem(provider,
               "no certificate for signing: there is no `KeyDescriptor` with an "
               "`X509Certificate` whose use is `signing` or not given");
  }
  if (count > kSamlSigningCertificatesMax) {
    AddProblem(provider, base::StrCat(count, " certificates for signing, at most ",
                                      kSamlSigningCertificatesMax, " are allowed"));
  }
  ReadSsoUrl(provider);
  return metadata_;
}

absl::Status MetadataReader::ToStatus() const {
  if (problems_.empty()) return absl::OkStatus();
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidInput",
                               absl::StrJoin(problems_, "; "));
}

void MetadataReader::ReadEntityId(const xmlNode* entity) {
  metadata_.entity_id = AttributeOf(entity, "entityID").value_or("");
  if (metadata_.entity_id.empty()) AddProblem(entity, "no `entityID`");
  if (metadata_.entity_id.size() > kEntityIdSizeMax) {
    AddProblem(entity, base::StrCat("`entityID` is longer than ", kEntityIdSizeMax, " characters"));
  }
}

void MetadataReader::ReadValidUntil(const xmlNode* element) {
  const std::optional<std::string> text = AttributeOf(element, "validUntil");
  if (!text.has_value()) return;
  const std::optional<absl::Time> time = ParseSamlTime(*text);
  if (!time.has_value()) {
    AddProblem(element, base::StrCat("`validUntil` is ", base::Quoted(*text),
                                     ", expected a time such as `2030-01-31T00:00:00Z`"));
    return;
  }
  metadata_.valid_until = std::min(metadata_.valid_until, *time);
}

const xmlNode* MetadataReader::FindProvider(const xmlNode* entity) {
  std::vector<xmlNode*> providers = ChildElements(entity, kMetadataNamespace, "IDPSSODescriptor");
  std::erase_if(providers, [](const xmlNode* provider) {
    const std::string protocols = AttributeOf(provider, "protocolSupportEnumeration").value_or("");
    const std::vector<std::string> listed =
        absl::StrSplit(protocols, absl::ByAnyChar(base::AbslView(kXmlBlanks)));
    return std::find(listed.begin(), listed.end(), kProtocol) == listed.end();
  });
  if (providers.size() == 1) return providers[0];
  AddProblem(entity, base::StrCat(providers.size(), " `IDPSSODescriptor` for ",
                                  base::Quoted(kProtocol), ", expected one"));
  return nullptr;
}

void MetadataReader::ReadKeyDescriptor(const xmlNode* descriptor) {
  const std::optional<std::string> use = AttributeOf(descriptor, "use");
  if (use == "encryption") return;
  if (use.has_value() && use != "signing") {
    AddProblem(descriptor, base::StrCat("`use` is ", base::Quoted(*use),
                                        ", expected `signing` or `encryption`"));
    return;
  }
  for (const xmlNode* info : ChildElements(descriptor, kXmlSignatureNamespace, "KeyInfo")) {
    for (const xmlNode* data : ChildElements(info, kXmlSignatureNamespace, "X509Data")) {
      for (const xmlNode* element :
           ChildElements(data, kXmlSignatureNamespace, "X509Certificate")) {
        ReadCertificateElement(element);
      }
    }
  }
}

void MetadataReader::ReadCertificateElement(const xmlNode* element) {
  const absl::StatusOr<std::string> text = TextOf(element);
  if (!text.ok()) {
    AddProblem(element,
               std::string_view(text.status().message().data(), text.status().message().size()));
    return;
  }
  const std::optional<std::string> der = DecodeBase64(*text, kXmlBlanks);
  if (!der.has_value() || der->empty()) {
    AddProblem(element, "a certificate that is not Base64");
    return;
  }
  absl::StatusOr<SamlSigningCertificate> certificate = ReadCertificate(*der);
  if (!certificate.ok()) {
    AddProblem(element, std::string_view(certificate.status().message().data(),
                                         certificate.status().message().size()));
    return;
  }
  if (!fingerprints_.insert(certificate->fingerprint_sha256).second) return;
  metadata_.signing_certificates.push_back(*std::move(certificate));
}

void MetadataReader::ReadSsoUrl(const xmlNode* provider) {
  for (const std::string_view binding : {kRedirectBinding, kPostBinding}) {
    for (const xmlNode* service :
         ChildElements(provider, kMetadataNamespace, "SingleSignOnService")) {
      if (metadata_.sso_url.empty() && AttributeOf(service, "Binding") == binding) {
        metadata_.sso_url = AttributeOf(service, "Location").value_or("");
      }
    }
  }
}

}  // namespace

absl::StatusOr<SamlProviderMetadata> ParseSamlMetadata(std::string_view xml) {
  MetadataReader reader;
  if (!base::IsValidUtf8(xml)) {
    reader.AddProblem("line 1: not UTF-8");
    return reader.ToStatus();
  }
  const size_t characters = base::CodePointCount(xml);
  if (characters < kSamlMetadataCharactersMin || characters > kSamlMetadataCharactersMax) {
    reader.AddProblem(base::StrCat("line 1: ", characters, " characters, must have ",
                                   kSamlMetadataCharactersMin, " to ", kSamlMetadataCharactersMax));
  }
  if (characters > kSamlMetadataCharactersMax) return reader.ToStatus();
  const absl::StatusOr<XmlDocument> document = ParseXml(xml, kLimits);
  if (!document.ok()) {
    reader.AddProblem(std::string(document.status().message()));
    return reader.ToStatus();
  }
  SamlProviderMetadata metadata = reader.Read(xmlDocGetRootElement(document->get()));
  if (absl::Status status = reader.ToStatus(); !status.ok()) return status;
  return metadata;
}

}  // namespace portcullis::federation
