// Signed requests as they come from outside.
//
// An input is a request as on the wire: request line, headers, an empty line, the body. Whatever
// the bytes: no crash, no unbounded work. Canonical forms are the same each time, and canonical
// forms of themselves where the rule says so. Nothing verifies, since the input does not know the
// key. And what the signer accepts verifies, until a byte of it is changed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/signature/authentication.h"
#include "server/signature/canonical_request.h"
#include "server/signature/sign.h"
#include "server/signature/verify.h"

namespace portcullis::signature {
namespace {

constexpr std::string_view kSecret = "a secret that no input knows, so that nothing verifies by it";

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string_view TakeUntil(char end, std::string_view* text) {
  const size_t length = std::min(text->find(end), text->size());
  const std::string_view taken = text->substr(0, length);
  text->remove_prefix(std::min(length + 1, text->size()));
  return taken;
}

// Views into the input, and the hash of the body.
struct Input {
  explicit Input(std::string_view text) {
    std::string_view line = TakeUntil('\n', &text);
    request.method = TakeUntil(' ', &line);
    std::string_view target = TakeUntil(' ', &line);
    request.path = TakeUntil('?', &target);
    request.query = target;
    for (line = TakeUntil('\n', &text); !line.empty(); line = TakeUntil('\n', &text)) {
      // A header may not begin with its colon, but for the pseudo-header.
      const size_t colon = std::min(line.find(':', 1), line.size());
      headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))});
    }
    request.headers = headers;
    hash = BodySha256(text);
    request.body_sha256 = hash;
  }

  SignedRequest request;
  std::vector<HeaderField> headers;
  std::string hash;
};

VerifyOptions AnyService(PathRule rule) {
  VerifyOptions options;
  options.any_service = true;
  options.path_rule = rule;
  return options;
}

// The canonical request has its parts, and canonical parts stay as they are.
void CheckCanonical(const SignedRequest& request, const Authentication& parsed, PathRule rule) {
  const auto canonical_of = [&](const SignedRequest& of) {
    return CanonicalRequest(of, parsed.signed_headers, *of.body_sha256, {rule, parsed.presigned});
  };
  const std::optional<std::string> canonical = canonical_of(request);
  Require(canonical == canonical_of(request));
  if (!canonical.has_value()) return;
  std::string_view rest = *canonical;
  Require(TakeUntil('\n', &rest) == request.method);
  SignedRequest again = request;
  again.path = TakeUntil('\n', &rest);
  again.query = TakeUntil('\n', &rest);
  Require(again.path.front() == '/');
  switch (rule) {
    case PathRule::kS3:
      Require(canonical_of(again) == canonical);
      break;
    case PathRule::kStandard:
      Require(again.path.find("//") == std::string_view::npos &&
              again.path.find("/../") == std::string_view::npos);
      again.path = request.path;
      Require(canonical_of(again) == canonical);
      break;
  }
}

void CheckRefused(const SignedRequest& request) {
  const absl::StatusOr<Authentication> parsed = ParseAuthentication(request);
  if (!parsed.ok()) return;
  for (const PathRule rule : {PathRule::kStandard, PathRule::kS3}) {
    const absl::Status status =
        VerifySignature(request, *parsed, kSecret, parsed->time, AnyService(rule), nullptr);
    Require(status.code() == absl::StatusCode::kUnauthenticated);
    CheckCanonical(request, *parsed, rule);
  }
}

// The request with a signature, if the signer accepts it; then the method counts like all else.
void CheckSigned(const SignedRequest& request, const SignOptions& options) {
  const SigningCredentials credentials = {"AKIDEXAMPLE", kSecret, "token"};
  const absl::StatusOr<RequestSignature> made = SignRequest(request, credentials, options);
  if (!made.ok()) {
    Require(made.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  std::vector<HeaderField> headers(request.headers.begin(), request.headers.end());
  for (const AddedHeader& header : made->headers) headers.push_back({header.name, header.value});
  SignedRequest signed_request = request;
  signed_request.headers = headers;
  signed_request.query = made->query;
  const absl::StatusOr<Authentication> parsed = ParseAuthentication(signed_request);
  Require(parsed.ok() && parsed->security_token == "token");
  CheckCanonical(signed_request, *parsed, options.path_rule);
  SigningKeyCache cache(1);
  const auto verify = [&] {
    return VerifySignature(signed_request, *parsed, kSecret, options.time,
                           AnyService(options.path_rule), &cache)
        .ok();
  };
  Require(verify() && verify() && cache.size() == 1);
  const std::string other_method = std::string(request.method) + "X";
  signed_request.method = other_method;
  Require(!verify());
}

void CheckRequest(std::string_view text) {
  const Input input(text);
  CheckRefused(input.request);
  for (const PathRule rule : {PathRule::kStandard, PathRule::kS3}) {
    SignOptions options{
        .region = "us-east-1", .service = "service", .time = absl::FromUnixSeconds(1440938160)};
    options.path_rule = rule;
    CheckSigned(input.request, options);
    options.presigned_expires = absl::Hours(1);
    CheckSigned(input.request, options);
  }
}

}  // namespace
}  // namespace portcullis::signature

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  portcullis::signature::CheckRequest({reinterpret_cast<const char*>(data), size});
  return 0;
}
