// The evaluators that every case is asked of.
#ifndef PORTCULLIS_TESTS_CONFORMANCE_EVALUATORS_H_
#define PORTCULLIS_TESTS_CONFORMANCE_EVALUATORS_H_

#include <string>

#include "tests/conformance/case.h"

namespace portcullis::conformance {

// Whether the product asks its sets through their index. With it, every set is padded with
// statements of an unrelated service, so that the index has something to leave out.
enum class Index { kOff, kOn };

// Both throw std::runtime_error if a policy of the question does not load.
Answer AskProduct(const Question& question, Index index);
Answer AskOracle(const Question& question);

// What the product says when a document is loaded: nothing wrong (empty), or the first diagnostic
// as
// "<message>; IAM: <the sentence IAM would answer>".
std::string LoadInProduct(const Document& document);

// Whether a caller, or a trusted one, may put a condition key into its request.
bool MaySupplyInProduct(const std::string& key, bool trusted);

}  // namespace portcullis::conformance

#endif  // PORTCULLIS_TESTS_CONFORMANCE_EVALUATORS_H_
