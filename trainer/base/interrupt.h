// Ctrl-C and SIGTERM as a question that long work asks between two steps.
#pragma once

namespace espalier {

/// From now on the first SIGINT or SIGTERM only sets a flag; the second ends the process as usual.
void catch_interrupts();
bool interrupted();

}  // namespace espalier
