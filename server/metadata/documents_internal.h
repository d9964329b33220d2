// JSON that both endpoints hand out.
#ifndef PORTCULLIS_SERVER_METADATA_DOCUMENTS_INTERNAL_H_
#define PORTCULLIS_SERVER_METADATA_DOCUMENTS_INTERNAL_H_

#include <string>

#include "server/base/json_writer.h"
#include "server/http/message.h"
#include "server/session/token_codec.h"

namespace portcullis::metadata {

// AccessKeyId, SecretAccessKey, Token, Expiration. REQUIRES: `writer` is in an object.
void WriteCredentials(const session::Credentials& credentials, base::JsonWriter* writer);

// A response that nobody keeps.
http::Response MakeResponse(int status, std::string content_type, std::string body);

}  // namespace portcullis::metadata

#endif  // PORTCULLIS_SERVER_METADATA_DOCUMENTS_INTERNAL_H_
