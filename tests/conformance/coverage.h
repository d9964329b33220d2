// Tests that the case files cover what they must.
#ifndef PORTCULLIS_TESTS_CONFORMANCE_COVERAGE_H_
#define PORTCULLIS_TESTS_CONFORMANCE_COVERAGE_H_

#include <memory>
#include <vector>

#include "tests/conformance/case.h"

namespace portcullis::conformance {

// Registers the tests of suite `coverage`: every operator of the product's table has a case file
// with the six mandatory topics, every condition key has its cases, and every row of the language
// reference's appendix A about policies is cited.
void RegisterCoverage(std::shared_ptr<const std::vector<Case>> cases);

}  // namespace portcullis::conformance

#endif  // PORTCULLIS_TESTS_CONFORMANCE_COVERAGE_H_
