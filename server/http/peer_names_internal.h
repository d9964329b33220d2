// Whom a TLS peer's certificate names.
#ifndef PORTCULLIS_SERVER_HTTP_PEER_NAMES_INTERNAL_H_
#define PORTCULLIS_SERVER_HTTP_PEER_NAMES_INTERNAL_H_

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace portcullis::http {

// The URIs and DNS names among the subject alternative names of a certificate that was verified;
// empty without one. Common names are never looked at.
//
// A SPIFFE ID comes first. A certificate with several URIs has none (as the SPIFFE standard says),
// so then its `spiffe://` names are left out; so are names with bytes that are not printable ASCII.
std::vector<std::string> NamesOfPeer(const SSL& ssl);

// The same of a certificate.
std::vector<std::string> NamesOfCertificate(const X509& certificate);

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_PEER_NAMES_INTERNAL_H_
