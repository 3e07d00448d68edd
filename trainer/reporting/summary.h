// summary.json: what a run achieved, as numbers for scripts and as a page for people.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "reporting/robustness.h"
#include "reporting/target_fit.h"

namespace espalier::reporting {

/// The task's metric in [0, 1] in three arithmetics, on the test split; absent: not measured.
struct Accuracy {
  std::optional<double> floating, fake_quant, integer;      ///< integer: of Summary::arithmetic
  std::vector<std::pair<std::string, double>> arithmetics;  ///< integer accuracy by runtime arithmetic: "tflm", …
};

/// A network that the result is compared with.
struct Reference {
  std::string name;  ///< "ds_cnn_l"; may be empty
  std::optional<double> accuracy;
  std::optional<std::int64_t> parameters, macs;
};

/// What an artifact costs on one runtime, in bytes.
struct RuntimeCost {
  std::string runtime;                                           ///< "tflm"
  std::optional<std::int64_t> code, constants, metadata;         ///< flash; absent: not known
  std::optional<std::int64_t> plan, kernel_scratch, persistent;  ///< arena; absent: not known
  /// Sums of the known parts; absent when none is known.
  std::optional<std::int64_t> flash() const;
  std::optional<std::int64_t> arena() const;
};

struct Artifact {
  std::string format;  ///< "tflite"
  std::string path;    ///< relative to the run directory
  std::int64_t bytes = 0;
  std::string sha256;
  std::vector<RuntimeCost> runtimes;
  std::string twin = {};  ///< the arithmetic whose bytes the file computes, "tflm"; empty: none, it computes in floats
};

enum class Level { readback, judge };
enum class Status { passed, failed, not_run };

/// One check of one artifact. What did not run is not_run with its reason, never passed.
struct Verification {
  std::string artifact;  ///< its path in `artifacts`
  Level level = Level::readback;
  std::string judge, version;  ///< "tflite-micro", "0.1.2"
  Status status = Status::not_run;
  std::string reason;                    ///< of a failure, or why it did not run
  std::int64_t samples = 0;              ///< compared
  std::optional<double> max_lsb;         ///< largest difference of an integer output, in steps of its scale
  std::optional<double> max_difference;  ///< largest difference of a float output
};

/// One line of the recipe's budget. `actual` absent: not measured, hence not met.
struct Budget {
  enum class Unit { bytes, points, milliseconds, count };
  std::string name;  ///< "flash", "ram", "accuracy_drop"
  Unit unit = Unit::bytes;
  double limit = 0;  ///< the most that is allowed
  std::optional<double> actual;
  std::string remedy;  ///< what would meet it, where it is not met; may be empty
  bool met() const { return actual && *actual <= limit; }
};

/// "24.1 KiB", "0.80 points".
std::string amount_text(double value, Budget::Unit unit);

/// Keywords in continuous sound made of the test split, by the integer model.
struct Streaming {
  double stride_ms = 0, smoothing_ms = 0, refractory_ms = 0;
  double threshold = 0;  ///< of the smoothed probability, chosen on the validation split
  double false_accepts_per_hour = 0, false_rejects = 0;  ///< the latter in [0, 1]
  std::int64_t keywords = 0;                             ///< spoken
  double hours = 0;
  struct Point {
    double threshold = 0, false_accepts_per_hour = 0, false_rejects = 0;
  };
  std::vector<Point> curve;  ///< at other thresholds, rising
};

struct Summary {
  std::string name, data;  ///< of the recipe; what it was trained on, in words ("synthetic speech, a stand-in")
  std::string directory;   ///< of the run, as the user would write it
  std::string metric = "accuracy";
  std::uint64_t seed = 0;
  std::int64_t test_samples = 0;
  std::int64_t test_recordings = 0;  ///< that the samples are joined to before they are scored; 0: they are not
  Accuracy accuracy;
  std::string arithmetic;       ///< in which the device computes, that of accuracy.integer: "tflm"; empty: no integers
  Json scores = Json::map();    ///< {"float": {name: number}, …}: every number of the task, the metric among them
  Json classes = Json::list();  ///< each class by itself, by the integer model, else in float, as the task reports it
  Json chosen = Json::map();    ///< what the task chose on the validation split ("threshold", …); empty: nothing
  std::optional<std::pair<double, double>> interval;  ///< 95 %, of accuracy.integer
  std::optional<double> agreement;                    ///< argmax of integer and fake-quant, in [0, 1]
  Reference baseline,
      teacher;  ///< the student without compression (accuracy only where the recipe trains it); the teacher
  std::int64_t parameters = 0, nonzero_parameters = 0, macs = 0;
  double sparsity = 0;                                   ///< of the weights that are left, in [0, 1]
  std::optional<std::int64_t> flash_bytes, arena_bytes;  ///< on the recipe's target
  std::string target;
  std::optional<TargetFit> fit;    ///< on the recipe's target
  std::vector<TargetFit> targets;  ///< on every target that is known
  std::vector<Artifact> artifacts;
  std::vector<Verification> verification;
  std::vector<Budget> budget;
  std::optional<Streaming> streaming;
  std::optional<Robustness> robustness;
  std::vector<std::pair<std::string, double>> seconds;        ///< by stage, in the order in which they ran
  std::vector<std::pair<std::string, std::string>> versions;  ///< "libtorch", "2.13.0"
  std::vector<std::string> notes;                             ///< shown at the end
};

/// Why the run ends with exit code 3: each budget that is not met and each verification that failed, in words. Empty:
/// all well. A verification that did not run is not in it (table() says that it did not).
std::vector<std::string> unmet(const Summary& summary);

Json to_json(const Summary& summary);
/// Unknown keys are ignored, missing ones keep their defaults. Throws Error on a wrong type.
Summary summary_of(const Json& json);

/// `folder`/summary.json, whole or unchanged.
void write_summary(const std::filesystem::path& folder, const Summary& summary);
Summary read_summary(const std::filesystem::path& folder);

/// What a check found: "455 samples, bit-equal", "252 samples, off by 3 LSB at most", or why it did not run.
std::string remark(const Verification& check);

/// The page that ends a run: at most 80 columns (but for paths that are longer), ASCII, ends in a newline.
std::string table(const Summary& summary);

}  // namespace espalier::reporting
