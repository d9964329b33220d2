// Ceilings on what one policy document may contain. Every one has a test at it and one past it.
#ifndef PORTCULLIS_SERVER_POLICY_LIMITS_H_
#define PORTCULLIS_SERVER_POLICY_LIMITS_H_

#include <cstdint>

namespace portcullis::policy {

// They bound the work that one document can cause, and are wider than IAM's quotas (section 1.10),
// which PolicyTypeTraits holds.
struct PolicyLimits {
  uint32_t document_bytes_max = 131072;  // the largest request parameter.
  uint32_t nesting_depth_max = 16;
  uint32_t statement_count_max = 1024;
  uint32_t entries_per_element_max = 2048;  // Actions, resources, principals of one statement.
  uint32_t conditions_per_statement_max = 256;
  uint32_t values_per_condition_max = 2048;
  uint32_t pattern_bytes_max = 4096;  // Matching takes at most pattern x text steps.

  // Whether the size is checked by the parser too, against the quota of the document's type. The
  // simulator takes documents that are not stored, of any size up to document_bytes_max,
  // which the reader checks.
  bool quotas_apply = true;

  // The operator's switch of: a trust policy may allow `{"AWS": "*"}` if the statement has a
  // Condition. Off, that is an error in any case.
  bool allow_wildcard_trust_with_condition = false;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_LIMITS_H_
