// The stages that train: teachers, baseline, student, calibration. Each is keyed by the hash of what it depends on.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/plan.h"
#include "pipeline/run_folder.h"
#include "reporting/metrics_log.h"
#include "reporting/progress.h"
#include "reporting/tensorboard.h"
#include "training/loop.h"

namespace espalier::pipeline {

struct RunOptions {
  std::filesystem::path output;
  bool resume = false, allow_different_bits = false;
  std::string device = "cpu";
  std::vector<std::string> overrides;  ///< as given, for the line that resumes
};

/// What the stages share.
struct Context {
  const Plan& plan;
  const schema::Registry& registry;
  const RunOptions& options;
  RunFolder folder;
  reporting::Progress& progress;
  reporting::MetricsLog& metrics;
  std::vector<std::pair<std::string, double>> seconds;  ///< by stage
};

struct TrainedTeacher {
  std::shared_ptr<training::Teacher> teacher;
  graph::Network network;  ///< no nodes for a TorchScript teacher
  double accuracy = 0;     ///< the task's metric on the test split
};

/// Before anything is written: throws Error(mistake) where a checkpoint that would be resumed is damaged or belongs to
/// another recipe or, unless allowed, to another environment.
void check_resumable(const Plan& plan, const RunFolder& folder, bool allow_different_bits);

/// Removes what an earlier run left in the folder, so that no file of two runs lies beside the other's.
void start_over(const Plan& plan, const RunFolder& folder);

/// Trains, loads or reuses each teacher of the plan.
std::vector<TrainedTeacher> prepare_teachers(Context& context);

/// The student without compression, trained or reused; the task's metric on the test split.
double train_baseline(Context& context);

/// The student's training with everything on its timeline, then the calibration when the recipe has one.
graph::Network train_student(Context& context, const std::vector<TrainedTeacher>& teachers);

/// The ids of the calibration samples, pinned by the seed; empty when nothing is quantized.
std::vector<std::string> calibration_samples(const Plan& plan);

/// The task's metric of a network in float, on the test split.
double float_accuracy(const graph::Network& network, const Plan& plan);

}  // namespace espalier::pipeline
