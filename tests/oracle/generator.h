// Random questions over a tiny alphabet, so that statements meet requests often.
//
// The same seed gives the same question on every machine. Documents keep to what a strict loader
// accepts (the save-time rules of part 2.9): no Allow with NotPrincipal, RCPs of Deny statements
// with principal `*` beside RCPFullAWSAccess, trust policies without resource, wildcard Allow or
// NotPrincipal, and so on.
//
// Names are drawn from a closed world, in case a loader wants them to exist: the accounts
// 111111111111 and 222222222222 with, in each, the users `alice` and `/eng/bob`, the roles
// `/eng/Deploy` and `Ops`, federated names `alice` and `guest`, and the provider
// `oidc-provider/id.example.com`; the services `docs.amazonaws.com` and `mail.amazonaws.com`.
// Unique ids are AIDA… and AROA… as UniqueId() makes them.

#ifndef PORTCULLIS_TESTS_ORACLE_GENERATOR_H_
#define PORTCULLIS_TESTS_ORACLE_GENERATOR_H_

#include <cstdint>
#include <string>

#include "tests/oracle/oracle.h"

namespace portcullis::oracle {

struct GeneratorOptions {
  // Legal but odd: empty condition value lists, values an operator cannot read, lower-case
  // operator names, short ARNs, actions with a space. Off for loaders that refuse them.
  bool odd_documents = true;
  // AIDA… and AROA… ids as principals. Off where the directory alone makes these.
  bool unique_id_principals = true;
};

Question Generate(uint64_t seed, const GeneratorOptions& options = {});

// The unique id of an entity of the closed world, from its ARN with path: 21 characters.
std::string UniqueId(const std::string& entity_arn);

// One random document for a boundary or session policy, to vary a question with.
PolicyText GenerateCap(uint64_t seed, const Question& question,
                       const GeneratorOptions& options = {});

}  // namespace portcullis::oracle

#endif  // PORTCULLIS_TESTS_ORACLE_GENERATOR_H_
