#include "server/http/tls_internal.h"

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

namespace portcullis::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

boost::asio::const_buffer Bytes(const std::string& text) {
  return boost::asio::buffer(text.data(), text.size());
}

void SetPolicy(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

absl::StatusOr<std::shared_ptr<TlsContext>> MakeTlsContext(const TlsMaterial& material) {
  auto context = std::make_shared<TlsContext>(TlsContext::tls_server);
  SetPolicy(context->native_handle());
  error_code error;
  context->use_certificate_chain(Bytes(material.certificate_chain), error);
  if (error) return absl::InvalidArgumentError("the certificate chain is not readable PEM");
  context->use_private_key(Bytes(material.private_key), TlsContext::pem, error);
  if (error) {
    return absl::InvalidArgumentError(
        "the private key is not readable PEM, or not the certificate's");
  }
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return absl::InvalidArgumentError("the private key is not the certificate's");
  }
  if (!material.client_authorities.empty()) {
    context->add_certificate_authority(Bytes(material.client_authorities), error);
    if (error) return absl::InvalidArgumentError("the client authorities are not readable PEM");
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
    if (error) return absl::InternalError("client certificates cannot be required");
  }
  return context;
}

}  // namespace portcullis::http
