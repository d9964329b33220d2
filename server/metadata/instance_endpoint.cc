#include "server/metadata/instance_endpoint.h"

#include <arpa/inet.h>

#include <array>
#include <set>
#include <utility>

#include "absl/strings/match.h"

#include "server/base/numbers.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/base/timestamp.h"
#include "server/metadata/documents_internal.h"
#include "server/metadata/service_role.h"

namespace portcullis::metadata {
namespace {

using http::Request;
using http::Response;

constexpr char kText[] = "text/plain";
constexpr std::string_view kTokenPath = "/latest/api/token";
constexpr std::string_view kTokenHeader = "X-aws-ec2-metadata-token";
constexpr std::string_view kLifetimeHeader = "X-aws-ec2-metadata-token-ttl-seconds";

Response Text(std::string body) {
  return MakeResponse(200, kText, std::move(body));
}

Response Error(int status, std::string_view message) {
  return MakeResponse(status, kText, base::Concat({message, "\n"}));
}

Response NotAllowed(std::string methods) {
  Response response = Error(405, "Method Not Allowed");
  response.headers.push_back({"Allow", std::move(methods)});
  return response;
}

Response Json(base::JsonWriter* writer) {
  writer->EndObject();
  return Text(std::string(writer->text()));
}

bool IsAddress(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

// Whether nobody can have given the host this name from outside.
bool IsLocalHost(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    return end != std::string_view::npos && IsAddress(std::string(host.substr(1, end - 1)));
  }
  const std::string name(host.substr(0, host.find(':')));
  return absl::EqualsIgnoreCase(name, "localhost") || IsAddress(name);
}

}  // namespace

InstanceEndpoint::InstanceEndpoint(RoleCredentials& credentials, const base::Clock& clock,
                                   MetadataTokens tokens, InstanceEndpointOptions options)
    : credentials_(credentials), clock_(clock), tokens_(tokens), options_(std::move(options)) {
  items_ = {
      {"/latest/dynamic/instance-identity/document", &InstanceEndpoint::ReadIdentity},
      {"/latest/meta-data/iam/info", &InstanceEndpoint::ReadProfile},
      {"/latest/meta-data/iam/security-credentials/" + NameOf(options_.role_arn),
       &InstanceEndpoint::ReadCredentials},
      {"/latest/meta-data/instance-id", &InstanceEndpoint::ReadInstanceId},
  };
  if (options_.region.empty()) return;
  items_.push_back({"/latest/meta-data/placement/availability-zone", &InstanceEndpoint::ReadZone});
  items_.push_back({"/latest/meta-data/placement/region", &InstanceEndpoint::ReadRegion});
}

Response InstanceEndpoint::Handle(const Request& request) const {
  if (request.CountHeaders("X-Forwarded-For") > 0 || !IsLocalHost(request.FindHeader("Host"))) {
    return Error(403, "Forbidden");
  }
  if (request.path == kTokenPath) return HandleTokenRequest(request);
  if (request.method != "GET" && request.method != "HEAD") return NotAllowed("GET, HEAD");
  if (!tokens_.IsValid(request.FindHeader(kTokenHeader), clock_.Now())) {
    return Error(401, "Unauthorized");
  }
  return Read(request.path);
}

Response InstanceEndpoint::HandleTokenRequest(const Request& request) const {
  if (request.method != "PUT") return NotAllowed("PUT");
  const std::optional<int64_t> lifetime =
      base::ParseInteger(request.FindHeader(kLifetimeHeader), MetadataTokens::kLifetimeSecondsMin,
                         MetadataTokens::kLifetimeSecondsMax);
  if (!lifetime.has_value()) return Error(400, "Bad Request");
  Response response = Text(tokens_.Issue(clock_.Now(), *lifetime));
  response.headers.push_back({std::string(kLifetimeHeader), base::StrCat(*lifetime)});
  return response;
}

// A file, with or without a slash behind it (clients ask for some that way), or what a directory
// holds.
Response InstanceEndpoint::Read(std::string_view path) const {
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::string directory = base::Concat({path, "/"});
  std::set<std::string> names;
  for (const Item& item : items_) {
    if (item.path == path) return (this->*item.read)().value_or(Error(404, "Not Found"));
    if (!absl::StartsWith(item.path, directory)) continue;
    const std::string rest = item.path.substr(directory.size());
    names.insert(rest.substr(0, std::min(rest.find('/'), rest.size() - 1) + 1));
  }
  if (names.empty()) return Error(404, "Not Found");
  std::string list;
  for (const std::string& name : names) list.append(list.empty() ? "" : "\n").append(name);
  return Text(std::move(list));
}

std::optional<Response> InstanceEndpoint::ReadCredentials() const {
  const auto issued = credentials_.Get();
  base::JsonWriter writer;
  writer.BeginObject();
  if (issued.ok()) {
    writer.Member("Code", "Success");
    writer.Member("LastUpdated", base::FormatTimestamp((*issued)->issued));
    writer.Member("Type", "AWS-HMAC");
    WriteCredentials((*issued)->credentials, &writer);
    return Json(&writer);
  }
  if (!absl::IsPermissionDenied(issued.status())) return Error(503, "Service Unavailable");
  // With 200, as there: clients look at the code.
  writer.Member("Code", "AssumeRoleUnauthorizedAccess");
  writer.Member("Message", base::StrCat("EC2 cannot assume the role ", NameOf(options_.role_arn),
                                        ". ", issued.status().message()));
  writer.Member("LastUpdated", base::FormatTimestamp(clock_.Now()));
  return Json(&writer);
}

std::optional<Response> InstanceEndpoint::ReadProfile() const {
  const std::optional<InstanceProfileFacts> profile =
      options_.profile ? options_.profile() : std::nullopt;
  if (!profile.has_value()) return std::nullopt;
  base::JsonWriter writer;
  writer.BeginObject();
  writer.Member("Code", "Success");
  writer.Member("LastUpdated", base::FormatTimestamp(clock_.Now()));
  writer.Member("InstanceProfileArn", profile->arn);
  writer.Member("InstanceProfileId", profile->id);
  return Json(&writer);
}

std::optional<Response> InstanceEndpoint::ReadInstanceId() const {
  return Text(options_.instance_id);
}

std::optional<Response> InstanceEndpoint::ReadRegion() const {
  return Text(options_.region);
}

// A region's first zone: who wants a region from it cuts the letter off.
std::optional<Response> InstanceEndpoint::ReadZone() const {
  return Text(options_.region + "a");
}

std::optional<Response> InstanceEndpoint::ReadIdentity() const {
  base::JsonWriter writer;
  writer.BeginObject();
  writer.Member("accountId", AccountOf(options_.role_arn));
  writer.Member("instanceId", options_.instance_id);
  if (!options_.region.empty()) {
    writer.Member("region", options_.region);
    writer.Member("availabilityZone", options_.region + "a");
  }
  writer.Member("version", "2017-09-30");
  return Json(&writer);
}

Response InstanceEndpoint::Refuse(int status) {
  return Error(status, status < 500 ? "Bad Request" : "Internal Server Error");
}

}  // namespace portcullis::metadata
