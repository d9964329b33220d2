// How answers are shown: for people as text, for programs as JSON.
#ifndef PORTCULLIS_CLIENT_OUTPUT_H_
#define PORTCULLIS_CLIENT_OUTPUT_H_

#include <string>
#include <string_view>

#include "google/protobuf/message.h"

#include "portcullis/v1/authorization_service.pb.h"
#include "portcullis/v1/policy_admin_service.pb.h"
#include "portcullis/v1/security_token_service.pb.h"

namespace portcullis::client {

// All functions are pure and return whole lines. Text from the server is shown with its control
// characters escaped, so that it cannot play tricks with a terminal.

// The message in the JSON of protobuf: lowerCamelCase names, enums by name, all fields present.
std::string ToJson(const google::protobuf::Message& message);

// The decision in one line, then why, then the statements that determined it as file:line.
std::string AuthorizeText(const v1::AuthorizeRequest& request,
                          const v1::AuthorizeResponse& response);

std::string ValidateSessionText(const v1::ValidateSessionResponse& response);

std::string CallerIdentityText(const v1::GetCallerIdentityResponse& response);

// `version` may be empty: then that line is left out.
std::string StatusText(const v1::PolicyStatus& status, std::string_view version);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_OUTPUT_H_
