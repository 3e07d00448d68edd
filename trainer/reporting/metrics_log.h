// metrics.jsonl: what a run measured, one JSON object a line, in the order in which it was measured.
//
//   {"stage":"train","step":500,"epoch":1.25,"loss":0.71,"accuracy":0.79}
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reporting/appended_file.h"

namespace espalier::reporting {

/// One line. `step` counts optimizer steps of its stage from 0, `epoch` is the same point in epochs.
struct Measurement {
  std::string stage;
  std::int64_t step = 0;
  double epoch = 0;
  std::vector<std::pair<std::string, double>> values;

  /// NaN where `name` is absent.
  double value(std::string_view name) const;
};

class MetricsLog {
 public:
  /// Opens or makes the file. A last line without its end (the process was killed while writing) is removed.
  explicit MetricsLog(std::filesystem::path path);

  /// Adds a line, whole or not at all; throws Error(failed) on a full disk. NaN and infinities become null.
  void write(const Measurement& measurement);
  /// For a run that resumes `stage` from a checkpoint taken after `step`: the first line of that stage with a later
  /// step and all that was written after it go, in one call of the system, so that the resumed run writes them once.
  /// `step` < 0: all of it.
  void truncate_after(std::string_view stage, std::int64_t step);

 private:
  AppendedFile file_;
};

/// Every whole line; a torn last line is skipped. A null value reads as NaN. No file: no measurements. Throws
/// Error(mistake) that names file and line where a line is damaged.
std::vector<Measurement> read_metrics(const std::filesystem::path& path);

}  // namespace espalier::reporting
