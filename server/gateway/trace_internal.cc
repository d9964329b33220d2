#include "server/gateway/trace_internal.h"

#include <algorithm>
#include <cstddef>

namespace portcullis::gateway {
namespace {

// version "-" trace-id "-" parent-id "-" flags
constexpr size_t kVersionSize = 2;
constexpr size_t kTraceIdSize = 32;
constexpr size_t kParentIdSize = 16;
constexpr size_t kFlagsSize = 2;
constexpr size_t kTraceIdAt = kVersionSize + 1;
constexpr size_t kParentIdAt = kTraceIdAt + kTraceIdSize + 1;
constexpr size_t kFlagsAt = kParentIdAt + kParentIdSize + 1;
constexpr size_t kSize = kFlagsAt + kFlagsSize;

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// An id of zeros stands for none.
bool IsId(std::string_view text) {
  return IsLowerHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::string_view TraceIdOf(std::string_view trace_parent) {
  if (trace_parent.size() < kSize) return {};
  const std::string_view version = trace_parent.substr(0, kVersionSize);
  if (!IsLowerHex(version) || version == "ff") return {};
  // Later versions may go on after another dash.
  const std::string_view rest = trace_parent.substr(kSize);
  if (!rest.empty() && (version == "00" || rest.front() != '-')) return {};
  for (const size_t dash : {kTraceIdAt - 1, kParentIdAt - 1, kFlagsAt - 1}) {
    if (trace_parent[dash] != '-') return {};
  }
  const std::string_view trace_id = trace_parent.substr(kTraceIdAt, kTraceIdSize);
  const bool good = IsId(trace_id) && IsId(trace_parent.substr(kParentIdAt, kParentIdSize)) &&
                    IsLowerHex(trace_parent.substr(kFlagsAt, kFlagsSize));
  return good ? trace_id : std::string_view();
}

}  // namespace portcullis::gateway
