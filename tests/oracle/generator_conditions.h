// The random contexts and condition blocks of the generator. Nothing outside tests/oracle
// includes this.

#ifndef PORTCULLIS_TESTS_ORACLE_GENERATOR_CONDITIONS_H_
#define PORTCULLIS_TESTS_ORACLE_GENERATOR_CONDITIONS_H_

#include <string>
#include <vector>

#include "tests/oracle/generator.h"
#include "tests/oracle/generator_random.h"

namespace portcullis::oracle {

std::string QuoteJson(const std::string& text);
// A JSON array of strings, or now and then the bare string when there is just one.
std::string ListJson(const std::vector<std::string>& texts, Random& random);

Context GenerateContext(Random& random);
// The object that is the value of `Condition`.
std::string GenerateConditionBlock(Random& random, const GeneratorOptions& options);

}  // namespace portcullis::oracle

#endif  // PORTCULLIS_TESTS_ORACLE_GENERATOR_CONDITIONS_H_
