// A checkpoint is a snapshot: one safetensors file with the graph and the state in its metadata.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/json.h"
#include "training/trained_model.h"

namespace espalier::training {

/// Where a training stands.
struct Position {
  std::int64_t step = 0;               ///< steps done
  std::map<std::string, double> sums;  ///< of the running epoch
  double best = -1;                    ///< of early stopping
  std::int64_t best_epoch = -1;
};

/// What equal bits depend on: threads, instruction set, LibTorch's version.
Json environment();

/// Writes the model and the position. `content` names the training that it belongs to.
void save_checkpoint(const std::filesystem::path& path, TrainedModel& model, const Position& position,
                     const std::string& stage, const std::string& content);

struct Restored {
  std::unique_ptr<TrainedModel> model;
  Position position;
};
/// Throws Error(mistake) naming the file: damaged, of another format, of another training than `content`, made in an
/// environment that gives other bits (unless allowed).
Restored load_checkpoint(const std::filesystem::path& path, const std::string& content, bool allow_different_bits);

}  // namespace espalier::training
