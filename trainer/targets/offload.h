// Computing here against sending the input to a server.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "targets/device.h"

namespace espalier::targets {

/// Of one input sent over the device's radio and its answer awaited; the server's own time and energy are not in it.
struct Offload {
  std::string radio;
  std::int64_t bytes = 0;
  double seconds = 0, joules = 0;
  bool verified = false;
};

/// Absent: the device has no radio in its file.
std::optional<Offload> offload_of(const Device& device, std::int64_t input_bytes);

}  // namespace espalier::targets
