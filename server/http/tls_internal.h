// What TLS connections are made with, and its exchange while running.
#ifndef PORTCULLIS_SERVER_HTTP_TLS_INTERNAL_H_
#define PORTCULLIS_SERVER_HTTP_TLS_INTERNAL_H_

#include <memory>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "server/http/server.h"

namespace portcullis::http {

using TlsContext = boost::asio::ssl::context;

// TLS 1.2 and later, without compression, renegotiation and tickets (so that every connection is
// judged by the certificates of its time). INVALID_ARGUMENT if the material is not a key with its
// certificate; the message does not quote it.
absl::StatusOr<std::shared_ptr<TlsContext>> MakeTlsContext(const TlsMaterial& material);

// The context of new connections. Thread-safe. Holds none for a plain server.
class TlsContextHolder {
 public:
  explicit TlsContextHolder(std::shared_ptr<TlsContext> context) : context_(std::move(context)) {}

  std::shared_ptr<TlsContext> Get() const {
    const absl::MutexLock lock(&mutex_);
    return context_;
  }
  void Replace(std::shared_ptr<TlsContext> context) {
    const absl::MutexLock lock(&mutex_);
    context_ = std::move(context);
  }

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<TlsContext> context_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_TLS_INTERNAL_H_
