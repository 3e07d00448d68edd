// What a result takes of a device, as summary.json tells it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"

namespace espalier::reporting {

/// `verified`: every figure of the device that went into it was read at its source; otherwise an estimate on figures
/// that nobody has checked.
struct TargetFit {
  std::string target, runtime;  ///< "STM32F746", "c"
  std::int64_t flash_bytes = 0, flash_limit = 0, ram_bytes = 0, ram_limit = 0;
  std::optional<double> milliseconds, millijoules;  ///< of one inference; absent: the device's file cannot tell
  bool flash_verified = false, ram_verified = false, latency_verified = false, energy_verified = false;
  bool fits() const { return flash_bytes <= flash_limit && ram_bytes <= ram_limit; }
};

/// {target, runtime, fits, flash: {bytes, limit, verified}, ram: …, latency: {milliseconds, verified}, energy: …}.
Json to_json(const TargetFit& fit);
/// Throws Error on a wrong type.
TargetFit target_fit_of(const Json& json);

}  // namespace espalier::reporting
