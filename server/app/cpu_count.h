// How many processors this process may use.
#ifndef PORTCULLIS_SERVER_APP_CPU_COUNT_H_
#define PORTCULLIS_SERVER_APP_CPU_COUNT_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace portcullis::app {

// The processors in the affinity mask, or fewer if the control group's quota pays for fewer. At
// least
// 1. std::thread::hardware_concurrency() does not know the quota: in a container limited to one
// processor on a machine with 64 it would make 64 threads that stand in each other's way.
size_t AvailableCpuCount();

// The quota in the text of a cpu.max file ("200000 100000": 2), rounded up; nullopt for "max" and
// for what is malformed.
std::optional<size_t> ParseCpuMax(std::string_view text);

// The number of completion queues unless the operator says otherwise: one is left to whatever
// shares the machine with us, which calls us over and over.
size_t DefaultQueueCount(size_t cpus);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_CPU_COUNT_H_
