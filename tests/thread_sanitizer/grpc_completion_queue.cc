// Teaches the thread sanitizer about the completion queues of gRPC. Linked into every program of a
// build with PORTCULLIS_SANITIZE=thread, and into no other.
//
// The system's gRPC hands events from thread to thread with atomics that the sanitizer does not
// see, and so what one thread wrote before it started an operation looks unordered with what
// another reads after the queue reported it. The definitions here stand in front of the library's.
// What they tell is exactly what gRPC promises: starting an operation happens before its tag is
// taken from the queue.

#include <grpc/grpc.h>

#include <sanitizer/tsan_interface.h>

#include "tests/thread_sanitizer/find_in_library.h"

extern "C" {

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t nops, void* tag,
                                      void* reserved) {
  static auto* const real = reinterpret_cast<decltype(&grpc_call_start_batch)>(
      portcullis::FindInLibrary("grpc_call_start_batch"));
  __tsan_release(tag);
  return real(call, ops, nops, tag, reserved);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline,
                                      void* reserved) {
  static auto* const real = reinterpret_cast<decltype(&grpc_completion_queue_next)>(
      portcullis::FindInLibrary("grpc_completion_queue_next"));
  const grpc_event event = real(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

}  // extern "C"
