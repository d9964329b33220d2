// How the reports about an account are shown to people.
#ifndef PORTCULLIS_CLIENT_REPORT_OUTPUT_H_
#define PORTCULLIS_CLIENT_REPORT_OUTPUT_H_

#include <string>

#include "portcullis/v1/account_service.pb.h"

namespace portcullis::client {

// All functions are pure and return whole lines, text from the server made printable.

std::string PasswordPolicyText(const v1::PasswordPolicy& policy);

// One line a service: its namespace, when and by whom it was used last; then its actions.
std::string LastAccessedText(const v1::GetServiceLastAccessedDetailsResponse& report);

// One line an entity: its ARN, and when it used the service last.
std::string EntitiesText(const v1::GetServiceLastAccessedDetailsWithEntitiesResponse& report);

std::string GrantsText(const v1::ListPoliciesGrantingServiceAccessResponse& report);

std::string AccessKeyLastUsedText(const v1::GetAccessKeyLastUsedResponse& answer);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_REPORT_OUTPUT_H_
