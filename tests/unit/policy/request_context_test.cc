#include "server/policy/request_context.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RequestContext, NamesCompareWithoutCase) {
  RequestContext context;
  context.AddOwned("aws:PrincipalTag/Team", {"x"}, false);
  EXPECT_TRUE(context.Contains(ConditionKeyName("AWS:PRINCIPALTAG/tEAM")));
  EXPECT_FALSE(context.Contains(ConditionKeyName("aws:PrincipalTag/Teams")));
}

TEST(RequestContext, FirstValueStays) {
  RequestContext context;
  const ConditionKeyName name("aws:username");
  context.Add(name, "ana");
  context.Add(name, "mallory");
  context.AddOwned("AWS:Username", {"mallory"}, false);
  context.AddOwned("aws:username", {"a", "b"}, true);
  const ContextValues found = context.Find(name);
  EXPECT_THAT(found.values, ElementsAre("ana"));
  EXPECT_FALSE(found.multivalued);
  EXPECT_EQ(context.size(), 1u);
}

TEST(RequestContext, NoValuesMeanAbsent) {
  RequestContext context;
  const ConditionKeyName list("app:list");
  context.AddList(list, {});
  context.AddOwned("app:owned", {}, true);
  EXPECT_FALSE(context.Contains(list));
  EXPECT_FALSE(context.Contains(ConditionKeyName("app:owned")));
  EXPECT_THAT(context.Find(ConditionKeyName("app:never")).values, IsEmpty());
}

TEST(RequestContext, EmptyTextIsAValue) {
  RequestContext context;
  context.AddOwned("app:key", {""}, false);
  EXPECT_THAT(context.Find(ConditionKeyName("app:key")).values, ElementsAre(""));
}

TEST(RequestContext, MultivaluedByDefinition) {
  RequestContext context;
  const std::string_view one[] = {"a"};
  const ConditionKeyName list("app:list");
  context.AddList(list, one);
  context.AddOwned("app:owned", {"a"}, true);
  context.AddOwned("app:two", {"a", "b"}, true);
  EXPECT_TRUE(context.Find(list).multivalued);
  EXPECT_TRUE(context.Find(ConditionKeyName("app:owned")).multivalued);
  EXPECT_THAT(context.Find(ConditionKeyName("app:two")).values, ElementsAre("a", "b"));
}

TEST(RequestContext, Ambiguous) {
  RequestContext context;
  context.AddOwned("aws:ResourceTag/Dept", {"a"}, false);
  context.AddAmbiguous("aws:ResourceTag/dept");
  context.AddAmbiguous("aws:ResourceTag/other");
  context.AddOwned("aws:ResourceTag/Other", {"a"}, false);
  EXPECT_TRUE(context.Find(ConditionKeyName("aws:ResourceTag/Dept")).ambiguous);
  EXPECT_TRUE(context.Find(ConditionKeyName("aws:ResourceTag/Other")).ambiguous);
  EXPECT_EQ(context.size(), 2u);
}

TEST(RequestContext, OwnedTextOutlivesItsSource) {
  RequestContext context;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "app:key" + std::to_string(i);
    const std::string value = "value" + std::to_string(i);
    context.AddOwned(name, {value, value + "b"}, true);
  }
  for (int i = 0; i < 100; ++i) {
    const std::string value = "value" + std::to_string(i);
    EXPECT_THAT(context.Find(ConditionKeyName("APP:KEY" + std::to_string(i))).values,
                ElementsAre(value, value + "b"));
  }
}

TEST(RequestContext, ClearForgetsEverything) {
  RequestContext context;
  context.AddOwned("app:a", {"1", "2"}, true);
  context.AddAmbiguous("app:b");
  context.Clear();
  EXPECT_EQ(context.size(), 0u);
  context.AddOwned("app:b", {"3"}, false);
  EXPECT_FALSE(context.Contains(ConditionKeyName("app:a")));
  EXPECT_FALSE(context.Find(ConditionKeyName("app:b")).ambiguous);
  EXPECT_THAT(context.Find(ConditionKeyName("app:b")).values, ElementsAre("3"));
}

TEST(RequestContext, ForEachInOrder) {
  RequestContext context;
  context.AddOwned("app:B", {"1"}, false);
  context.AddOwned("app:a", {"2"}, false);
  std::vector<std::string> names;
  context.ForEach([&](std::string_view name, const ContextValues& values) {
    names.emplace_back(name);
    EXPECT_TRUE(values.present());
  });
  EXPECT_THAT(names, ElementsAre("app:b", "app:a"));
}

}  // namespace
}  // namespace portcullis::policy
