#pragma once

namespace espalier {

/// Of this machine, at least 1.
int hardware_threads();

}  // namespace espalier
