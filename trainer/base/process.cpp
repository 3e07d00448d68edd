#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>

namespace espalier {
namespace {

[[noreturn]] void become(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, 0);
  ::dup2(output, 1);
  ::dup2(nothing, 2);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

using Clock = std::chrono::steady_clock;

/// Waits for the child, and kills it when it goes on after `end`: one that has closed its output may run for long.
int reap(pid_t child, Clock::time_point end, bool& late) {
  int status = 0;
  while (!late && ::waitpid(child, &status, WNOHANG) == 0) {
    late = Clock::now() >= end;
    ::usleep(1000);
  }
  if (late) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  return status;
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments, double seconds) {
  ProcessResult result;
  int ends[2];
  if (arguments.empty() || ::pipe2(ends, O_CLOEXEC) != 0) return result;
  const pid_t child = ::fork();
  if (child == 0) become(arguments, ends[1]);
  ::close(ends[1]);
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  bool late = child < 0;
  while (!late) {
    pollfd waiting{ends[0], POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    late = left <= 0;
    if (late || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) continue;
    char buffer[65536];
    const auto n = ::read(ends[0], buffer, sizeof buffer);
    if (n <= 0) break;
    if (result.output.size() < (std::size_t{16} << 20)) result.output.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  if (child < 0) return result;
  const int status = reap(child, end, late);
  result.exit_code = late ? 124 : exit_code_of(status);
  result.started = result.exit_code != 127;
  return result;
}

std::string executable_path() {
  std::error_code failure;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", failure);
  return failure ? std::string() : path.string();
}

}  // namespace espalier
