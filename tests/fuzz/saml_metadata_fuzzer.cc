// Metadata documents of SAML providers, as somebody may put one in place.
//
// Whatever the bytes: no crash, no unbounded work. What is accepted has an entity, at least one key
// and none that is weak; what is refused says why.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "server/base/error_reason.h"
#include "server/federation/saml_metadata.h"

namespace portcullis::federation {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireStrong(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  EVP_PKEY* const key = d2i_PUBKEY(nullptr, &bytes, static_cast<long>(der.size()));
  Require(key != nullptr);
  const int type = EVP_PKEY_get_base_id(key);
  Require(type == EVP_PKEY_RSA || type == EVP_PKEY_EC);
  Require(EVP_PKEY_get_bits(key) >= (type == EVP_PKEY_RSA ? 2048 : 256));
  EVP_PKEY_free(key);
}

void CheckMetadata(std::string_view xml) {
  const absl::StatusOr<SamlProviderMetadata> metadata = ParseSamlMetadata(xml);
  if (!metadata.ok()) {
    Require(base::ReasonOf(metadata.status()) == "InvalidInput");
    Require(!metadata.status().message().empty());
    return;
  }
  const size_t count = metadata->signing_certificates.size();
  Require(!metadata->entity_id.empty() && count >= 1 && count <= kSamlSigningCertificatesMax);
  std::set<std::string> fingerprints;
  for (const SamlSigningCertificate& certificate : metadata->signing_certificates) {
    RequireStrong(certificate.public_key_der);
    Require(fingerprints.insert(certificate.fingerprint_sha256).second);
  }
}

}  // namespace
}  // namespace portcullis::federation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  portcullis::federation::CheckMetadata(input);
  // Most mutations make a document too short or keep it so; blanks at the end do not matter.
  portcullis::federation::CheckMetadata(std::string(input) + std::string(1000, '\n'));
  return 0;
}
