// From the rows of a probe to the bytes that go over the wire.
#ifndef PORTCULLIS_CLIENT_PROBE_REQUEST_H_
#define PORTCULLIS_CLIENT_PROBE_REQUEST_H_

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "client/probe_answer.h"
#include "client/probe_rows.h"
#include "client/probe_target.h"

namespace portcullis::client {

// A session token, or whatever else the gateway takes as a bearer.
struct ProbeBearer {
  std::string token;
};

// Requests are signed with Signature Version 4, which declares that the body is empty.
struct ProbeAccessKey {
  std::string id;
  std::string secret;
  std::string region;
  std::string service;
};

// Somebody who may do what the protected URL is about; nobody if it is empty.
using ProbeCredentials = std::variant<std::monostate, ProbeBearer, ProbeAccessKey>;

// What requests are made of.
struct ProbeSubject {
  ProbeTarget target;
  std::string public_path;           // Empty: none is known.
  std::string echo_path;             // With its query; empty: none is known.
  std::vector<std::string> headers;  // "name: value", with every request.
  ProbeCredentials credentials;
  std::string nonce;  // Letters and digits that occur nowhere else; of the whole run.

  bool has_credentials() const { return credentials.index() != 0; }
};

// Checks what comes from a command line: paths begin with "/" and have no blanks or control
// characters; headers have a name, a value, and are none that the rows are about.
// INVALID_ARGUMENT.
absl::Status CheckSubject(const ProbeSubject& subject);

// The same for another path of the target, which may have a query.
absl::Status CheckAlsoPath(std::string_view path);

// The request of `row`, with credentials as of `now` where the row wants them. `nonce` is that of
// this request. Templates are copied byte for byte; in braces there may be
//   target path query parent last bare      the protected URL; "/a/b" is "/a", "b" and "a/b"
//   encoded encoded-twice capitals          its path with a letter as %XX, as %25XX, in capitals
//   scheme authority hostname HOSTNAME port where it is
//   public elsewhere echo                   other paths; elsewhere: the public one, else "/"
//   back:X                                  X as often as the public path has segments
//   fill:N many:N nul                       N letters, N headers, a NUL
//   common common-open                      the usual headers, with and without Connection: close
//   credentials credentials-joined echo-credentials   whole lines; none without credentials
//   hidden hidden-length                    a request for the protected URL, as a body
//   nonce                                   of this request
// INTERNAL for a template with anything else. Thread-safe.
absl::StatusOr<ProbeBytes> MakeProbeBytes(const ProbeRow& row, const ProbeSubject& subject,
                                          std::string_view nonce, absl::Time now);

// The same for people: the request line and what is special about the rest, with credentials left
// out and long values cut. Control characters are still in it.
absl::StatusOr<std::string> DescribeProbe(const ProbeRow& row, const ProbeSubject& subject);

// The header lines that prove who the subject's somebody is, for GET `path` + `query`.
// `joined`: a second proof in the same Authorization header.
absl::StatusOr<std::string> CredentialLines(const ProbeSubject& subject, std::string_view path,
                                            std::string_view query, bool joined, absl::Time now);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_PROBE_REQUEST_H_
