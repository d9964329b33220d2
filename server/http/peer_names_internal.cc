#include "server/http/peer_names_internal.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "server/base/spiffe.h"

namespace portcullis::http {
namespace {

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::optional<std::string> PrintableText(const ASN1_STRING* text) {
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(text));
  std::string name(bytes, static_cast<size_t>(ASN1_STRING_length(text)));
  const bool printable =
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (name.empty() || !printable) return std::nullopt;
  return name;
}

}  // namespace

std::vector<std::string> NamesOfPeer(const SSL& ssl) {
  const X509* const certificate = SSL_get0_peer_certificate(&ssl);
  if (certificate == nullptr || SSL_get_verify_result(&ssl) != X509_V_OK) return {};
  if ((SSL_get_verify_mode(&ssl) & SSL_VERIFY_PEER) == 0) return {};  // Anybody's would do.
  return NamesOfCertificate(*certificate);
}

std::vector<std::string> NamesOfCertificate(const X509& certificate) {
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  std::vector<std::string> others;
  size_t uri_count = 0;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI) {
      ++uri_count;
      auto text = PrintableText(name->d.uniformResourceIdentifier);
      if (text.has_value()) uris.push_back(*std::move(text));
    } else if (name->type == GEN_DNS) {
      auto text = PrintableText(name->d.dNSName);
      if (text.has_value()) others.push_back(*std::move(text));
    }
  }
  if (uri_count > 1) {
    std::erase_if(uris,
                  [](const std::string& uri) { return uri.starts_with(base::kSpiffeScheme); });
  }
  uris.insert(uris.end(), others.begin(), others.end());
  return uris;
}

}  // namespace portcullis::http
