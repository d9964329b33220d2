// What a proxy's sub-request says of the request that it is about.
#ifndef PORTCULLIS_SERVER_FORWARD_AUTH_SUB_REQUEST_H_
#define PORTCULLIS_SERVER_FORWARD_AUTH_SUB_REQUEST_H_

#include <string>
#include <string_view>
#include <vector>

#include "server/forward_auth/profile.h"
#include "server/http/message.h"
#include "server/route/request.h"

namespace portcullis::forward_auth {

// Views refer to the http::Request and to this object, which does not move.
class SubRequest {
 public:
  // Reads it by `profile`. What cannot be told for certain is a problem, never a guess: a header
  // that is missing or there twice, two headers that tell the same, a malformed value. `problem`:
  // one that was found before.
  SubRequest(const Profile& profile, const http::Request& request, std::string_view problem = {});
  SubRequest(const SubRequest&) = delete;
  SubRequest& operator=(const SubRequest&) = delete;

  // Why the request is refused, for whoever set up the proxy: "X-Original-URI is missing"; empty:
  // it is not.
  const std::string& problem() const { return problem_; }

  // The original request. Its headers are those of the sub-request but for what is the proxy's own:
  // those that told of the request, its secret, and what belongs to the connection.
  // With a problem it has its headers only, and no reading of it is a request that a rule is about.
  const route::Request& original() const { return original_; }

  std::string_view source_address() const { return source_address_; }
  std::string_view secret() const { return secret_; }  // Empty if there is none, or several.
  std::string_view trace_parent() const { return trace_parent_; }

 private:
  void Fail(std::string_view problem);
  std::string_view Take(std::string_view name);
  std::string_view Require(std::string_view name);

  void ReadRequestLine();
  void ReadNamedHeaders();
  void ReadUrl(std::string_view url);
  void ReadScheme(std::string_view scheme);
  void ReadSource();
  void ReadSecret();
  void CopyHeaders();
  void ReadBody();

  const Profile& profile_;
  const http::Request& request_;
  std::string problem_;
  route::Request original_;
  std::vector<route::Header> headers_;
  std::vector<char> names_;  // Of headers_, in lower case.
  std::string_view source_address_;
  std::string_view secret_;
  std::string_view trace_parent_;
};

}  // namespace portcullis::forward_auth

#endif  // PORTCULLIS_SERVER_FORWARD_AUTH_SUB_REQUEST_H_
