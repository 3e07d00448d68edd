#include "base/interrupt.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "catch.h"

using namespace espalier;

namespace {

/// Exit code of a child that runs `act` and answers with what it returns; 128 + signal when a signal ends it.
template <class Act>
int in_child(Act act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(act());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("the first signal is a question") {
  for (const int signal : {SIGINT, SIGTERM})
    CHECK(in_child([&] {
            catch_interrupts();
            if (interrupted()) return 1;
            ::raise(signal);
            return interrupted() ? 42 : 2;
          }) == 42);
}

TEST_CASE("the second ends the process, of whichever kind") {
  for (const int first : {SIGINT, SIGTERM})
    for (const int second : {SIGINT, SIGTERM})
      CHECK(in_child([&] {
              catch_interrupts();
              ::raise(first);
              ::raise(second);
              return 0;
            }) == 128 + second);
}

TEST_CASE("without catch_interrupts nothing is caught") {
  CHECK(in_child([] {
          std::signal(SIGTERM, SIG_DFL);
          ::raise(SIGTERM);
          return 0;
        }) == 128 + SIGTERM);
  CHECK_FALSE(interrupted());
}
