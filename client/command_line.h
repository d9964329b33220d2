// The command line `portcullis`: from arguments to an exit code.
#ifndef PORTCULLIS_CLIENT_COMMAND_LINE_H_
#define PORTCULLIS_CLIENT_COMMAND_LINE_H_

#include "client/command.h"

namespace portcullis::client {

// Where portcullisd listens unless it is told otherwise.
inline constexpr char kDefaultAddress[] = "127.0.0.1:7443";

// The process's own input, output, environment and network. Lives as long as the process's streams.
Console SystemConsole();

// Parses the arguments, runs the command they name, and returns the process's exit code. Mistakes
// in the arguments are explained on the error stream and are kError. No exception leaves it.
int RunCommandLine(int argc, const char* const* argv, const Console& console);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_COMMAND_LINE_H_
