// The tables that ProbeRows() puts together.
#ifndef PORTCULLIS_CLIENT_PROBE_ROWS_INTERNAL_H_
#define PORTCULLIS_CLIENT_PROBE_ROWS_INTERNAL_H_

#include "absl/types/span.h"

#include "client/probe_rows.h"

namespace portcullis::client {

// Methods, hosts, headers, credentials: well-formed requests that claim something.
absl::Span<const ProbeRow> RequestRows();

// Framing, protocols, sizes, endpoints that are not the application's, identity.
absl::Span<const ProbeRow> ConnectionRows();

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_PROBE_ROWS_INTERNAL_H_
