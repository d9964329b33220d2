// From a tree of nodes to a PolicyDocument: grammar and save-time rules, sections 2.1 to 2.9.
#ifndef PORTCULLIS_SERVER_POLICY_POLICY_PARSER_H_
#define PORTCULLIS_SERVER_POLICY_POLICY_PARSER_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/base/node.h"
#include "server/policy/diagnostic.h"
#include "server/policy/limits.h"
#include "server/policy/policy_document.h"
#include "server/policy/policy_type.h"

namespace portcullis::policy {

// Parses the document at `root`, which was read from JSON or YAML, and checks everything that can
// be known from the text alone. Appends every diagnostic found; returns the document unless one of
// them is an error. Unknown elements, operators, principal types and versions are errors: what is
// not understood does not load. Unknown services, actions and condition keys are legal and
// at most warned about. The size quota of the type is checked too.
//
// `written_size`: the characters of the text the document was saved as, which is what counts
// for SCPs and RCPs. Without it, for documents that were never JSON, PolicySize counts for them
// too.
//
// Existence of principals in the account is the store's to check: ForEachPrincipal there.
std::optional<PolicyDocument> ParsePolicy(const base::Node& root, PolicyType type,
                                          const PolicyLimits& limits,
                                          std::vector<Diagnostic>* diagnostics,
                                          std::optional<uint32_t> written_size = {});

// The size IAM counts against its quotas: characters of the document in JSON without insignificant
// whitespace.
uint32_t PolicySize(const base::Node& root);

// The characters of a document as it was written, JSON text in valid UTF-8.
uint32_t WrittenSize(std::string_view json);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_POLICY_PARSER_H_
