#include "base/interrupt.h"

#include <csignal>

namespace espalier {
namespace {
volatile std::sig_atomic_t asked = 0;
void remember(int) {
  asked = 1;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}
}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, remember);
  std::signal(SIGTERM, remember);
}

bool interrupted() { return asked != 0; }

}  // namespace espalier
