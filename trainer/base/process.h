// Other programs: the judges of an export are runtimes that others wrote.
#pragma once
#include <string>
#include <vector>

namespace espalier {

struct ProcessResult {
  bool started = false;
  int exit_code = -1;  ///< 128 + signal when a signal ended it, 124 when the time was up
  std::string output;  ///< standard output, at most 16 MiB
};

/// Runs arguments[0] (a path, or a name on PATH) without a shell; standard error is dropped. Kills it after `seconds`.
ProcessResult run_process(const std::vector<std::string>& arguments, double seconds = 600);

/// Of this very program, symbolic links resolved; "" where the system does not tell.
std::string executable_path();

}  // namespace espalier
