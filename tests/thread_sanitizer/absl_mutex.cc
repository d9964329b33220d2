// Teaches the thread sanitizer about the locks of abseil. Linked into every program of a build with
// PORTCULLIS_SANITIZE=thread, and into no other.
//
// The system's abseil is a shared library without instrumentation, so the sanitizer does not see
// that Unlock() happens before the next Lock(), and takes everything under an absl::Mutex for a
// race. The definitions here stand in front of the library's: they tell the sanitizer what is
// ordered and then call the library. What they tell is exactly what abseil promises.
//
// Conditions (absl::Condition) may be evaluated by whichever thread unlocks, after we have
// announced the unlocking; reads inside of the library's calls are therefore not looked at.

#include <string>

#include "absl/base/config.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include <sanitizer/tsan_interface.h>

#include "tests/thread_sanitizer/find_in_library.h"

extern "C" void AnnotateIgnoreReadsBegin(const char* file, int line);
extern "C" void AnnotateIgnoreReadsEnd(const char* file, int line);

namespace {

// The library's own function. `scope` is "N" or, for a const member, "NK"; `rest` is the mangled
// name behind the namespace.
void* FindMember(const char* scope, const char* rest) {
  const std::string space = ABSL_INTERNAL_TOKEN_STR(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  const std::string symbol =
      std::string("_Z") + scope + "4absl" + std::to_string(space.size()) + space + rest;
  return portcullis::FindInLibrary(symbol.c_str());
}

// Stands around a call into the library: releases first (if the call may let others in), and
// acquires last (if the call may have waited for others).
class Ordered {
 public:
  enum Order { kRelease, kAcquire, kBoth };

  Ordered(const void* object, Order order) : object_(const_cast<void*>(object)), order_(order) {
    if (order_ != kAcquire) __tsan_release(object_);
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  }
  ~Ordered() {
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    if (order_ != kRelease) __tsan_acquire(object_);
  }
  Ordered(const Ordered&) = delete;
  Ordered& operator=(const Ordered&) = delete;

 private:
  void* const object_;
  const Order order_;
};

}  // namespace

// Defines Class::Name with the given parameters so that it orders on `object` around the library's.
#define PORTCULLIS_ORDER(result, class_name, name, parameters, constness, scope, mangled, order, \
                         object, signature, ...)                                                 \
  result class_name::name parameters constness {                                                 \
    static const auto real = reinterpret_cast<result(*) signature>(FindMember(scope, mangled));  \
    const Ordered ordered(object, Ordered::order);                                               \
    return real(__VA_ARGS__);                                                                    \
  }

#define PORTCULLIS_ORDER_MUTEX(result, name, mangled, order)                               \
  PORTCULLIS_ORDER(result, Mutex, name, (), /**/, "N", "5Mutex" mangled "Ev", order, this, \
                   (Mutex*), this)

#define PORTCULLIS_ORDER_CONDITION(name, mangled)                                                  \
  PORTCULLIS_ORDER(void, Mutex, name, (const Condition& condition), /**/, "N",                     \
                   "5Mutex" mangled "ERKNS0_9ConditionE", kBoth, this, (Mutex*, const Condition&), \
                   this, condition)

#define PORTCULLIS_ORDER_TIMED(name, mangled, Limit, limit_mangled)                          \
  PORTCULLIS_ORDER(bool, Mutex, name, (const Condition& condition, Limit limit), /**/, "N",  \
                   "5Mutex" mangled "ERKNS0_9ConditionENS0_" limit_mangled "E", kBoth, this, \
                   (Mutex*, const Condition&, Limit), this, condition, limit)

namespace absl {
ABSL_NAMESPACE_BEGIN

PORTCULLIS_ORDER_MUTEX(void, Lock, "4Lock", kAcquire)
PORTCULLIS_ORDER_MUTEX(void, Unlock, "6Unlock", kRelease)
PORTCULLIS_ORDER_MUTEX(bool, TryLock, "7TryLock", kAcquire)
PORTCULLIS_ORDER_MUTEX(void, ReaderLock, "10ReaderLock", kAcquire)
PORTCULLIS_ORDER_MUTEX(void, ReaderUnlock, "12ReaderUnlock", kRelease)
PORTCULLIS_ORDER_MUTEX(bool, ReaderTryLock, "13ReaderTryLock", kAcquire)

PORTCULLIS_ORDER_CONDITION(Await, "5Await")
PORTCULLIS_ORDER_CONDITION(LockWhen, "8LockWhen")
PORTCULLIS_ORDER_CONDITION(ReaderLockWhen, "14ReaderLockWhen")
PORTCULLIS_ORDER_TIMED(AwaitWithTimeout, "16AwaitWithTimeout", Duration, "8Duration")
PORTCULLIS_ORDER_TIMED(AwaitWithDeadline, "17AwaitWithDeadline", Time, "4Time")
PORTCULLIS_ORDER_TIMED(LockWhenWithTimeout, "19LockWhenWithTimeout", Duration, "8Duration")
PORTCULLIS_ORDER_TIMED(LockWhenWithDeadline, "20LockWhenWithDeadline", Time, "4Time")

PORTCULLIS_ORDER(void, CondVar, Wait, (Mutex * mutex), /**/, "N", "7CondVar4WaitEPNS0_5MutexE",
                 kBoth, mutex, (CondVar*, Mutex*), this, mutex)
PORTCULLIS_ORDER(bool, CondVar, WaitWithTimeout, (Mutex * mutex, Duration limit), /**/, "N",
                 "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE", kBoth, mutex,
                 (CondVar*, Mutex*, Duration), this, mutex, limit)
PORTCULLIS_ORDER(bool, CondVar, WaitWithDeadline, (Mutex * mutex, Time limit), /**/, "N",
                 "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE", kBoth, mutex,
                 (CondVar*, Mutex*, Time), this, mutex, limit)

PORTCULLIS_ORDER(void, Notification, Notify, (), /**/, "N", "12Notification6NotifyEv", kRelease,
                 this, (Notification*), this)
PORTCULLIS_ORDER(void, Notification, WaitForNotification, (), const, "NK",
                 "12Notification19WaitForNotificationEv", kAcquire, this, (const Notification*),
                 this)
PORTCULLIS_ORDER(bool, Notification, WaitForNotificationWithTimeout, (Duration limit), const, "NK",
                 "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE", kAcquire, this,
                 (const Notification*, Duration), this, limit)

PORTCULLIS_ORDER(bool, BlockingCounter, DecrementCount, (), /**/, "N",
                 "15BlockingCounter14DecrementCountEv", kRelease, this, (BlockingCounter*), this)
PORTCULLIS_ORDER(void, BlockingCounter, Wait, (), /**/, "N", "15BlockingCounter4WaitEv", kAcquire,
                 this, (BlockingCounter*), this)

ABSL_NAMESPACE_END
}  // namespace absl
