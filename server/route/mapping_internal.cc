#include "server/route/mapping_internal.h"

#include <array>
#include <cstddef>

#include "server/base/text.h"

namespace portcullis::route {
namespace {

constexpr std::array<MappingRow, 4> kRows = {{
    // mapping, takes a service, takes API and stage, context keys, function
    {Mapping::kExecuteApi, false, true, "", &AskExecuteApi},
    {Mapping::kS3, false, false, "s3", &AskS3},
    {Mapping::kGrpc, true, false, "", &AskGrpc},
    {Mapping::kServiceVerb, true, false, "", &AskServiceVerb},
}};

constexpr bool RowsAreInOrder() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].mapping != static_cast<Mapping>(i)) return false;
  }
  return true;
}
static_assert(RowsAreInOrder(), "a mapping finds its row by its number");

}  // namespace

const MappingRow& RowOf(Mapping mapping) {
  return kRows[static_cast<size_t>(mapping)];
}

std::string ArnPrefix(std::string_view service, const Gateway& gateway) {
  return base::Concat({"arn:aws:", service, ":", gateway.region, ":", gateway.account, ":"});
}

}  // namespace portcullis::route
