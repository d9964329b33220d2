#include "server/federation/key_source.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "server/base/error_reason.h"
#include "server/base/json_reader.h"
#include "server/base/node.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::federation {
namespace {

using base::Node;
using base::NodeKind;
using base::StrCat;

constexpr std::string_view kDiscoveryPath = "/.well-known/openid-configuration";
constexpr uint32_t kDiscoveryDepthMax = 16;
constexpr std::string_view kMaxAge = "max-age=";

// What whoever sent the token is told; operators find the details in last_failure().
absl::Status ForCaller(const absl::Status& failure) {
  if (absl::IsInvalidArgument(failure)) {
    return base::ErrorWithReason(
        absl::StatusCode::kInvalidArgument, "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider, please reference "
        "AssumeRoleWithWebIdentity documentation for requirements");
  }
  return base::ErrorWithReason(
      absl::StatusCode::kUnavailable, "IDPCommunicationError",
      "The identity provider could not be reached to verify the identity token");
}

// How long an answer with this Cache-Control may be used.
absl::Duration FreshnessOf(std::string_view cache_control) {
  std::optional<uint64_t> seconds;
  for (absl::string_view part : absl::StrSplit(base::AbslView(cache_control), ',')) {
    const std::string directive = absl::AsciiStrToLower(absl::StripAsciiWhitespace(part));
    if (directive == "no-store" || directive == "no-cache") return RemoteKeySource::kFreshMin;
    if (directive.compare(0, kMaxAge.size(), kMaxAge) != 0) continue;
    seconds = base::ParseUnsigned(std::string_view(directive).substr(kMaxAge.size()), UINT32_MAX);
  }
  return std::clamp(absl::Seconds(static_cast<int64_t>(seconds.value_or(0))),
                    RemoteKeySource::kFreshMin, RemoteKeySource::kFreshMax);
}

std::string DiscoveryUrl(std::string_view issuer) {
  if (!issuer.empty() && issuer.back() == '/') issuer.remove_suffix(1);
  return StrCat(issuer, kDiscoveryPath);
}

std::string Joined(const std::vector<base::TextError>& errors) {
  std::string text;
  for (const base::TextError& error : errors) {
    text += StrCat(text.empty() ? "" : "; ", error.position.line, ":", error.position.column, ": ",
                   error.message);
  }
  return text;
}

// The string member `name` of a document, or "".
std::string_view StringMember(const Node& document, std::string_view name) {
  const Node* member = document.Find(name);
  return member != nullptr && member->kind == NodeKind::kString ? member->text : "";
}

}  // namespace

absl::StatusOr<KeySource::Keys> RemoteKeySource::Current() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_.Now();
  if (keys_ != nullptr && now < fresh_until_) return keys_;
  const bool has_old_keys = keys_ != nullptr && now < stale_until_;
  if (fetching_ ? !has_old_keys : now >= retry_at_) Refresh();
  return Answer();
}

absl::StatusOr<KeySource::Keys> RemoteKeySource::NewerThan(const Keys& seen) {
  absl::MutexLock lock(&mutex_);
  if (keys_ != seen) return Answer();
  if (fetching_ || clock_.Now() >= unknown_key_at_) Refresh();
  return Answer();
}

absl::Status RemoteKeySource::last_failure() const {
  absl::MutexLock lock(&mutex_);
  return failure_;
}

void RemoteKeySource::Refresh() {
  if (fetching_) {
    // In real time: whoever holds a request cannot wait by another clock.
    mutex_.AwaitWithTimeout(absl::Condition(
                                +[](bool* fetching) { return !*fetching; }, &fetching_),
                            kWaitMax);
    return;
  }
  fetching_ = true;
  mutex_.Unlock();
  absl::StatusOr<Fetched> fetched = Fetch();
  mutex_.Lock();
  fetching_ = false;
  Keep(std::move(fetched));
}

void RemoteKeySource::Keep(absl::StatusOr<Fetched> fetched) {
  const absl::Time now = clock_.Now();
  unknown_key_at_ = now + kUnknownKeyInterval;
  failure_ = fetched.status();
  if (!fetched.ok()) {
    retry_at_ = now + kRetryInterval;
    return;
  }
  keys_ = std::move(fetched->keys);
  fresh_until_ = now + fetched->fresh_for;
  stale_until_ = fresh_until_ + kStaleMax;
}

absl::StatusOr<KeySource::Keys> RemoteKeySource::Answer() const {
  if (keys_ != nullptr && clock_.Now() < stale_until_) return keys_;
  return ForCaller(failure_);
}

absl::StatusOr<RemoteKeySource::Fetched> RemoteKeySource::Fetch() const {
  const absl::Time deadline = absl::Now() + kFetchTimeout;
  std::string url = options_.jwks_url;
  if (url.empty()) {
    ASSIGN_OR_RETURN(url, DiscoverKeyUrl(deadline));
  }
  ASSIGN_OR_RETURN(const HttpResponse response, Get(url, deadline));
  std::vector<base::TextError> errors;
  Fetched fetched{.keys = KeySet::Parse(response.body, {}, &errors),
                  .fresh_for = FreshnessOf(response.cache_control)};
  if (fetched.keys == nullptr) {
    return absl::InvalidArgumentError(StrCat(url, " is no key set: ", Joined(errors)));
  }
  return fetched;
}

absl::StatusOr<std::string> RemoteKeySource::DiscoverKeyUrl(absl::Time deadline) const {
  const std::string url = DiscoveryUrl(options_.issuer);
  ASSIGN_OR_RETURN(const HttpResponse response, Get(url, deadline));
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  const base::JsonReaderOptions options{.bytes_max = kHttpBodyBytesMax,
                                        .depth_max = kDiscoveryDepthMax};
  if (!base::ReadJson(response.body, options, &tree, &errors)) {
    return absl::InvalidArgumentError(StrCat(url, " is no JSON: ", Joined(errors)));
  }
  const std::string_view issuer = StringMember(tree.root(), "issuer");
  if (issuer != options_.issuer) {
    return absl::InvalidArgumentError(
        StrCat(url, " is of the issuer ", base::Quoted(issuer), ", not of ", options_.issuer));
  }
  return std::string(StringMember(tree.root(), "jwks_uri"));
}

absl::StatusOr<HttpResponse> RemoteKeySource::Get(const std::string& url,
                                                  absl::Time deadline) const {
  RETURN_IF_ERROR(CheckFetchUrl(url, options_.allow_loopback_http));
  absl::StatusOr<HttpResponse> response = fetcher_.Get(url, deadline - absl::Now());
  if (!response.ok()) return absl::UnavailableError(response.status().message());
  if (response->status != 200) {
    return absl::UnavailableError(StrCat(url, " answers with the status ", response->status));
  }
  if (response->body.size() > kHttpBodyBytesMax) {
    return absl::UnavailableError(StrCat(url, " answers with too much"));
  }
  return response;
}

absl::StatusOr<IdentityToken> VerifyIdentityToken(std::string_view token, ProviderFacts provider,
                                                  KeySource& source, absl::Time now) {
  ASSIGN_OR_RETURN(provider.keys, source.Current());
  absl::StatusOr<IdentityToken> verified = VerifyIdentityToken(token, provider, now);
  if (verified.ok() || !IsUnknownKey(verified.status())) return verified;
  ASSIGN_OR_RETURN(KeySource::Keys newer, source.NewerThan(provider.keys));
  if (newer == provider.keys) return verified;
  provider.keys = std::move(newer);
  return VerifyIdentityToken(token, provider, now);
}

}  // namespace portcullis::federation
