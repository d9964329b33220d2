#include "client/probe_exchange.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "curl/curl.h"

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"

namespace portcullis::client {
namespace {

struct HandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, HandleDeleter>;

// Once per process and before any handle is made; what it sets up is kept.
bool CurlIsReady() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

// Whether every option could be set: a handle without one of them must not be used.
bool Configure(CURL* handle, const std::string& url, const TlsOptions& tls,
               absl::Duration timeout) {
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) {
    ok = curl_easy_setopt(handle, option, value) == CURLE_OK && ok;
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_CONNECT_ONLY, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::max<int64_t>(1, absl::ToInt64Milliseconds(timeout))));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!tls.ca_file.empty()) {
    set(CURLOPT_CAINFO, tls.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!tls.certificate_file.empty()) {
    set(CURLOPT_SSLCERT, tls.certificate_file.c_str());
    set(CURLOPT_SSLKEY, tls.key_file.c_str());
  }
  return ok;
}

// Waits until the socket is ready for `events`, or `deadline`; false for the latter.
bool Await(CURL* handle, short events, absl::Time deadline) {
  curl_socket_t descriptor = CURL_SOCKET_BAD;
  curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &descriptor);
  const absl::Duration left = deadline - absl::Now();
  if (descriptor == CURL_SOCKET_BAD || left <= absl::ZeroDuration()) return false;
  pollfd waiting = {descriptor, events, 0};
  const int64_t left_ms = std::min<int64_t>(absl::ToInt64Milliseconds(left) + 1, 1000);
  // Interrupted or a second gone: the caller looks again, and at the deadline.
  return poll(&waiting, 1, static_cast<int>(left_ms)) >= 0 || errno == EINTR;
}

// Bytes move while the others are read: a proxy may answer and stop reading long before the end.
class Conversation {
 public:
  Conversation(CURL* handle, const ProbeBytes& sent, absl::Time deadline)
      : handle_(handle), sent_(sent), deadline_(deadline), unsent_(sent.bytes) {}

  ProbeReply Run() {
    while (!closed_ && received_.size() < kProbeReplyBytesMax) {
      Send();
      Receive();
      ProbeReply reply = {ParseAnswers(received_, sent_, false), ProbeEnd::kComplete};
      if (reply.answers.size() >= sent_.answers) return reply;
      if (closed_) break;
      const short events = unsent_.empty() ? POLLIN : POLLIN | POLLOUT;
      if (absl::Now() >= deadline_ || !Await(handle_, events, deadline_)) break;
    }
    return {ParseAnswers(received_, sent_, true), closed_ ? ProbeEnd::kClosed : ProbeEnd::kTimeout};
  }

 private:
  void Send() {
    size_t count = 0;
    while (!unsent_.empty()) {
      const CURLcode code = curl_easy_send(handle_, unsent_.data(), unsent_.size(), &count);
      if (code == CURLE_AGAIN) return;
      // A proxy that reads no more may have said something before; that is still to be read.
      if (code != CURLE_OK || count == 0) unsent_ = {};
      unsent_.remove_prefix(std::min(count, unsent_.size()));
    }
  }

  void Receive() {
    char buffer[16384];
    size_t count = 0;
    while (received_.size() < kProbeReplyBytesMax) {
      const CURLcode code = curl_easy_recv(handle_, buffer, sizeof buffer, &count);
      if (code == CURLE_AGAIN) return;
      closed_ = code != CURLE_OK || count == 0;
      if (closed_) return;
      received_.append(buffer, count);
    }
  }

  CURL* const handle_;
  const ProbeBytes& sent_;
  const absl::Time deadline_;
  std::string_view unsent_;
  std::string received_;
  bool closed_ = false;
};

absl::StatusOr<ProbeReply> Exchange(const std::string& url, const TlsOptions& tls,
                                    absl::Duration timeout, const ProbeBytes& sent) {
  if (!CurlIsReady()) return absl::InternalError("libcurl cannot be initialised");
  const Handle handle(curl_easy_init());
  char reason[CURL_ERROR_SIZE] = "";
  if (handle == nullptr || !Configure(handle.get(), url, tls, timeout) ||
      curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, reason) != CURLE_OK) {
    return absl::InternalError("libcurl cannot be configured");
  }
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) {
    return absl::UnavailableError(base::StrCat(
        "cannot connect to ", url, ": ", reason[0] != '\0' ? reason : curl_easy_strerror(code)));
  }
  return Conversation(handle.get(), sent, absl::Now() + timeout).Run();
}

}  // namespace

ProbeExchange NewProbeExchange(const ProbeTarget& target, const TlsOptions& tls,
                               absl::Duration timeout) {
  return [url = target.ConnectionUrl(), tls, timeout](const ProbeBytes& sent) {
    return Exchange(url, tls, timeout, sent);
  };
}

}  // namespace portcullis::client
