#include "server/policy/lazy_keys.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "server/policy/request_context.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kNames[] = {"aws:username", "aws:userid", "aws:SourceIp",
                                       "aws:SecureTransport"};

const LazyKeyTable& Table() {
  static const LazyKeyTable* const table = new LazyKeyTable(kNames);
  return *table;
}

// Gives every key its own name as value, but for the ones that are absent, and notes who was asked.
class NamesAsValues final : public LazyKeySource {
 public:
  void AddKey(size_t number, RequestContext* context) override {
    asked.push_back(number);
    if (number != absent) context->Add(Table().name(number), kNames[number]);
  }
  std::vector<size_t> asked;
  size_t absent = 99;
};

std::string Value(const RequestContext& context, std::string_view key) {
  const ContextValues values = context.Find(ConditionKeyName(key));
  return values.present() ? std::string(values.values[0]) : "(absent)";
}

TEST(LazyKeyTable, FindsNamesAmongTheWanted) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    const ConditionKeyName name(kNames[i]);
    const uint64_t bit = uint64_t{1} << i;
    EXPECT_EQ(Table().Find(name.hash(), name.folded(), ~uint64_t{0}), bit);
    EXPECT_EQ(Table().Find(name.hash(), name.folded(), bit), bit);
    EXPECT_EQ(Table().Find(name.hash(), name.folded(), ~bit), 0u);
    EXPECT_EQ(Table().Find(name.hash(), "aws:other", ~uint64_t{0}), 0u);
  }
}

TEST(LazyKeys, AreMadeWhenTheyAreLookedUpAndOnce) {
  RequestContext context;
  NamesAsValues source;
  context.AddLater(Table(), 0b1011, &source);
  EXPECT_TRUE(source.asked.empty());
  EXPECT_EQ(Value(context, "AWS:UserId"), "aws:userid");
  EXPECT_EQ(Value(context, "aws:userid"), "aws:userid");
  EXPECT_EQ(Value(context, "aws:SourceIp"), "(absent)");  // Not among those for later.
  EXPECT_EQ(Value(context, "aws:UserAgent"), "(absent)");
  EXPECT_EQ(source.asked, std::vector<size_t>({1}));
}

TEST(LazyKeys, AbsentOnesAreAskedForOnce) {
  RequestContext context;
  NamesAsValues source;
  source.absent = 0;
  context.AddLater(Table(), 0b0001, &source);
  EXPECT_EQ(Value(context, "aws:username"), "(absent)");
  EXPECT_EQ(Value(context, "aws:username"), "(absent)");
  EXPECT_EQ(source.asked.size(), 1u);
  // What is absent leaves room.
  context.Add(Table().name(0), "ana");
  EXPECT_EQ(Value(context, "aws:username"), "ana");
}

// of two values the first stays, made or not.
TEST(LazyKeys, KeepTheirPlaceInTheOrder) {
  RequestContext context;
  NamesAsValues source;
  context.Add(Table().name(1), "before");
  context.AddLater(Table(), 0b0111, &source);
  context.Add(Table().name(0), "after");
  const std::string_view values[] = {"after"};
  EXPECT_FALSE(context.AddKept(context.KeepName("aws:SourceIP"), values, false));
  EXPECT_TRUE(context.AddKept(context.KeepName("aws:SecureTransport"), values, false));
  context.AddLater(Table(), 0b1000, &source);
  EXPECT_EQ(Value(context, "aws:userid"), "before");
  EXPECT_EQ(Value(context, "aws:username"), "aws:username");
  EXPECT_EQ(Value(context, "aws:SourceIp"), "aws:SourceIp");
  EXPECT_EQ(Value(context, "aws:SecureTransport"), "after");
}

TEST(LazyKeys, WhatWasFoundStaysWhileOthersAreMade) {
  for (size_t before = 0; before < 40; ++before) {
    RequestContext context;
    NamesAsValues source;
    const std::string_view one[] = {"x"};
    context.AddLater(Table(), 0b1111, &source);
    for (size_t i = 0; i < before; ++i) context.AddOwned("a:" + std::to_string(i), one, false);
    const ContextValues first = context.Find(ConditionKeyName(kNames[0]));
    for (const std::string_view name : kNames) EXPECT_EQ(Value(context, name), name);
    ASSERT_EQ(first.values.size(), 1u);
    EXPECT_EQ(first.values[0], kNames[0]);
  }
}

TEST(LazyKeys, AreAmongAllKeys) {
  RequestContext context;
  NamesAsValues source;
  source.absent = 2;
  context.AddLater(Table(), 0b1110, &source);
  EXPECT_EQ(context.size(), 2u);
  std::vector<std::string> names;
  context.ForEach([&](std::string_view name, const ContextValues&) { names.emplace_back(name); });
  EXPECT_EQ(names, std::vector<std::string>({"aws:userid", "aws:securetransport"}));
}

TEST(LazyKeys, AreForgottenWithTheRest) {
  RequestContext context;
  NamesAsValues source;
  context.AddLater(Table(), 0b1111, &source);
  context.Clear();
  EXPECT_EQ(context.size(), 0u);
  EXPECT_EQ(Value(context, "aws:username"), "(absent)");
  EXPECT_TRUE(source.asked.empty());
}

}  // namespace
}  // namespace portcullis::policy
