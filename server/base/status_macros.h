// The two macros that make code with absl::Status readable. Abseil 20220623 has none.
#ifndef PORTCULLIS_SERVER_BASE_STATUS_MACROS_H_
#define PORTCULLIS_SERVER_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Evaluates `expression` (an absl::Status) and returns it from the current function unless it is
// OK.
#define RETURN_IF_ERROR(expression)                           \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

// Evaluates `expression` (an absl::StatusOr<T>); on failure returns its status from the current
// function, otherwise moves the value into `declaration`, which may declare a variable.
#define ASSIGN_OR_RETURN(declaration, expression) \
  PORTCULLIS_ASSIGN_OR_RETURN_(PORTCULLIS_CONCAT_(status_or_, __LINE__), declaration, expression)

#define PORTCULLIS_ASSIGN_OR_RETURN_(temporary, declaration, expression) \
  auto temporary = (expression);                                         \
  if (!temporary.ok()) return std::move(temporary).status();             \
  declaration = *std::move(temporary)

#define PORTCULLIS_CONCAT_(a, b) PORTCULLIS_CONCAT_INNER_(a, b)
#define PORTCULLIS_CONCAT_INNER_(a, b) a##b

#endif  // PORTCULLIS_SERVER_BASE_STATUS_MACROS_H_
