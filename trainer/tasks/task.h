// What a model is for: what its outputs must look like, how well they answer, and by which number that is judged.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "datasets/dataset.h"
#include "graph/tensor.h"
#include "tasks/answers.h"
#include "tasks/classification.h"

namespace espalier::tasks {

/// The number that budget, summary and report go by: in [0, 1], shown in percent.
struct Metric {
  std::string name = "accuracy";  ///< as metrics.jsonl and summary.json call it: "accuracy", "mAP50", "AUC"
  bool higher_is_better = true;
  bool is_share = true;  ///< false only of a guide: any number, in units of its own
};

struct Score {
  double value = 0;                                  ///< of the metric; NaN without samples
  std::optional<Interval> interval;                  ///< of the value, 95 %, where there is one
  std::vector<std::pair<std::string, double>> more;  ///< other numbers that people ask for, by name
};

/// What networks said of a split, by the network's name: "float", "fake_quant", "integer".
using Said = std::vector<std::pair<std::string, const Answers*>>;

/// A table's lines, the first of them naming its columns.
using Lines = std::vector<std::vector<std::string>>;

/// Kind "task"; a recipe names it under `task:`. Its training loss is a component of its own (training/loss.h), since
/// this library never sees tensors. Every method is const and may be called from several threads at once.
class Task {
 public:
  virtual ~Task() = default;
  virtual Metric metric() const = 0;
  /// The number of the validation split that early stopping and progress go by; by default the metric.
  virtual Metric guide() const { return metric(); }
  virtual double guided_by(const Answers& validation, const datasets::Dataset& data) const {
    return score(validation, data).value;
  }
  /// The loss (kind "loss") of recipes that name none under `training.loss`.
  virtual std::string default_loss() const = 0;
  /// Why a network with this output cannot answer for the data, or "".
  virtual std::string objection(const graph::Shape& output, const datasets::Dataset& data) const = 0;
  /// What the word `outputs` stands for in a model file; by default the number of classes.
  virtual std::int64_t outputs(const datasets::Dataset& data) const {
    return static_cast<std::int64_t>(data.classes().size());
  }
  virtual Score score(const Answers& answers, const datasets::Dataset& data) const = 0;
  /// How many recordings the score is taken over, where it joins samples to recordings, by the answers' targets alone;
  /// 0: it counts samples.
  virtual std::int64_t recordings(const Answers& answers) const { return 0; }
  /// Share of samples on which two networks say the same, where that can be said.
  virtual std::optional<double> agreement(const Answers& left, const Answers& right) const { return {}; }
  /// Everything that `trainer evaluate --json` tells, the metric under its name included.
  virtual Json report(const Answers& answers, const datasets::Dataset& data) const = 0;

  /// What single samples are and what each network says of them, enough to compute the metric over any choice of them
  /// (`evaluate --samples`): every line begins with a sample's name. Without networks the line that names the columns
  /// alone; no line at all where the task tells nothing of samples.
  virtual Lines of_samples(const Said& said, const datasets::Dataset& data, datasets::Split split) const { return {}; }

  /// Whether a row of the outputs holds a score for each class and a sample is of one: what distillation of logits,
  /// confusion tables and continuous listening take for granted.
  virtual bool is_classification() const { return false; }
  /// Whether the network is to give back its input: answers are then how far it is from that (Answers::values).
  virtual bool is_reconstruction() const { return false; }
  /// Names that travel with the artifacts, for the last axis of the output; by default none.
  virtual std::vector<std::string> labels(const datasets::Dataset& data) const { return {}; }
  /// How the outputs become an answer, as it travels with exports beside the front end; by default there is nothing to
  /// say.
  virtual Json decoding(const datasets::Dataset& data, const graph::Shape& output) const { return Json::map(); }
  /// What is chosen on the validation split once the model is trained (a threshold), and what that means on the test
  /// split: it stands in the summary and joins decoding() in exports. By default nothing is.
  virtual Json chosen(const Answers& validation, const Answers& test, const datasets::Dataset& data) const {
    return Json::map();
  }
  virtual bool chooses() const { return false; }
};

}  // namespace espalier::tasks
