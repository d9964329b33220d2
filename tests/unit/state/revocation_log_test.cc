#include "server/state/revocation_log.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/state/state_fixtures.h"

namespace portcullis::state {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Revocation Of(RevocationKind kind, std::string subject, int64_t issued_before = kNow) {
  return {.kind = kind,
          .account = "111122223333",
          .subject = std::move(subject),
          .issued_before = issued_before,
          .created_at = At(kNow),
          .created_by = "arn:aws:iam::111122223333:user/admin",
          .reason = "laptop lost"};
}

std::unique_ptr<RevocationLog> Opened(Database* database, RevocationLogOptions options = {}) {
  auto log = RevocationLog::Open(database, options);
  EXPECT_TRUE(log.ok()) << log.status();
  return log.ok() ? *std::move(log) : nullptr;
}

RevocationReceipt Added(RevocationLog& log, Revocation revocation) {
  const auto receipt = log.Add(std::move(revocation));
  EXPECT_TRUE(receipt.ok()) << receipt.status();
  return receipt.value_or(RevocationReceipt{});
}

// One session with every fact, issued at kNow.
SessionFacts Session() {
  return {.role_id = "AROA1",
          .user_id = "AIDA1",
          .issuing_access_key_id = "AKIA1",
          .session_access_key_id = "ASIA1",
          .issued_at = kNow};
}

TEST(RevocationList, LooksAtEachFact) {
  struct Case {
    const char* name;
    Revocation revocation;
    bool want;
  };
  using Kind = RevocationKind;
  const Case cases[] = {
      // sessions issued before the time, and only those.
      {"role, issued before", Of(Kind::kRole, "AROA1", kNow + 1), true},
      {"role, issued in that second", Of(Kind::kRole, "AROA1", kNow), false},
      {"role, issued later", Of(Kind::kRole, "AROA1", kNow - 1), false},
      {"another role", Of(Kind::kRole, "AROA2", kNow + 1), false},
      {"a prefix of the id", Of(Kind::kRole, "AROA", kNow + 1), false},
      {"user", Of(Kind::kUser, "AIDA1", kNow + 1), true},
      {"another user", Of(Kind::kUser, "AIDA2", kNow + 1), false},
      {"the role's id as a user", Of(Kind::kUser, "AROA1", kNow + 1), false},
      {"issuing key", Of(Kind::kAccessKey, "AKIA1", kNow + 1), true},
      {"issuing key, later", Of(Kind::kAccessKey, "AKIA1", kNow), false},
      {"the session's own key as an issuing one", Of(Kind::kAccessKey, "ASIA1", kNow + 1), false},
      {"this session, whatever the time", Of(Kind::kSession, "ASIA1", 0), true},
      {"another session", Of(Kind::kSession, "ASIA2", kNow + 1), false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(RevocationList({c.revocation}).IsRevoked(Session()), c.want) << c.name;
  }
  EXPECT_FALSE(RevocationList().IsRevoked(Session()));
}

TEST(RevocationList, FactsThatAreAbsentMatchNothing) {
  Revocation nameless = Of(RevocationKind::kRole, "", kNow + 1);
  EXPECT_FALSE(RevocationList({nameless}).IsRevoked({.issued_at = kNow}));
}

TEST(RevocationList, TheLatestTimeOfASubjectCounts) {
  const std::vector<Revocation> both = {Of(RevocationKind::kRole, "AROA1", kNow + 10),
                                        Of(RevocationKind::kRole, "AROA1", kNow - 10)};
  const RevocationList list(both);
  EXPECT_EQ(list.size(), 1u);
  EXPECT_TRUE(list.IsRevoked(Session()));
}

// a session issued in the current second is among those issued up to now.
TEST(RevocationLog, NowIsTheNextWholeSecond) {
  EXPECT_EQ(IssuedBeforeForNow(At(kNow)), kNow + 1);
  EXPECT_EQ(IssuedBeforeForNow(At(kNow) + absl::Milliseconds(999)), kNow + 1);
}

TEST(RevocationLog, SurvivesARestart) {
  TemporaryDirectory directory;
  const Revocation role = Of(RevocationKind::kRole, "AROA1", kNow + 1);
  const Revocation session = Of(RevocationKind::kSession, "ASIA9", 0);
  {
    const auto database = OpenedDatabase({.path = directory.File("state.db")});
    const auto log = Opened(database.get());
    EXPECT_TRUE(Added(*log, role).durable);
    EXPECT_TRUE(Added(*log, session).durable);
    EXPECT_THAT(log->List(), ElementsAre(role, session));
  }
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  const auto log = Opened(database.get());
  EXPECT_THAT(log->List(), ElementsAre(role, session));
  EXPECT_TRUE(log->Current()->IsRevoked(Session()));
  EXPECT_TRUE(log->Current()->IsRevoked({.session_access_key_id = "ASIA9"}));
}

TEST(RevocationLog, WhatWasAcknowledgedSurvivesKill) {
  TemporaryDirectory directory;
  ASSERT_TRUE(RunInProcessAndKill([&] {
    static auto database = OpenedDatabase({.path = directory.File("state.db")});
    static auto log = Opened(database.get());
    return Added(*log, Of(RevocationKind::kRole, "AROA1", kNow + 1)).durable;
  }));
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  EXPECT_TRUE(Opened(database.get())->Current()->IsRevoked(Session()));
}

TEST(RevocationLog, WithoutAFileItSaysSo) {
  const auto database = OpenedDatabase({});
  const auto log = Opened(database.get());
  const RevocationReceipt receipt = Added(*log, Of(RevocationKind::kRole, "AROA1", kNow + 1));
  EXPECT_FALSE(receipt.durable);
  EXPECT_TRUE(receipt.write_error.ok()) << receipt.write_error;
  EXPECT_TRUE(log->Current()->IsRevoked(Session()));
}

// A session that somebody wants to end must not live on because a disk is full.
TEST(RevocationLog, AFullDiskDoesNotKeepSessionsAlive) {
  TemporaryDirectory directory;
  {
    const auto database = OpenedDatabase({.path = directory.File("state.db")});
    const auto log = Opened(database.get());
    {
      const FullDisk full;
      const RevocationReceipt receipt = Added(*log, Of(RevocationKind::kRole, "AROA1", kNow + 1));
      EXPECT_FALSE(receipt.durable);
      EXPECT_FALSE(receipt.write_error.ok());
      EXPECT_TRUE(log->Current()->IsRevoked(Session()));
      EXPECT_FALSE(log->Retry().ok());
    }
    EXPECT_TRUE(Added(*log, Of(RevocationKind::kUser, "AIDA7", kNow)).durable);
    EXPECT_TRUE(log->Retry().ok());
  }
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  const auto log = Opened(database.get());
  EXPECT_THAT(log->List(), SizeIs(2)) << "the one that failed was written later, each once";
  EXPECT_TRUE(log->Current()->IsRevoked(Session()));
}

TEST(RevocationLog, RefusesWhatSaysNothingAndWhatIsTooLong) {
  struct Case {
    const char* name;
    Revocation revocation;
    bool want;
  };
  using Limits = RevocationLimits;
  const auto with = [](auto change) {
    Revocation revocation = Of(RevocationKind::kRole, "AROA1");
    change(revocation);
    return revocation;
  };
  const Case cases[] = {
      {"no kind", with([](Revocation& r) { r.kind = RevocationKind::kNone; }), false},
      {"unknown kind", with([](Revocation& r) { r.kind = RevocationKind{5}; }), false},
      {"no subject", with([](Revocation& r) { r.subject = ""; }), false},
      {"before 1970", with([](Revocation& r) { r.issued_before = -1; }), false},
      {"subject at the limit",
       with([](Revocation& r) { r.subject.assign(Limits::kSubjectBytesMax, 'a'); }), true},
      {"subject past it",
       with([](Revocation& r) { r.subject.assign(Limits::kSubjectBytesMax + 1, 'a'); }), false},
      {"reason at the limit",
       with([](Revocation& r) { r.reason.assign(Limits::kReasonBytesMax, 'a'); }), true},
      {"reason past it",
       with([](Revocation& r) { r.reason.assign(Limits::kReasonBytesMax + 1, 'a'); }), false},
      {"creator at the limit",
       with([](Revocation& r) { r.created_by.assign(Limits::kCreatorBytesMax, 'a'); }), true},
      {"creator past it",
       with([](Revocation& r) { r.created_by.assign(Limits::kCreatorBytesMax + 1, 'a'); }), false},
      {"account at the limit",
       with([](Revocation& r) { r.account.assign(Limits::kAccountBytesMax, '1'); }), true},
      {"account past it",
       with([](Revocation& r) { r.account.assign(Limits::kAccountBytesMax + 1, '1'); }), false},
  };
  for (const Case& c : cases) {
    const auto database = OpenedDatabase({});
    const auto log = Opened(database.get());
    const auto receipt = log->Add(c.revocation);
    EXPECT_EQ(receipt.ok(), c.want) << c.name << ": " << receipt.status();
    EXPECT_THAT(log->List(), SizeIs(c.want ? 1 : 0)) << c.name;
    if (!c.want) {
      EXPECT_EQ(receipt.status().code(), absl::StatusCode::kInvalidArgument) << c.name;
    }
  }
}

TEST(RevocationLog, DropsOnlyWhatHasNoEffectAndOnlyWhenThereAreMany) {
  TemporaryDirectory directory;
  const absl::Duration life = absl::Hours(36);
  {
    const auto database = OpenedDatabase({.path = directory.File("state.db")});
    const auto log = Opened(database.get(), {.entries_max = 5, .entries_kept = 3});
    for (const char* subject : {"AROA1", "AROA2", "AROA3"}) {
      Added(*log, Of(RevocationKind::kRole, subject, kNow));
    }
    // The longest session (36 h) issued at the last revoked moment may still live.
    Revocation fourth = Of(RevocationKind::kRole, "AROA4", kNow);
    fourth.created_at = At(kNow) + life;
    Added(*log, fourth);
    EXPECT_THAT(log->List(), SizeIs(4));
    // A second later none of the three can.
    Revocation fifth = Of(RevocationKind::kRole, "AROA5", kNow + 1'000'000);
    fifth.created_at = At(kNow + 1) + life;
    Added(*log, fifth);
    EXPECT_THAT(log->List(), SizeIs(3));
    EXPECT_EQ(log->List().back(), fifth);
    EXPECT_EQ(log->List().front().subject, "AROA3") << "the oldest go first";
  }
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  EXPECT_THAT(Opened(database.get())->List(), SizeIs(3)) << "dropped from the file as well";
}

TEST(RevocationLog, RefusesMoreThanItsBoundRatherThanForgettingOne) {
  const auto database = OpenedDatabase({});
  const auto log = Opened(database.get(), {.entries_max = 3, .entries_kept = 2});
  for (const char* subject : {"ASIA1", "ASIA2", "ASIA3"}) {
    Added(*log, Of(RevocationKind::kSession, subject));
  }
  EXPECT_EQ(log->Add(Of(RevocationKind::kSession, "ASIA4")).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(log->List(), SizeIs(3));
  Revocation later = Of(RevocationKind::kSession, "ASIA5");
  later.created_at += absl::Hours(37);
  EXPECT_TRUE(log->Add(later).ok()) << "the others have no effect any more";
}

TEST(RevocationLog, AnUnknownKindInTheFileIsNotSkipped) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  ASSERT_TRUE(database
                  ->Write(Durability::kPowerLoss,
                          [](Connection& connection) {
                            return connection.Execute(
                                "INSERT INTO revocation VALUES (1, 9, '', 'x', 1, 1, '', '')");
                          })
                  .ok());
  EXPECT_EQ(RevocationLog::Open(database.get()).status().code(), absl::StatusCode::kDataLoss);
}

TEST(RevocationLog, APinSeesEveryChangeAndTellsLogsApart) {
  const auto database = OpenedDatabase({});
  const auto log = Opened(database.get());
  const auto other_database = OpenedDatabase({});
  const auto other = Opened(other_database.get());
  RevocationLog::Pin pin;
  EXPECT_FALSE(pin.Get(*log).IsRevoked(Session()));
  const RevocationList* const before = &pin.Get(*log);
  EXPECT_EQ(&pin.Get(*log), before);
  Added(*log, Of(RevocationKind::kRole, "AROA1", kNow + 1));
  EXPECT_TRUE(pin.Get(*log).IsRevoked(Session()));
  Added(*other, Of(RevocationKind::kRole, "AROA2", kNow + 1));
  EXPECT_EQ(log->generation(), other->generation());
  EXPECT_FALSE(pin.Get(*other).IsRevoked(Session()));
}

TEST(RevocationLog, ReadersAndWritersAtOnce) {
  TemporaryDirectory directory;
  const auto database = OpenedDatabase({.path = directory.File("state.db")});
  const auto log = Opened(database.get());
  std::atomic<int> added{0};
  std::atomic<bool> missed{false};
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      RevocationLog::Pin pin;
      while (added.load() < 40) {
        const int count = added.load();
        if (count == 0) continue;
        const std::string last = base::StrCat("ASIA-", count - 1);
        if (!pin.Get(*log).IsRevoked({.session_access_key_id = last})) missed = true;
      }
    });
  }
  for (int i = 0; i < 40; ++i) {
    Added(*log, Of(RevocationKind::kSession, base::StrCat("ASIA-", i)));
    ++added;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(missed) << "what Add() returned from is in effect everywhere";
  EXPECT_THAT(log->List(), SizeIs(40));
}

TEST(RevocationLog, StartsEmpty) {
  const auto database = OpenedDatabase({});
  const auto log = Opened(database.get());
  EXPECT_THAT(log->List(), IsEmpty());
  ASSERT_NE(log->Current(), nullptr);
  EXPECT_EQ(log->Current()->size(), 0u);
}

}  // namespace
}  // namespace portcullis::state
