// What one inference of a program takes on a device: exact where it counts bytes and multiply-accumulates, an estimate
// where it speaks of time and energy.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "integer/program.h"
#include "targets/device.h"

namespace espalier::targets {

struct LayerCost {
  std::string name, kind;  ///< of the output activation; "CONV_2D"
  integer::Shape output;
  std::int64_t macs = 0, parameters = 0;
  std::int64_t flash_bytes = 0;  ///< constants
  std::int64_t alive_bytes = 0;  ///< of the arena while it runs
  std::optional<double> cycles;  ///< absent: the device's file has no times
};

/// Totals of a program, by layer; times only where `kernels` has them.
struct Estimate {
  std::vector<LayerCost> layers;
  std::int64_t macs = 0, parameters = 0;
  std::int64_t flash_bytes = 0;            ///< constants, as the layers
  std::optional<std::int64_t> code_bytes;  ///< of runtime and kernels, from the device's file
  std::int64_t arena_bytes = 0;            ///< of the plan
  std::size_t peak_layer = 0;              ///< during which the most bytes are alive
  std::size_t slowest_layer = 0;
  std::optional<double> cycles, seconds, joules;
  bool verified_time = false, verified_energy = false;  ///< every figure that went into it was read at its source
  std::int64_t flash_total() const { return flash_bytes + code_bytes.value_or(0); }
};

/// Who lays out constants and arena: the C export (weights encoded where that saves, windows in place, the kernels'
/// scratch memory in the arena) or runtimes that read the file (int8 weights, scratch memory of their own beside it).
enum class Layout { c, file };

/// Bytes and MACs alone.
Estimate estimate(const integer::Program& program, Layout layout = Layout::c);
Estimate estimate(const integer::Program& program, const Device& device, const Kernels& kernels);

/// What bounds it, in words: "58 % of the time goes into conv2 (CONV_2D)"; with `device`, whether flash, RAM or time is
/// nearest its limit.
std::string bottleneck(const Estimate& estimate, const Device* device);

}  // namespace espalier::targets
