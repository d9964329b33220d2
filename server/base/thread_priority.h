// How urgent a thread's work is, told to the scheduler.
#ifndef PORTCULLIS_SERVER_BASE_THREAD_PRIORITY_H_
#define PORTCULLIS_SERVER_BASE_THREAD_PRIORITY_H_

namespace portcullis::base {

// Makes the calling thread give way: a thread of ordinary priority that wakes up takes the
// processor from it at once, instead of waiting for it to have used up its time. Meant for work
// that takes milliseconds beside threads that answer in microseconds.
//
// It is not starved: where every processor is wanted all the time it still gets about a tenth of
// one, in pieces of 10 ms at most, so such work takes ten times as long there.
//
// Threads that it starts afterwards inherit this. There is no way back, since a process without
// privileges cannot raise a priority that it lowered. Where the system refuses, nothing changes.
void GiveWayToOtherThreads();

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_THREAD_PRIORITY_H_
