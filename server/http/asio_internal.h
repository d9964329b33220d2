// Boost's names, and how its operations report: by error codes, from coroutines.
//
// GCC 12 makes wrong code of a coroutine with co_await in two of its conditions. Here `co_await` is
// a statement of its own or initializes a variable; tests/tidy sees to it.
#ifndef PORTCULLIS_SERVER_HTTP_ASIO_INTERNAL_H_
#define PORTCULLIS_SERVER_HTTP_ASIO_INTERNAL_H_

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace portcullis::http {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

// The completion token that stores the error in `*error` and never throws.
inline auto ErrorInto(ErrorCode* error) {
  return asio::redirect_error(asio::use_awaitable, *error);
}

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_ASIO_INTERNAL_H_
