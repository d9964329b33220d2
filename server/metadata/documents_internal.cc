#include "server/metadata/documents_internal.h"

#include <utility>

#include "server/base/timestamp.h"

namespace portcullis::metadata {

void WriteCredentials(const session::Credentials& credentials, base::JsonWriter* writer) {
  writer->Member("AccessKeyId", credentials.access_key_id);
  writer->Member("SecretAccessKey", credentials.secret_access_key);
  writer->Member("Token", credentials.session_token);
  writer->Member("Expiration", base::FormatTimestamp(credentials.expiration));
}

http::Response MakeResponse(int status, std::string content_type, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", std::move(content_type)},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}};
  response.body = std::move(body);
  return response;
}

}  // namespace portcullis::metadata
