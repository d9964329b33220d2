// The actions of IAM on what an account holds: one for each row of server/inventory.
#ifndef PORTCULLIS_SERVER_QUERY_INVENTORY_ACTIONS_H_
#define PORTCULLIS_SERVER_QUERY_INVENTORY_ACTIONS_H_

#include "absl/types/span.h"

#include "server/inventory/parameters.h"
#include "server/query/actions.h"
#include "server/query/parameter_reader.h"

namespace portcullis::query {

// Those that read and those that would write, which the engine refuses.
absl::Span<const Action> InventoryActions();

// What of `rules` the form has. Not validated.
inventory::Parameters ReadParameters(absl::Span<const inventory::ParameterRule> rules,
                                     ParameterReader* reader);

// The same, validated: the reader's status tells what is wrong.
inventory::Parameters ReadValidParameters(absl::Span<const inventory::ParameterRule> rules,
                                          ParameterReader* reader);

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_INVENTORY_ACTIONS_H_
