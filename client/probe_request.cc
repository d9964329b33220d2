#include "client/probe_request.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/signature/sign.h"

namespace portcullis::client {
namespace {

using base::StrCat;

constexpr uint64_t kRepetitionsMax = 1 << 20;
constexpr std::string_view kEnd = "\r\n";
constexpr std::string_view kHexDigits = "0123456789abcdef";

// ---- The parts of paths -------------------------------------------------------------------------

std::string_view Parent(std::string_view path) {
  return path.substr(0, path.rfind('/'));
}

std::string_view Last(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// The path with its first letter percent-encoded; `percent` is "%" or what stands for it.
std::string WithLetterEncoded(std::string_view path, std::string_view percent) {
  const auto found =
      std::find_if(path.begin(), path.end(), [](char c) { return absl::ascii_isalnum(c); });
  if (found == path.end()) return std::string(path);
  const auto position = static_cast<size_t>(found - path.begin());
  const auto letter = static_cast<unsigned char>(*found);
  return StrCat(path.substr(0, position), percent, kHexDigits.substr(letter >> 4, 1),
                kHexDigits.substr(letter & 15, 1), path.substr(position + 1));
}

// A colon of an IPv6 address is inside its brackets.
std::string WithoutPort(const std::string& authority) {
  const size_t bracket = authority.rfind(']');
  return authority.substr(0, authority.find(':', bracket == std::string::npos ? 0 : bracket));
}

size_t SegmentCount(std::string_view path) {
  return static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
}

std::string_view WithoutQuery(std::string_view path) {
  return path.substr(0, path.find('?'));
}

std::string_view QueryOf(std::string_view path) {
  return path.substr(WithoutQuery(path).size());
}

// ---- Templates ----------------------------------------------------------------------------------

class Expander {
 public:
  // `now` absent: credentials and what is long are only named.
  Expander(const ProbeSubject& subject, std::string_view nonce, std::optional<absl::Time> now)
      : subject_(subject), target_(subject.target), nonce_(nonce), now_(now) {}

  absl::StatusOr<std::string> Expand(std::string_view text) const;
  std::string Common(bool close) const;

 private:
  absl::StatusOr<std::string> Value(std::string_view name) const;
  std::optional<std::string> TargetPart(std::string_view name) const;
  std::optional<std::string> Filler(std::string_view name) const;
  absl::StatusOr<std::string> Credentials(std::string_view name) const;
  std::string Hidden() const;

  const ProbeSubject& subject_;
  const ProbeTarget& target_;
  const std::string_view nonce_;
  const std::optional<absl::Time> now_;
};

absl::StatusOr<std::string> Expander::Expand(std::string_view text) const {
  std::string result;
  while (!text.empty()) {
    const size_t open = std::min(text.find('{'), text.size());
    result.append(text.substr(0, open));
    text.remove_prefix(open);
    if (text.empty()) break;
    const size_t close = text.find('}');
    if (close == std::string_view::npos) return absl::InternalError("a brace is not closed");
    ASSIGN_OR_RETURN(const std::string value, Value(text.substr(1, close - 1)));
    result.append(value);
    text.remove_prefix(close + 1);
  }
  return result;
}

absl::StatusOr<std::string> Expander::Value(std::string_view name) const {
  if (std::optional<std::string> part = TargetPart(name); part.has_value()) return *part;
  if (std::optional<std::string> filler = Filler(name); filler.has_value()) return *filler;
  if (name == "public") return subject_.public_path;
  if (name == "elsewhere") return subject_.public_path.empty() ? "/" : subject_.public_path;
  if (name == "echo") return subject_.echo_path;
  if (name == "nonce") return std::string(nonce_);
  if (name == "nul") return std::string(1, '\0');
  if (name == "common") return Common(true);
  if (name == "common-open") return Common(false);
  if (name == "hidden") return Hidden();
  if (name == "hidden-length") return StrCat(Hidden().size() + 5);  // "0", two line ends before it.
  return Credentials(name);
}

std::optional<std::string> Expander::TargetPart(std::string_view name) const {
  const std::string& path = target_.path;
  if (name == "target") return StrCat(path, target_.query);
  if (name == "path") return path;
  if (name == "query") return target_.query;
  if (name == "parent") return std::string(Parent(path));
  if (name == "last") return std::string(Last(path));
  if (name == "bare") return path.substr(1);
  if (name == "encoded") return WithLetterEncoded(path, "%");
  if (name == "encoded-twice") return WithLetterEncoded(path, "%25");
  if (name == "capitals") return absl::AsciiStrToUpper(path);
  if (name == "scheme") return target_.scheme;
  if (name == "authority") return target_.authority;
  if (name == "port") return target_.port;
  if (name == "hostname") return WithoutPort(target_.authority);
  if (name == "HOSTNAME") return absl::AsciiStrToUpper(WithoutPort(target_.authority));
  return std::nullopt;
}

std::optional<std::string> Expander::Filler(std::string_view name) const {
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view kind = name.substr(0, colon);
  const std::string_view argument = name.substr(colon + 1);
  std::string text;
  if (kind == "back") {
    const size_t count = SegmentCount(subject_.public_path);
    for (size_t i = 0; i < count; ++i) text.append(argument);
    return text;
  }
  const std::optional<uint64_t> count = base::ParseUnsigned(argument, kRepetitionsMax);
  if (!count.has_value()) return std::nullopt;
  if (kind == "fill") return now_.has_value() ? std::string(*count, 'a') : StrCat("(", *count, ")");
  if (kind != "many") return std::nullopt;
  if (!now_.has_value()) return StrCat("(", *count, " headers)");
  for (uint64_t i = 0; i < *count; ++i) absl::StrAppend(&text, "X-Probe-", i, ": probe\r\n");
  return text;
}

absl::StatusOr<std::string> Expander::Credentials(std::string_view name) const {
  const bool joined = name == "credentials-joined";
  const bool echo = name == "echo-credentials";
  if (!joined && !echo && name != "credentials") {
    return absl::InternalError(StrCat("no template has ", base::Quoted(name)));
  }
  if (!subject_.has_credentials()) return "";
  if (!now_.has_value()) return joined ? "(credentials, and others)\r\n" : "(credentials)\r\n";
  if (!echo) return CredentialLines(subject_, target_.path, target_.query, joined, *now_);
  const std::string_view query = QueryOf(subject_.echo_path);
  return CredentialLines(subject_, WithoutQuery(subject_.echo_path), query, joined, *now_);
}

std::string Expander::Common(bool close) const {
  if (!now_.has_value()) return "";
  std::string lines;
  for (const std::string& header : subject_.headers) absl::StrAppend(&lines, header, "\r\n");
  absl::StrAppend(&lines, "User-Agent: portcullis-probe/" PORTCULLIS_VERSION "\r\nAccept: */*\r\n");
  if (close) lines.append("Connection: close\r\n");
  return lines;
}

std::string Expander::Hidden() const {
  return StrCat("GET ", target_.path, target_.query, " HTTP/1.1\r\nHost: ", target_.authority, kEnd,
                Common(true), kEnd);
}

absl::StatusOr<std::string> Write(const ProbeRow& row, const Expander& expander) {
  if (row.raw != nullptr) return expander.Expand(row.raw);
  ASSIGN_OR_RETURN(const std::string target, expander.Expand(row.target));
  ASSIGN_OR_RETURN(const std::string host, expander.Expand("{authority}"));
  ASSIGN_OR_RETURN(const std::string headers, expander.Expand(row.headers));
  ASSIGN_OR_RETURN(const std::string body, expander.Expand(row.body));
  return StrCat(row.method, " ", target, " HTTP/1.1\r\nHost: ", host, kEnd, expander.Common(true),
                headers, kEnd, body);
}

// ---- Checks -------------------------------------------------------------------------------------

// `forbidden`: which characters there must not be.
absl::Status CheckPath(std::string_view option, std::string_view path, std::string_view forbidden) {
  const bool plain =
      std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (path.empty() ||
      (path.front() == '/' && plain && path.find_first_of(forbidden) == std::string_view::npos)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      StrCat(option, ": ", base::Quoted(path), " is not a path such as `/healthz`"));
}

constexpr std::array<std::string_view, 6> kOwnHeaders = {
    "host",           "authorization",     "connection",
    "content-length", "transfer-encoding", "x-amz-security-token"};

absl::Status CheckHeader(std::string_view header) {
  const size_t colon = header.find(':');
  const bool plain = std::all_of(header.begin(), header.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
  });
  if (colon == std::string_view::npos || colon == 0 || !plain ||
      header.substr(0, colon).find_first_of(" \t(),/;<=>?@[\\]{}\"") != std::string_view::npos) {
    return absl::InvalidArgumentError("--header: a header is `name: value`");
  }
  const std::string name = absl::AsciiStrToLower(base::AbslView(header.substr(0, colon)));
  if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), name) == kOwnHeaders.end()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      StrCat("--header: ", base::Quoted(name), " is what probes are about; leave it out"));
}

}  // namespace

absl::Status CheckSubject(const ProbeSubject& subject) {
  RETURN_IF_ERROR(CheckPath("--public", subject.public_path, "?#"));
  RETURN_IF_ERROR(CheckPath("--echo", subject.echo_path, "#"));
  for (const std::string& header : subject.headers) RETURN_IF_ERROR(CheckHeader(header));
  return absl::OkStatus();
}

absl::Status CheckAlsoPath(std::string_view path) {
  if (path.empty()) return absl::InvalidArgumentError("--also: it is empty");
  return CheckPath("--also", path, "#");
}

absl::StatusOr<std::string> CredentialLines(const ProbeSubject& subject, std::string_view path,
                                            std::string_view query, bool joined, absl::Time now) {
  const std::string_view more = joined ? ", Bearer probe" : "";
  if (const auto* bearer = std::get_if<ProbeBearer>(&subject.credentials)) {
    return StrCat("Authorization: Bearer ", bearer->token, more, kEnd);
  }
  const auto* key = std::get_if<ProbeAccessKey>(&subject.credentials);
  if (key == nullptr) return "";
  const signature::HeaderField host = {"host", subject.target.authority};
  signature::SignedRequest request;
  request.method = "GET";
  request.path = path;
  request.query = query.substr(query.empty() ? 0 : 1);
  request.headers = absl::MakeConstSpan(&host, 1);
  request.body_sha256 = signature::kEmptyBodySha256;
  signature::SignOptions options;
  options.region = key->region;
  options.service = key->service;
  options.time = now;
  options.declare_payload = true;
  ASSIGN_OR_RETURN(const signature::RequestSignature proof,
                   signature::SignRequest(request, {key->id, key->secret}, options));
  std::string lines;
  for (const signature::AddedHeader& header : proof.headers) {
    const bool is_proof = absl::AsciiStrToLower(header.name) == "authorization";
    lines += StrCat(header.name, ": ", header.value, is_proof ? more : "", kEnd);
  }
  return lines;
}

absl::StatusOr<ProbeBytes> MakeProbeBytes(const ProbeRow& row, const ProbeSubject& subject,
                                          std::string_view nonce, absl::Time now) {
  ProbeBytes sent;
  ASSIGN_OR_RETURN(sent.bytes, Write(row, Expander(subject, nonce, now)));
  const std::string_view method = row.method;
  sent.bodiless = method == "HEAD" || method == "CONNECT";
  sent.answers = row.answers_before + 1;
  return sent;
}

absl::StatusOr<std::string> DescribeProbe(const ProbeRow& row, const ProbeSubject& subject) {
  ASSIGN_OR_RETURN(std::string text, Write(row, Expander(subject, "NONCE", std::nullopt)));
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.pop_back();
  const std::string host = StrCat("\r\nHost: ", subject.target.authority);
  if (const size_t position = text.find(host); position != std::string::npos) {
    const size_t behind = position + host.size();
    if (behind == text.size() || text[behind] == '\r') text.erase(position, host.size());
  }
  return text;
}

}  // namespace portcullis::client
