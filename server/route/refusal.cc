#include "server/route/refusal.h"

#include <array>
#include <cstddef>

#include "server/base/error_reason.h"

namespace portcullis::route {
namespace {

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;

struct Row {
  Refusal refusal;
  absl::StatusCode code;
  RefusalTraits traits;
};

constexpr std::array<Row, kRefusalCount> kRows = {{
    {Refusal::kMalformed, kInvalid, {"MALFORMED_REQUEST", "The request is malformed."}},
    {Refusal::kAmbiguousPath,
     kInvalid,
     {"AMBIGUOUS_PATH", "The path of the request is ambiguous."}},
    {Refusal::kAmbiguousHost,
     kInvalid,
     {"AMBIGUOUS_HOST", "The host of the request is ambiguous."}},
    {Refusal::kNoGateway, kDenied, {"NO_GATEWAY", "The host of the request is not served here."}},
    {Refusal::kNoRoute, kDenied, {"NO_ROUTE", "The request is not allowed here."}},
    {Refusal::kMissingValue,
     kDenied,
     {"MISSING_VALUE", "The request lacks something that is needed to decide about it."}},
    {Refusal::kUnmappable, kDenied, {"UNMAPPABLE", "The request is none that is known here."}},
}};

constexpr bool RowsAreInOrder() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].refusal != static_cast<Refusal>(i)) return false;
  }
  return true;
}
static_assert(RowsAreInOrder(), "a refusal finds its row by its number");

const Row& RowOf(Refusal refusal) {
  return kRows[static_cast<size_t>(refusal)];
}

}  // namespace

const RefusalTraits& TraitsOf(Refusal refusal) {
  return RowOf(refusal).traits;
}

absl::Status Refuse(Refusal refusal, std::string_view detail) {
  const Row& row = RowOf(refusal);
  return base::ErrorWithReason(row.code, row.traits.reason, detail);
}

}  // namespace portcullis::route
