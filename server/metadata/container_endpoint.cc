#include "server/metadata/container_endpoint.h"

#include <string_view>
#include <utility>

#include "server/metadata/documents_internal.h"
#include "server/metadata/token_file.h"
#include "server/session/token_codec.h"

namespace portcullis::metadata {
namespace {

constexpr char kJson[] = "application/json";

http::Response Error(int status, std::string_view code, std::string_view message) {
  base::JsonWriter writer;
  writer.BeginObject().Member("code", code).Member("message", message).EndObject();
  return MakeResponse(status, kJson, std::string(writer.text()));
}

http::Response NotIssued(const absl::Status& status) {
  const std::string_view message(status.message().data(), status.message().size());
  if (absl::IsPermissionDenied(status)) return Error(403, "AccessDenied", message);
  if (absl::IsUnavailable(status)) return Error(503, "ServiceUnavailable", message);
  // What is wrong is with the configuration; the log says it.
  return Error(500, "InternalError", "The role's credentials could not be obtained.");
}

}  // namespace

ContainerEndpoint::ContainerEndpoint(RoleCredentials& credentials, ContainerEndpointOptions options)
    : credentials_(credentials), options_(std::move(options)) {}

http::Response ContainerEndpoint::Handle(const http::Request& request) const {
  if (request.path != options_.path) return Error(404, "NotFound", "There is nothing here.");
  if (request.method != "GET" && request.method != "HEAD") {
    http::Response response = Error(405, "MethodNotAllowed", "Credentials are fetched by GET.");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return response;
  }
  const absl::StatusOr<std::string> token = ReadTokenFile(options_.token_file);
  if (!token.ok()) {
    return Error(503, "ServiceUnavailable", "The authorization token cannot be checked.");
  }
  if (request.CountHeaders("Authorization") == 0) {
    return Error(401, "MissingAuthorization", "The Authorization header is missing.");
  }
  if (!session::EqualSecrets(request.FindHeader("Authorization"), *token)) {
    return Error(403, "InvalidAuthorization", "The Authorization header is not the token.");
  }
  const auto issued = credentials_.Get();
  if (!issued.ok()) return NotIssued(issued.status());
  base::JsonWriter writer;
  writer.BeginObject().Member("RoleArn", options_.role_arn);
  WriteCredentials((*issued)->credentials, &writer);
  writer.EndObject();
  return MakeResponse(200, kJson, std::string(writer.text()));
}

http::Response ContainerEndpoint::Refuse(int status) {
  return Error(status, status < 500 ? "InvalidRequest" : "InternalError",
               status < 500 ? "The request was not understood." : "The request was not answered.");
}

}  // namespace portcullis::metadata
