// Runs a LiveNetwork: layer by layer as passes::fuse cuts it, in channels-last layout.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "graph/operator.h"
#include "nn/live_network.h"

namespace espalier::nn {

/// What a forward pass is for.
struct Request {
  bool training = false;  ///< dropout acts, batch norm uses and updates statistics (unless frozen)
  bool frozen_batch_norm = false;
  bool quantized = true;             ///< encodings act where they are set
  bool reference = false;            ///< plain ATen operators in place of fused kernels
  std::set<std::string> taps;        ///< nodes whose output is wanted, before its encoding
  std::set<std::string> observed;    ///< layer outputs (and "input") whose range is wanted
  std::uint64_t seed = 1, step = 0;  ///< of dropout
  const std::map<std::string, at::Tensor>* in_place_of = nullptr;  ///< other values for some parameters (an average)
};

struct Outcome {
  at::Tensor logits;                              ///< [N, …]: the last node's output, encoded when it has an encoding
  std::map<std::string, at::Tensor> activations;  ///< the taps
  std::map<std::string, compression::Range> ranges;
};

/// x: [N, channels, height, width], float32, any layout.
Outcome forward(const LiveNetwork& live, const at::Tensor& x, const Request& request);

/// Operators that cannot run, with the reason; for contract tests and `check`.
struct Anchor;
const graph::Table<Anchor>& anchors();

/// The same numbers as inference in float with batch norm folded: structure, weights and clamps only. For teachers.
LiveNetwork for_inference(const graph::Network& network);

}  // namespace espalier::nn
