// What `trainer profile` says of a program: as a page and as JSON.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "targets/estimate.h"
#include "targets/measured.h"
#include "targets/offload.h"

namespace espalier::targets {

struct Profile {
  std::string name;  ///< of the model
  std::string note;  ///< what was profiled, in words ("the recipe's student before training")
  Estimate estimate;
  std::shared_ptr<const Device> device;  ///< null: no target
  std::string runtime;                   ///< of the device's runtimes; "" without a target
  std::optional<Offload> offload;
  std::optional<Measured> measured;
  Json host;  ///< what scripts/judges/host_latency.py printed, or null
  Json npu;   ///< what scripts/judges/vela.py printed, or null
};

/// For `device` and its runtime (the preferred one where `runtime` is empty). Throws Error(mistake) at `origin` when
/// the device does not know the runtime.
Profile profile_of(const integer::Program& program, std::string note, std::shared_ptr<const Device> device,
                   const std::string& runtime, const std::string& origin);

/// Of the same layers in float32: MACs alone; absent where the device's file does not say.
std::optional<double> float_seconds(const Profile& profile);

/// "current: DS10916 …": every figure of the device that the estimate used and nobody has read at its source.
std::vector<std::string> unverified_figures(const Device& device, const Kernels& kernels);

Json to_json(const Profile& profile);
/// Columns for a terminal, at most 120 wide but for long names; ends in a newline.
std::string text_of(const Profile& profile);

}  // namespace espalier::targets
