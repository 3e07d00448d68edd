// The training loop. It fires events and knows no technique.
#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "training/loss.h"
#include "training/optimizer.h"
#include "training/options.h"
#include "training/teacher.h"
#include "training/timeline.h"
#include "training/trained_model.h"

namespace espalier::training {

/// Means over an epoch and what was validated after it: "loss", "loss.<term>", what the task's loss measured
/// ("accuracy"), "learning_rate", "validation.…".
using Measured = std::map<std::string, double>;

/// What the loop tells the world. Every function may be empty.
struct Listeners {
  /// After a step: its index, the epoch so far, the total loss.
  std::function<void(std::int64_t step, double epoch, double loss)> step;
  /// After an epoch's last step, with what `validate` returned.
  std::function<void(std::int64_t step, std::int64_t epoch, const Measured&)> epoch;
  /// A checkpoint that is being resumed was taken after `step` steps.
  std::function<void(std::int64_t step)> resumed;
  std::function<void(const std::string&)> note;
};

/// One training from start to end.
struct Job {
  std::string stage = "train";
  const datasets::Dataset* data = nullptr;
  std::shared_ptr<const Loss> loss;  ///< prepared
  tasks::Metric metric;              ///< the task's guide, of "validation.<name>": it decides early stopping
  TrainingOptions options;
  EarlyStop early_stop;
  std::shared_ptr<Optimizer> optimizer;
  std::shared_ptr<LearningRateSchedule> schedule;
  std::vector<Scheduled> timeline;
  std::vector<std::shared_ptr<Teacher>> teachers;
  bool augment = true;
  std::uint64_t seed = 1;
  at::Device device = at::Device(at::DeviceType::CPU);
  std::filesystem::path checkpoint;  ///< the file that is written; empty: none
  std::string content;               ///< hash of what this training depends on; a checkpoint of another is refused
  bool resume = false, allow_different_bits = false;
  /// Validation after each epoch.
  std::function<Measured(TrainedModel&, std::int64_t epoch)> validate;
  Listeners listeners;
};

/// Thrown when Ctrl-C or SIGTERM ended the training; the checkpoint has been written.
struct Interrupted {
  std::int64_t step = 0;
};

/// Trains `initial` (with weights) and returns the model as it ended. Throws Interrupted; Error(failed) on a loss that
/// is not finite (naming step, epoch and the last good checkpoint), Error(mistake) on a checkpoint that belongs to
/// another training.
std::unique_ptr<TrainedModel> train(const Job& job, const graph::Network& initial);

/// Post-training use of modifiers: opens and closes one after the other on a trained network with calibration data, no
/// step in between.
std::unique_ptr<TrainedModel> apply(const Job& job, const graph::Network& trained,
                                    const std::vector<std::shared_ptr<compression::Modifier>>& modifiers);

}  // namespace espalier::training
