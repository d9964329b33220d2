// Who is named by the policies of an account that is imported.
#ifndef PORTCULLIS_CLIENT_IMPORT_PRINCIPALS_H_
#define PORTCULLIS_CLIENT_IMPORT_PRINCIPALS_H_

#include <map>
#include <set>
#include <string>

#include "client/aws_account.h"
#include "client/import_report.h"

namespace portcullis::client {

// An OIDC provider as far as trust policies tell about it.
struct NamedOidcProvider {
  ImportPlace place;          // Where it is named first.
  std::set<std::string> aud;  // What conditions want the audience of tokens to be.
};

// Everything that has to be declared before trust and resource-based policies may name it. Sorted,
// so that the same account gives the same definitions.
struct NamedPrincipals {
  std::map<std::string, ImportPlace> external_accounts;     // By id.
  std::map<std::string, NamedOidcProvider> oidc_providers;  // By URL without its scheme.
  std::map<std::string, ImportPlace> saml_providers;        // By name.
};

// Looks through the trust policies of roles and the policies of resources.
NamedPrincipals FindNamedPrincipals(const AwsAccount& account);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_IMPORT_PRINCIPALS_H_
