#include "server/store/definitions.h"

#include "gtest/gtest.h"

namespace portcullis::store {
namespace {

TEST(DefinitionsTest, FormatsPlaceFirst) {
  SourceDiagnostic diagnostic;
  diagnostic.file = "dev.yaml";
  diagnostic.diagnostic.position = {3, 7};
  diagnostic.diagnostic.message = "unknown field `Usres`";
  diagnostic.diagnostic.suggestion = "Users";
  EXPECT_EQ(FormatSourceDiagnostic(diagnostic),
            "dev.yaml:3:7: error: unknown field `Usres`; did you mean `Users`?");
}

}  // namespace
}  // namespace portcullis::store
